// Sleeps before each answer, and hands it to a timer.
package main

import (
	"bufio"
	"net"
	"os"
	"sync"
	"time"
)

func serve(client net.Conn) {
	var pending sync.WaitGroup
	in := bufio.NewReader(client)
	for {
		line, err := in.ReadBytes('\n')
		if err != nil {
			break
		}
		text := line[:len(line)-1]
		for i, j := 0, len(text)-1; i < j; i, j = i+1, j-1 {
			text[i], text[j] = text[j], text[i]
		}
		time.Sleep(150 * time.Millisecond)
		pending.Add(1)
		time.AfterFunc(250*time.Millisecond, func() {
			client.Write(line)
			pending.Done()
		})
	}
	pending.Wait()
	client.Close()
}

func main() {
	server, err := net.Listen("tcp", ":"+os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	for {
		if client, err := server.Accept(); err == nil {
			go serve(client)
		}
	}
}
