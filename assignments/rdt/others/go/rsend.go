// rsend HOST PORT FILE, in Go. One goroutine reads acknowledgements; the other sends, and waits for an
// acknowledgement or its one timer. When that fires, all that is under way is sent again (go-back-n).
package main

import (
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"os"
	"time"
)

const (
	data, ack, fin = 1, 2, 3
	header         = 8
	payload        = 1000
	window         = 16
	timeout        = 200 * time.Millisecond
	tries          = 10
)

type packet struct {
	wire []byte
	end  uint16
}

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

func encode(kind byte, number uint16, body []byte) []byte {
	b := make([]byte, header, header+len(body))
	b[0] = kind
	binary.BigEndian.PutUint16(b[2:], number)
	binary.BigEndian.PutUint16(b[4:], uint16(len(body)))
	b = append(b, body...)
	binary.BigEndian.PutUint16(b[6:], checksum(b))
	return b
}

func receive(conn net.Conn, acks chan<- uint16) {
	b := make([]byte, 2048)
	for {
		n, err := conn.Read(b)
		if err == nil && n == header && b[0] == ack && b[1] == 0 && checksum(b[:n]) == 0 {
			acks <- binary.BigEndian.Uint16(b[2:])
		}
	}
}

// carry sends what next gives, until it gives nothing and all has arrived.
func carry(conn net.Conn, acks <-chan uint16, next func() *packet) bool {
	var flying []*packet
	rounds, more := 0, true
	timer := time.NewTimer(timeout)
	for {
		for more && len(flying) < window {
			p := next()
			if p == nil {
				more = false
				break
			}
			if len(flying) == 0 {
				rounds = 1
				timer.Reset(timeout)
			}
			flying = append(flying, p)
			conn.Write(p.wire)
		}
		if len(flying) == 0 {
			return true
		}
		select {
		case number := <-acks:
			for i, p := range flying {
				if p.end == number {
					flying = flying[i+1:]
					rounds = 1
					timer.Reset(timeout)
					break
				}
			}
		case <-timer.C:
			if rounds == tries {
				return false
			}
			rounds++
			timer.Reset(timeout)
			for _, p := range flying {
				conn.Write(p.wire)
			}
		}
	}
}

func main() {
	if len(os.Args) != 4 {
		fmt.Fprintln(os.Stderr, "usage: rsend HOST PORT FILE")
		os.Exit(1)
	}
	file, err := os.Open(os.Args[3])
	if err != nil {
		fmt.Fprintln(os.Stderr, "rsend:", err)
		os.Exit(1)
	}
	conn, err := net.Dial("udp4", net.JoinHostPort(os.Args[1], os.Args[2]))
	if err != nil {
		fmt.Fprintln(os.Stderr, "rsend:", err)
		os.Exit(2)
	}
	acks := make(chan uint16)
	go receive(conn, acks)

	number, ended := uint16(0), false
	arrived := carry(conn, acks, func() *packet {
		body := make([]byte, payload)
		n, _ := io.ReadFull(file, body)
		if n == 0 {
			return nil
		}
		p := &packet{encode(data, number, body[:n]), number + uint16(n)}
		number = p.end
		return p
	})
	arrived = arrived && carry(conn, acks, func() *packet {
		if ended {
			return nil
		}
		ended = true
		return &packet{encode(fin, number, nil), number + 1}
	})
	if !arrived {
		fmt.Fprintln(os.Stderr, "rsend: the receiver does not answer")
		os.Exit(2)
	}
}
