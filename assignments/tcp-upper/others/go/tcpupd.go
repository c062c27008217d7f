// tcpupd PORT, in Go: a goroutine for each client.
package main

import (
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
)

// upper passes on what is written to it, in capitals. bytes.ToUpper would take the bytes for UTF-8.
type upper struct{ to io.Writer }

func (u upper) Write(piece []byte) (int, error) {
	capitals := make([]byte, len(piece))
	for i, b := range piece {
		if b >= 'a' && b <= 'z' {
			b -= 'a' - 'A'
		}
		capitals[i] = b
	}
	return u.to.Write(capitals)
}

func serve(client net.Conn) {
	defer client.Close()
	if _, err := io.Copy(upper{client}, client); err != nil {
		fmt.Fprintln(os.Stderr, "tcpupd: lost a client:", err)
	}
}

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: tcpupd PORT")
		os.Exit(1)
	}
	port, err := strconv.ParseUint(os.Args[1], 10, 16)
	if err != nil || port == 0 {
		fmt.Fprintln(os.Stderr, "usage: tcpupd PORT")
		os.Exit(1)
	}
	listener, err := net.Listen("tcp", fmt.Sprintf("0.0.0.0:%d", port))
	if err != nil {
		fmt.Fprintln(os.Stderr, "tcpupd:", err)
		os.Exit(2)
	}
	for {
		client, err := listener.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "tcpupd:", err)
			continue
		}
		go serve(client)
	}
}
