// framec line|bin HOST PORT: one goroutine reads what is typed, one what is answered; channels bring both to main, which
// alone decides when it is over.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"net"
	"os"
	"strconv"
)

const maxPayload = 4096

func die(status int, why interface{}) {
	fmt.Fprintln(os.Stderr, "framec:", why)
	os.Exit(status)
}

// Sends what `next` brings, until it brings an error.
func stream(next func() ([]byte, error), to chan<- []byte, failed chan<- error) {
	for {
		message, err := next()
		if err != nil {
			failed <- err
			return
		}
		to <- message
	}
}

func lines(r *bufio.Reader, lastMayLackItsEnd bool) func() ([]byte, error) {
	return func() ([]byte, error) {
		line, err := r.ReadBytes('\n')
		if err == nil {
			return line[:len(line)-1], nil
		}
		if err == io.EOF && len(line) > 0 && lastMayLackItsEnd {
			return line, nil
		}
		return nil, err
	}
}

var errTooLong = errors.New("the server announces too long a frame")

func frames(r *bufio.Reader) func() ([]byte, error) {
	return func() ([]byte, error) {
		header := make([]byte, 2)
		if _, err := io.ReadFull(r, header); err != nil {
			return nil, err
		}
		length := binary.BigEndian.Uint16(header)
		if length > maxPayload {
			return nil, errTooLong
		}
		payload := make([]byte, length)
		_, err := io.ReadFull(r, payload)
		return payload, err
	}
}

func request(bin bool, line []byte) []byte {
	if !bin {
		return append(line, '\n')
	}
	return append([]byte{byte(len(line) >> 8), byte(len(line))}, line...)
}

func talk(server *net.TCPConn, bin bool) {
	typed, typedAll := make(chan []byte), make(chan error, 1)
	came, left := make(chan []byte), make(chan error, 1)
	unanswered := 0

	answers := lines(bufio.NewReader(server), false)
	if bin {
		answers = frames(bufio.NewReader(server))
	}
	go stream(lines(bufio.NewReader(os.Stdin), true), typed, typedAll)
	go stream(answers, came, left)

	askNoMore := func() {
		typed = nil // a nil channel is never ready
		server.CloseWrite()
	}
	for typed != nil || unanswered > 0 {
		select {
		case line := <-typed:
			if _, err := server.Write(request(bin, line)); err != nil {
				die(2, err)
			}
			unanswered++
			if bin && len(line) == 0 {
				askNoMore()
			}
		case <-typedAll:
			askNoMore()
		case answer := <-came:
			os.Stdout.Write(append(answer, '\n'))
			unanswered--
		case err := <-left:
			var network net.Error
			if errors.As(err, &network) {
				die(2, err)
			}
			die(3, "the server left: "+err.Error())
		}
	}
}

func main() {
	if len(os.Args) != 4 || (os.Args[1] != "line" && os.Args[1] != "bin") {
		die(1, "usage: framec line|bin HOST PORT")
	}
	if _, err := strconv.ParseUint(os.Args[3], 10, 16); err != nil {
		die(1, "that is no port: "+os.Args[3])
	}
	server, err := net.Dial("tcp", net.JoinHostPort(os.Args[2], os.Args[3]))
	if err != nil {
		die(2, err)
	}
	talk(server.(*net.TCPConn), os.Args[1] == "bin")
}
