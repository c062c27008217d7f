// udpupd PORT, in Go. Each datagram is answered by a goroutine of its own, so answers may overtake each other. With
// each comes, out of band, which of our addresses was asked (IP_PKTINFO): given back, it is where the answer leaves from.
package main

import (
	"context"
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

// Has the socket tell of each datagram the address that it was sent to. Called before it is bound.
func tellWhereTo(_, _ string, raw syscall.RawConn) error {
	var err error
	raw.Control(func(fd uintptr) {
		err = syscall.SetsockoptInt(int(fd), syscall.IPPROTO_IP, syscall.IP_PKTINFO, 1)
	})
	return err
}

func main() {
	if len(os.Args) != 2 {
		fail(1, "usage: udpupd PORT")
	}
	port, err := strconv.ParseUint(os.Args[1], 10, 16)
	if err != nil || port == 0 {
		fail(1, "usage: udpupd PORT")
	}
	listening := net.ListenConfig{Control: tellWhereTo}
	socket, err := listening.ListenPacket(context.Background(), "udp4", fmt.Sprintf(":%d", port))
	if err != nil {
		fail(2, err)
	}
	service := socket.(*net.UDPConn)
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGTERM)
	go func() {
		<-stop
		os.Exit(0)
	}()
	for {
		data := make([]byte, maxDatagram+1) // a new one for each goroutine
		where := make([]byte, syscall.CmsgSpace(syscall.SizeofInet4Pktinfo))
		n, k, _, client, err := service.ReadMsgUDP(data, where)
		if err != nil {
			fail(2, err)
		}
		if n <= maxDatagram {
			go service.WriteMsgUDP(upper(data[:n]), where[:k], client)
		}
	}
}
