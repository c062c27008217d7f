// tcpup HOST PORT, in Go: a goroutine sends what comes on stdin, while the main one prints what comes back.
package main

import (
	"errors"
	"fmt"
	"io"
	"net"
	"os"
)

func run(host, port string) error {
	server, err := net.Dial("tcp", net.JoinHostPort(host, port))
	if err != nil {
		return err
	}
	inputEnded := make(chan struct{})
	go func() {
		if _, err := io.Copy(server, os.Stdin); err != nil {
			fmt.Fprintln(os.Stderr, "tcpup: sending:", err)
			return
		}
		close(inputEnded) // before the server can know of it, and close in turn
		server.(*net.TCPConn).CloseWrite()
	}()
	if _, err := io.Copy(os.Stdout, server); err != nil {
		return err
	}
	select {
	case <-inputEnded:
		return nil
	default:
		return errors.New("the server closed too early")
	}
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: tcpup HOST PORT")
		os.Exit(1)
	}
	if err := run(os.Args[1], os.Args[2]); err != nil {
		fmt.Fprintln(os.Stderr, "tcpup:", err)
		os.Exit(2)
	}
}
