// A deadline on every read.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

func main() {
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		os.Exit(2)
	}
	socket, err := net.ListenUDP("udp4", &net.UDPAddr{Port: port})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
	room := make([]byte, 1500)
	for {
		socket.SetReadDeadline(time.Now().Add(300 * time.Millisecond))
		n, from, err := socket.ReadFromUDP(room)
		if errors.Is(err, os.ErrDeadlineExceeded) {
			continue
		}
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			continue
		}
		answer := make([]byte, n)
		for i := range answer {
			answer[i] = room[n-1-i]
		}
		socket.WriteToUDP(answer, from)
	}
}
