// rrecv PORT OUT, in Go.
package main

import (
	"encoding/binary"
	"fmt"
	"net"
	"os"
	"strconv"
	"time"
)

const (
	data, ack, fin = 1, 2, 3
	header         = 8
	room           = 16000
	linger         = 2 * time.Second
)

func checksum(b []byte) uint16 {
	sum := uint32(0)
	for i, x := range b {
		if i%2 == 0 {
			sum += uint32(x) << 8
		} else {
			sum += uint32(x)
		}
	}
	for sum > 0xffff {
		sum = sum&0xffff + sum>>16
	}
	return ^uint16(sum)
}

type receiver struct {
	out      *os.File
	wanted   uint16
	early    map[uint16][]byte
	finished bool
}

// take returns whether the packet is to be acknowledged.
func (r *receiver) take(b []byte) bool {
	if len(b) < header || b[1] != 0 || checksum(b) != 0 || int(binary.BigEndian.Uint16(b[4:])) != len(b)-header {
		return false
	}
	number, body := binary.BigEndian.Uint16(b[2:]), b[header:]
	switch {
	case b[0] == data && len(body) > 0:
		// unsigned: what came before is very far ahead
		if !r.finished && number-r.wanted < room {
			r.early[number] = append([]byte(nil), body...)
			r.deliver()
		}
	case b[0] == fin && len(body) == 0:
		if !r.finished && number == r.wanted {
			r.finished = true
			r.wanted++
			r.out.Close()
		}
	default:
		return false
	}
	return true
}

func (r *receiver) deliver() {
	for body, ok := r.early[r.wanted]; ok; body, ok = r.early[r.wanted] {
		delete(r.early, r.wanted)
		r.out.Write(body)
		r.wanted += uint16(len(body))
	}
}

func (r *receiver) acknowledgement() []byte {
	b := make([]byte, header)
	b[0] = ack
	binary.BigEndian.PutUint16(b[2:], r.wanted)
	binary.BigEndian.PutUint16(b[6:], checksum(b))
	return b
}

func main() {
	if len(os.Args) != 3 {
		fmt.Fprintln(os.Stderr, "usage: rrecv PORT OUT")
		os.Exit(1)
	}
	port, err := strconv.Atoi(os.Args[1])
	if err != nil {
		fmt.Fprintln(os.Stderr, "rrecv:", err)
		os.Exit(1)
	}
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{Port: port})
	if err != nil {
		fmt.Fprintln(os.Stderr, "rrecv:", err)
		os.Exit(2)
	}
	out, err := os.Create(os.Args[2])
	if err != nil {
		fmt.Fprintln(os.Stderr, "rrecv:", err)
		os.Exit(1)
	}
	r := receiver{out: out, early: map[uint16][]byte{}}
	b := make([]byte, 2048)
	for {
		n, from, err := conn.ReadFromUDP(b)
		if os.IsTimeout(err) {
			return
		}
		if err == nil && r.take(b[:n]) {
			conn.WriteToUDP(r.acknowledgement(), from)
		}
		if r.finished {
			conn.SetReadDeadline(time.Now().Add(linger))
		}
	}
}
