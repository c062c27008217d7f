// udpup HOST PORT TEXT, in Go: a connected socket, and a deadline for each try.
package main

import (
	"errors"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

const (
	maxDatagram = 1400
	tries       = 3
	patience    = time.Second
)

func fail(status int, message any) {
	fmt.Fprintln(os.Stderr, "udpup:", message)
	os.Exit(status)
}

// The answer, or an error when none comes, or when the server's machine says that nobody listens there.
func ask(server net.Conn, text string) ([]byte, error) {
	answer := make([]byte, maxDatagram)
	for i := 0; i < tries; i++ {
		if _, err := server.Write([]byte(text)); err != nil {
			return nil, err
		}
		server.SetReadDeadline(time.Now().Add(patience))
		n, err := server.Read(answer)
		if err == nil {
			return answer[:n], nil
		}
		if !errors.Is(err, os.ErrDeadlineExceeded) {
			return nil, err
		}
	}
	return nil, errors.New("no answer")
}

func main() {
	if len(os.Args) != 4 {
		fail(1, "usage: udpup HOST PORT TEXT")
	}
	if port, err := strconv.ParseUint(os.Args[2], 10, 16); err != nil || port == 0 {
		fail(1, "usage: udpup HOST PORT TEXT")
	}
	server, err := net.Dial("udp4", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		fail(2, err)
	}
	answer, err := ask(server, os.Args[3])
	if err != nil {
		fail(2, err)
	}
	os.Stdout.Write(append(answer, '\n'))
}
