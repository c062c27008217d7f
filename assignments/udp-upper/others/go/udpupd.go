// udpupd PORT, in Go. Each datagram is answered by a goroutine of its own, so answers may overtake each other.
package main

import (
	"fmt"
	"net"
	"os"
	"os/signal"
	"strconv"
	"syscall"
)

const maxDatagram = 1400

// Byte by byte: bytes.ToUpper would take them for UTF-8.
func upper(data []byte) []byte {
	for i, b := range data {
		if b >= 'a' && b <= 'z' {
			data[i] = b - 'a' + 'A'
		}
	}
	return data
}

func fail(status int, message any) {
	fmt.Fprintln(os.Stderr, "udpupd:", message)
	os.Exit(status)
}

func main() {
	if len(os.Args) != 2 {
		fail(1, "usage: udpupd PORT")
	}
	port, err := strconv.ParseUint(os.Args[1], 10, 16)
	if err != nil || port == 0 {
		fail(1, "usage: udpupd PORT")
	}
	service, err := net.ListenUDP("udp4", &net.UDPAddr{Port: int(port)})
	if err != nil {
		fail(2, err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		os.Exit(0)
	}()
	for {
		data := make([]byte, maxDatagram+1) // a new one for each goroutine
		n, client, err := service.ReadFromUDP(data)
		if err != nil {
			fail(2, err)
		}
		if n <= maxDatagram {
			go service.WriteToUDP(upper(data[:n]), client)
		}
	}
}
