// Deadlines for every read, a ticker, and a goroutine for all that is written.
package main

import (
	"bytes"
	"errors"
	"fmt"
	"net"
	"os"
	"sync/atomic"
	"time"
)

var clients int32

func reversed(line []byte) []byte {
	out := make([]byte, 0, len(line)+1)
	for i := len(line) - 1; i >= 0; i-- {
		out = append(out, line[i])
	}
	return append(out, '\n')
}

func write(client net.Conn, answers chan []byte) {
	for answer := range answers {
		client.Write(answer)
	}
	client.Close()
}

func read(client net.Conn) {
	answers := make(chan []byte, 16)
	defer close(answers)
	defer atomic.AddInt32(&clients, -1)
	atomic.AddInt32(&clients, 1)
	go write(client, answers)
	var rest []byte
	piece := make([]byte, 1000)
	for {
		client.SetReadDeadline(time.Now().Add(200 * time.Millisecond))
		n, err := client.Read(piece)
		rest = append(rest, piece[:n]...)
		for at := bytes.IndexByte(rest, '\n'); at >= 0; at = bytes.IndexByte(rest, '\n') {
			answers <- reversed(rest[:at])
			rest = rest[at+1:]
		}
		if err != nil && !errors.Is(err, os.ErrDeadlineExceeded) {
			return
		}
	}
}

func main() {
	server, err := net.Listen("tcp4", "0.0.0.0:"+os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	go func() {
		for range time.Tick(150 * time.Millisecond) {
			fmt.Println(atomic.LoadInt32(&clients), "clients")
		}
	}()
	for {
		client, err := server.Accept()
		if err == nil {
			go read(client)
		}
	}
}
