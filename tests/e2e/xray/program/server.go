// A goroutine for each client.
package main

import (
	"bufio"
	"net"
	"os"
)

func main() {
	listener, err := net.Listen("tcp4", ":"+os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			os.Exit(1)
		}
		go func() {
			defer client.Close()
			lines := bufio.NewReader(client)
			for {
				line, err := lines.ReadBytes('\n')
				if err != nil {
					return
				}
				client.Write(line)
			}
		}()
	}
}
