// framed line|bin PORT: a goroutine for each client, which blocks as long as it likes.
package main

import (
	"bufio"
	"encoding/binary"
	"errors"
	"fmt"
	"io"
	"math/big"
	"net"
	"os"
	"regexp"
	"strconv"
)

const (
	maxLine    = 1024
	maxPayload = 4096
)

var add = regexp.MustCompile(`^ADD (-?[0-9]+) (-?[0-9]+)$`)

func calculate(line []byte) string {
	found := add.FindSubmatch(line)
	if found == nil {
		return "ERR say ADD and two numbers\n"
	}
	a, _ := new(big.Int).SetString(string(found[1]), 10)
	b, _ := new(big.Int).SetString(string(found[2]), 10)
	sum := new(big.Int).Add(a, b)
	if !a.IsInt64() || !b.IsInt64() || !sum.IsInt64() {
		return "ERR that does not fit 64 bits\n"
	}
	return "OK " + sum.String() + "\n"
}

// The next line without its end, whether it is too long (then it is gone), and an error where the stream ends before it.
func readLine(r *bufio.Reader) (line []byte, tooLong bool, err error) {
	for {
		piece, err := r.ReadSlice('\n')
		if err == bufio.ErrBufferFull {
			tooLong = true
			continue
		}
		if err != nil {
			return nil, false, err
		}
		line = piece[:len(piece)-1]
		return line, tooLong || len(line) > maxLine, nil
	}
}

func serveLines(r *bufio.Reader, w io.Writer) error {
	for {
		line, tooLong, err := readLine(r)
		if err != nil {
			return err
		}
		answer := "ERR line too long\n"
		if !tooLong {
			answer = calculate(line)
		}
		if _, err := io.WriteString(w, answer); err != nil {
			return err
		}
	}
}

func serveFrames(r *bufio.Reader, w io.Writer) error {
	frame := make([]byte, 2+maxPayload)
	for {
		if _, err := io.ReadFull(r, frame[:2]); err != nil {
			return err
		}
		length := int(binary.BigEndian.Uint16(frame))
		if length > maxPayload {
			return errors.New("too long a frame")
		}
		payload := frame[2 : 2+length]
		if _, err := io.ReadFull(r, payload); err != nil {
			return err
		}
		for i, j := 0, length-1; i < j; i, j = i+1, j-1 {
			payload[i], payload[j] = payload[j], payload[i]
		}
		if _, err := w.Write(frame[:2+length]); err != nil || length == 0 {
			return err
		}
	}
}

func main() {
	modes := map[string]func(*bufio.Reader, io.Writer) error{"line": serveLines, "bin": serveFrames}
	if len(os.Args) != 3 || modes[os.Args[1]] == nil {
		fmt.Fprintln(os.Stderr, "usage: framed line|bin PORT")
		os.Exit(1)
	}
	if port, err := strconv.ParseUint(os.Args[2], 10, 16); err != nil || port == 0 {
		fmt.Fprintln(os.Stderr, "framed: that is no port:", os.Args[2])
		os.Exit(1)
	}
	door, err := net.Listen("tcp4", "0.0.0.0:"+os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "framed:", err)
		os.Exit(2)
	}
	for {
		client, err := door.Accept()
		if err != nil {
			fmt.Fprintln(os.Stderr, "framed:", err)
			continue
		}
		go func() {
			defer client.Close()
			err := modes[os.Args[1]](bufio.NewReaderSize(client, 2*maxLine), client)
			if err != nil && err != io.EOF && err != io.ErrUnexpectedEOF {
				fmt.Fprintln(os.Stderr, "framed: lost a client:", err)
			}
		}()
	}
}
