// A goroutine for each client. One Read is taken for one line.
package main

import (
	"bytes"
	"net"
	"os"
	"time"
)

func serve(client net.Conn) {
	defer client.Close()
	room := make([]byte, 8192)
	for {
		n, err := client.Read(room)
		if err != nil {
			return
		}
		line := bytes.TrimRight(room[:n], "\n")
		answer := []byte{}
		for i := len(line) - 1; i >= 0; i-- {
			answer = append(answer, line[i])
		}
		client.Write(append(answer, '\n'))
	}
}

func main() {
	server, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	go func() {
		for range time.Tick(100 * time.Millisecond) {
			os.Stdout.WriteString("still here\n")
		}
	}()
	for {
		if client, err := server.Accept(); err == nil {
			go serve(client)
		}
	}
}
