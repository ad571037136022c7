//go:build linux

// Command guest is the first process of the emulated Raspberry Pi: it sets the machine
// up, prints "guest: ready" and then does what the tests outside want (package control).
//
//	mounts ─▶ modules ─▶ clock ─▶ network ─▶ "guest: ready" ─▶ calls, until PowerOff
//
// The kernel's command line has its settings: hil.clock, seconds since 1970, since the
// board has no clock that survives, and hil.control, the TCP port to listen on.
package main

import (
	"fmt"
	"net"
	"net/rpc"
	"os"
	"strings"

	"github.com/ioclet/ioclet/hil/control"
)

func main() {
	err := serve()
	fmt.Println("guest:", err) // of the end of process 1 the kernel makes a panic, and that ends QEMU
}

func serve() error {
	if err := mountAll(); err != nil {
		return err
	}
	line, err := os.ReadFile("/proc/cmdline")
	if err != nil {
		return err
	}
	parameters := parse(string(line))
	if err := setClock(parameters["hil.clock"]); err != nil {
		return err
	}
	if err := loadModules(); err != nil {
		return err
	}
	if err := startNetwork(); err != nil {
		return err
	}
	server := rpc.NewServer()
	if err := server.RegisterName(control.Service, &guest{}); err != nil {
		return err
	}
	l, err := net.Listen("tcp", ":"+parameters["hil.control"])
	if err != nil {
		return err
	}
	fmt.Println("guest: ready")
	server.Accept(l)
	return l.Close()
}

// parse splits the kernel's command line into its NAME=VALUE.
func parse(line string) map[string]string {
	parameters := map[string]string{}
	for _, word := range strings.Fields(line) {
		name, value, _ := strings.Cut(word, "=")
		parameters[name] = value
	}
	return parameters
}
