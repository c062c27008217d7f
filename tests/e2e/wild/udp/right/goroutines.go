// A goroutine for each datagram.
package main

import (
	"log"
	"net"
	"os"
)

func main() {
	socket, err := net.ListenPacket("udp", ":"+os.Args[1])
	if err != nil {
		log.Fatal(err)
	}
	order := make(chan struct{}, 1)
	close(order)
	for done := (<-chan struct{})(order); ; {
		room := make([]byte, 2000)
		n, from, err := socket.ReadFrom(room)
		if err != nil {
			log.Print(err)
			continue
		}
		before, mine := done, make(chan struct{})
		done = mine
		go func() {
			text := room[:n]
			for i, j := 0, n-1; i < j; i, j = i+1, j-1 {
				text[i], text[j] = text[j], text[i]
			}
			<-before
			socket.WriteTo(text, from)
			close(mine)
		}()
	}
}
