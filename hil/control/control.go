package control

import (
	"fmt"
	"net/rpc"
	"strings"
	"time"
)

// Service is the name of the guest's service; its methods are those of [Board].
const Service = "Guest"

// Nothing is for calls without an argument or an answer.
type Nothing struct{}

// Setting is the text to write into a file, such as an attribute of sysfs.
type Setting struct{ Path, Text string }

// Toggling is a series of writes into a file, with a pause after each.
type Toggling struct {
	Path  string
	Texts []string
	Pause time.Duration
}

// Span is when a write began and when it had ended, by the guest's clock.
type Span struct{ Begin, End time.Time }

// Message is for a chip of an I2C bus.
type Message struct {
	Bus     int
	Address uint16
	Data    []byte
}

// Program is a command line with its additional environment.
type Program struct{ Args, Env []string }

// Board is the guest seen from outside. Calls wait for their answer; they may be made
// from any goroutine.
type Board struct{ client *rpc.Client }

// Dial connects to the guest's control port.
func Dial(address string) (*Board, error) {
	c, err := rpc.Dial("tcp", address)
	if err != nil {
		return nil, err
	}
	return &Board{c}, nil
}

// Close ends the connection; calls under way fail.
func (b *Board) Close() error { return b.client.Close() }

func call[Answer any](b *Board, method string, argument any) (answer Answer, err error) {
	if err := b.client.Call(Service+"."+method, argument, &answer); err != nil {
		return answer, fmt.Errorf("guest: %s %v: %w", method, argument, err)
	}
	return answer, nil
}

// Read is the content of a file, without space at its ends.
func (b *Board) Read(path string) (string, error) {
	text, err := call[string](b, "Read", path)
	return strings.TrimSpace(text), err
}

// Write writes a text into a file that exists.
func (b *Board) Write(path, text string) error {
	_, err := call[Nothing](b, "Write", Setting{path, text})
	return err
}

// Glob is filepath.Glob.
func (b *Board) Glob(pattern string) ([]string, error) { return call[[]string](b, "Glob", pattern) }

// Resolve is filepath.EvalSymlinks.
func (b *Board) Resolve(path string) (string, error) { return call[string](b, "Resolve", path) }

// Toggle writes texts into a file one after the other and says when each was written.
func (b *Board) Toggle(t Toggling) ([]Span, error) { return call[[]Span](b, "Toggle", t) }

// Now is the guest's clock.
func (b *Board) Now() (time.Time, error) { return call[time.Time](b, "Now", Nothing{}) }

// Send sends a message to a chip.
func (b *Board) Send(m Message) error {
	_, err := call[Nothing](b, "Send", m)
	return err
}

// Hold opens a device file and keeps it open, until Release.
func (b *Board) Hold(path string) error {
	_, err := call[Nothing](b, "Hold", path)
	return err
}

// Release closes what Hold has opened.
func (b *Board) Release() error {
	_, err := call[Nothing](b, "Release", Nothing{})
	return err
}

// Start starts the program, one at a time; its output goes to the console.
func (b *Board) Start(p Program) error {
	_, err := call[Nothing](b, "Start", p)
	return err
}

// Signal sends a signal to the program.
func (b *Board) Signal(s Signal) error {
	_, err := call[Nothing](b, "Signal", s)
	return err
}

// Wait waits for the end of the program and returns its exit code, -1 after a signal.
func (b *Board) Wait() (int, error) { return call[int](b, "Wait", Nothing{}) }

// PowerOff switches the machine off. The connection breaks.
func (b *Board) PowerOff() error {
	_, err := call[Nothing](b, "PowerOff", Nothing{})
	return err
}

// Signal is a signal's number on Linux, which need not be that of this machine.
type Signal int

// Some signals.
const (
	Terminate Signal = 15
	Continue  Signal = 18
	Stop      Signal = 19
)
