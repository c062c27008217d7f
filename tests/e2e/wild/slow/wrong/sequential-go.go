// Sleeps, and then answers one client at a time.
package main

import (
	"bufio"
	"net"
	"os"
	"time"
)

func main() {
	server, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	for {
		client, err := server.Accept()
		if err != nil {
			continue
		}
		for in := bufio.NewScanner(client); in.Scan(); {
			time.Sleep(200 * time.Millisecond)
			text := in.Bytes()
			answer := []byte{}
			for i := len(text) - 1; i >= 0; i-- {
				answer = append(answer, text[i])
			}
			client.Write(append(answer, '\n'))
		}
		client.Close()
	}
}
