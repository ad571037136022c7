package serial_test

import (
	"bufio"
	"errors"
	"fmt"
	"net"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// datagrams is an instrument that answers each datagram with those that answer makes; at
// the end of the test it is switched off.
func datagrams(t *testing.T, answer func(command string) []string) string {
	t.Helper()
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	ended := make(chan struct{})
	t.Cleanup(func() { conn.Close(); <-ended })
	// ends when conn is closed
	go func() {
		defer close(ended)
		buf := make([]byte, 64<<10)
		for {
			n, from, err := conn.ReadFromUDPAddrPort(buf)
			if err != nil {
				return
			}
			for _, a := range answer(string(buf[:n])) {
				_, _ = conn.WriteToUDPAddrPort([]byte(a), from)
			}
		}
	}()
	return conn.LocalAddr().String()
}

// TestUDP: a command is a datagram; an answer is one, or a line of one, or many.
func TestUDP(t *testing.T) {
	empty := ""
	long := strings.Repeat("x", 10000)
	for _, c := range []struct {
		name    string
		device  serial.Device
		answers []string
		want    pv.Value
	}{
		{"lines", psu, []string{"1", "2.5\r\n"}, pv.Float64Value(12.5)},
		{"a datagram is a line", serial.Device{Name: "PS", InTerminator: &empty, OutTerminator: &empty, Channels: []serial.Channel{
			{Name: "VOLT", Read: "VOLT?\n", Reply: "%f"},
		}}, []string{"", "12.5", "99"}, pv.Float64Value(12.5)},
		{"silence ends a line", serial.Device{Name: "PS", InTerminator: &empty, ReadTimeout: 50 * time.Millisecond, Channels: []serial.Channel{
			{Name: "VOLT", Read: "VOLT?", Reply: "%f"},
		}}, []string{"12", ".5"}, pv.Float64Value(12.5)},
		{
			"length",
			serial.Device{Name: "PS", Length: 4, Channels: []serial.Channel{{Name: "VOLT", Read: "VOLT?", Reply: "%f"}}},
			[]string{"12", ".5"},
			pv.Float64Value(12.5),
		},
		{"a long datagram", serial.Device{Name: "PS", InTerminator: &empty, Channels: []serial.Channel{
			{Name: "VOLT", Read: "VOLT?", Reply: "%s"},
		}}, []string{long}, pv.StringValue(long)},
	} {
		t.Run(c.name, func(t *testing.T) {
			address := datagrams(t, func(command string) []string {
				if command != "VOLT?\n" {
					t.Errorf("datagram %q, want the command", command)
				}
				return c.answers
			})
			p := open(t, serial.Options{Transport: serial.UDP(address), Devices: []serial.Device{c.device}})
			v, err := read(t, p, "PS", "VOLT")
			wantValue(t, v, err, c.want)
		})
	}
}

// TestUDPOff: that nobody listens at the other end is no loss of the port, but silence.
func TestUDPOff(t *testing.T) {
	conn, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
	if err != nil {
		t.Fatal(err)
	}
	address := conn.LocalAddr().String()
	conn.Close()
	d := psu
	d.Timeout = 20 * time.Millisecond
	p := open(t, serial.Options{Transport: serial.UDP(address), Devices: []serial.Device{d}})
	for range 2 {
		_, err := read(t, p, "PS", "VOLT")
		wantFault(t, err, pv.StatusTimeout, false, "no answer")
	}
}

// TestBroadcastRefused: answers to a broadcast come from elsewhere.
func TestBroadcastRefused(t *testing.T) {
	for _, address := range []string{"255.255.255.255:5025", "127.255.255.255:5025", "224.0.0.1:5025"} {
		conn, err := serial.UDP(address).Dial(t.Context())
		if err == nil {
			conn.Close()
		}
		if err == nil || !strings.Contains(err.Error(), "an address of many") {
			t.Errorf("%s: %v, want that it is refused", address, err)
		}
	}
}

func TestUnix(t *testing.T) {
	path := filepath.Join(t.TempDir(), "s")
	if _, err := serial.Unix(path).Dial(t.Context()); !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("no socket: %v, want absent", err)
	}
	l, err := net.Listen("unix", path)
	if err != nil {
		t.Skip("no such sockets here: ", err)
	}
	ended := make(chan struct{})
	// ends when the port is closed
	go func() {
		defer close(ended)
		conn, err := l.Accept()
		if err != nil {
			return
		}
		defer conn.Close()
		for r := bufio.NewReader(conn); ; {
			if _, err := r.ReadString('\n'); err != nil {
				return
			}
			_, _ = fmt.Fprint(conn, "12.5\n")
		}
	}()
	p := newPort(t, serial.Options{Transport: serial.Unix(path), Devices: []serial.Device{psu}})
	if err := p.Open(t.Context()); err != nil {
		t.Fatal(err)
	}
	v, err := read(t, p, "PS", "VOLT")
	wantValue(t, v, err, pv.Float64Value(12.5))
	if err := p.Close(); err != nil {
		t.Error(err)
	}
	<-ended
	l.Close()
}
