// 512 bytes are enough for everybody.
package main

import (
	"net"
	"os"
)

func main() {
	socket, err := net.ListenPacket("udp", ":"+os.Args[1])
	if err != nil {
		os.Exit(1)
	}
	room := make([]byte, 512)
	for {
		n, from, err := socket.ReadFrom(room)
		if err != nil {
			continue
		}
		answer := make([]byte, n)
		for i := range answer {
			answer[i] = room[n-1-i]
		}
		socket.WriteTo(answer, from)
	}
}
