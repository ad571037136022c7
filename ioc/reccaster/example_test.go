package reccaster_test

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net"
	"time"

	"github.com/ioclet/ioclet/ioc/reccaster"
	"github.com/ioclet/ioclet/ioc/record"
)

// A server announces itself to the IOC and hears of its record.
func Example() {
	db := new(record.Database)
	if _, err := db.Add(record.Spec{Name: "TANK:TEMP", Type: record.AI}); err != nil {
		fmt.Println(err)
		return
	}
	hears, err := net.ListenPacket("udp4", "127.0.0.1:0") // a real one hears port 5049
	if err != nil {
		fmt.Println(err)
		return
	}
	caster := &reccaster.Caster{
		Database: db, HoldOff: time.Millisecond, Log: slog.New(slog.DiscardHandler),
		Listen: func(context.Context) (net.PacketConn, error) { return hears, nil },
	}
	ctx, cancel := context.WithCancel(context.Background())
	defer cancel()
	ended := make(chan error)
	go func() { ended <- caster.Run(ctx) }() // until ctx ends

	server, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		fmt.Println(err)
		return
	}
	port := server.Addr().(*net.TCPAddr).Port
	here := []byte{'R', 'C', 0, 0, 255, 255, 255, 255, byte(port >> 8), byte(port), 0, 0, 0, 0, 0, 1}
	udp, err := net.Dial("udp4", hears.LocalAddr().String())
	if err == nil {
		_, err = udp.Write(here)
	}
	if err != nil {
		fmt.Println(err)
		return
	}
	conn, err := server.Accept()
	if err != nil {
		fmt.Println(err)
		return
	}
	fmt.Fprint(conn, "RC\x80\x01\x00\x00\x00\x01\x00") // greeting
	b := make([]byte, 16+27)
	_, err = io.ReadFull(conn, b)
	fmt.Printf("%q %v\n", b[32:], err) // behind the IOC's greeting and the record's header

	cancel()
	fmt.Println(<-ended)
	// Output:
	// "aiTANK:TEMP" <nil>
	// <nil>
}
