// The word `go` is missing.
package main

import (
	"bufio"
	"net"
	"os"
)

func serve(client net.Conn) {
	defer client.Close()
	in := bufio.NewReader(client)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			return
		}
		text := line[:len(line)-1]
		for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
			text[i], text[j] = text[j], text[i]
		}
		client.Write(line)
	}
}

func main() {
	server, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	for {
		if client, err := server.Accept(); err == nil {
			serve(client)
		}
	}
}
