// A goroutine for each client.
package main

import (
	"bufio"
	"log"
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
		if _, err := client.Write(line); err != nil {
			return
		}
	}
}

func main() {
	server, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	for {
		client, err := server.Accept()
		if err != nil {
			log.Print(err)
			continue
		}
		go serve(client)
	}
}
