package main

import (
	"bufio"
	"bytes"
	"context"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/format"
)

// talk is a conversation with an instrument.
type talk struct {
	conn       serial.Conn // closed at the end
	in, out    []byte      // terminators
	hex, stamp bool
	escape     bool          // what is no text is shown as escapes, not as it is
	wait       time.Duration // for an answer to each line, 0: not at all
	w          io.Writer

	pending []byte // what has come and is not shown yet
}

const (
	// silence ends what comes without a terminator, and the conversation after the last
	// answer.
	silence = 100 * time.Millisecond
	// stuck is how long the port may take over what is written to it.
	stuck = 5 * time.Second
	// maxShown is how much of a line is kept together.
	maxShown = 1 << 20
)

// errSilent says that nothing at all has come.
var errSilent = errors.New("no answer")

// run sends the lines of input, until it or ctx ends.
func (t *talk) run(ctx context.Context, input io.Reader) error {
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	defer t.conn.Close()
	typed, read := make(chan string), make(chan []byte)
	var inputErr, readErr error
	go func() { // until input or ctx has ended
		defer close(typed)
		inputErr = t.readInput(ctx, input, typed)
	}()
	go func() { // until conn is closed
		defer close(read)
		readErr = t.readConn(ctx, read)
	}()
	sent, shown := 0, 0
	lines, heard := (<-chan string)(typed), (<-chan []byte)(read)
	answer, quiet := stopped(), stopped()
	waiting, ended := false, false
	gone := func() error { return fmt.Errorf("the connection has ended: %w", readErr) }
	show := func(n int) {
		if n > 0 {
			shown, waiting = shown+n, false
		}
	}
	for {
		next := lines
		if waiting {
			next = nil
		}
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-next:
			if !more && heard == nil {
				return inputErr
			}
			if !more {
				lines, ended = nil, true
				quiet.Reset(silence)
				continue
			}
			if heard == nil {
				return gone()
			}
			b, err := format.Unescape(line)
			if err != nil {
				return fmt.Errorf("%q: %w", line, err)
			}
			if err := t.send(ctx, append(b, t.out...)); err != nil {
				return err
			}
			sent++
			if waiting = t.wait > 0; waiting {
				answer.Reset(t.wait)
			}
		case b, more := <-heard:
			if !more {
				show(t.show(true))
				switch {
				case ended && !waiting:
					return inputErr
				case waiting || t.wait == 0:
					return gone()
				}
				heard = nil // and no harm done if that was the last line of a script
				continue
			}
			t.pending = append(t.pending, b...)
			show(t.show(false))
			quiet.Reset(silence)
		case <-quiet.C:
			show(t.show(true))
		case <-answer.C:
			waiting = false
		}
		if ended && !waiting && len(t.pending) == 0 && quiet.ended() {
			switch {
			case inputErr != nil:
				return inputErr
			case sent > 0 && shown == 0 && t.wait > 0:
				return fmt.Errorf("%w within %v", errSilent, t.wait)
			}
			return nil
		}
	}
}

// alarmClock is a timer of which is known whether it has rung.
type alarmClock struct {
	*time.Timer
	at time.Time
}

func stopped() *alarmClock {
	t := time.NewTimer(time.Hour)
	t.Stop()
	return &alarmClock{Timer: t}
}

func (a *alarmClock) Reset(d time.Duration) {
	a.at = time.Now().Add(d)
	a.Timer.Reset(d)
}

func (a *alarmClock) ended() bool { return !time.Now().Before(a.at) }

func (*talk) readInput(ctx context.Context, input io.Reader, typed chan<- string) error {
	s := bufio.NewScanner(input)
	for s.Scan() {
		select {
		case typed <- strings.TrimSuffix(s.Text(), "\r"):
		case <-ctx.Done():
			return nil
		}
	}
	return s.Err()
}

func (t *talk) readConn(ctx context.Context, read chan<- []byte) error {
	buf := make([]byte, 64<<10) // room for any datagram
	for {
		n, err := t.conn.Read(buf)
		if n > 0 {
			select {
			case read <- bytes.Clone(buf[:n]):
			case <-ctx.Done():
				return nil
			}
		}
		if errors.Is(err, io.EOF) {
			return errors.New("closed by the other end")
		} else if err != nil {
			return err
		}
	}
}

// send writes b, unless the port is stuck.
func (t *talk) send(ctx context.Context, b []byte) error {
	if t.hex || t.stamp {
		t.print('>', b)
	}
	written := make(chan error, 1)
	go func() { // until it is written, or conn is closed
		_, err := t.conn.Write(b)
		written <- err
	}()
	late := time.NewTimer(stuck)
	defer late.Stop()
	select {
	case err := <-written:
		return err
	case <-late.C:
		return fmt.Errorf("nothing can be sent for %v: is the instrument switched on, and does it want a handshake?", stuck)
	case <-ctx.Done():
		return nil
	}
}

// show prints the lines that are pending, or all that is, and returns how many.
func (t *talk) show(all bool) (n int) {
	for len(t.pending) > 0 {
		end := -1
		if len(t.in) > 0 {
			end = bytes.Index(t.pending, t.in)
		}
		switch {
		case end >= 0:
			end += len(t.in)
		case all || len(t.pending) > maxShown:
			end = len(t.pending)
		default:
			return n
		}
		t.print('<', t.pending[:end])
		t.pending = t.pending[end:]
		n++
	}
	return n
}

// print prints what went over the wire in one direction.
func (t *talk) print(direction byte, b []byte) {
	head := ""
	if t.stamp {
		head = time.Now().Format("15:04:05.000") + " "
	}
	if t.hex || t.stamp {
		head += string(direction) + " "
	}
	if t.hex {
		for row := range bytes.SplitSeq(bytes.TrimSpace([]byte(hex.Dump(b))), []byte("\n")) {
			fmt.Fprintf(t.w, "%s%s\n", head, row[10:]) // without the offset
			head = strings.Repeat(" ", len(head))
		}
		return
	}
	terminator := t.in
	if direction == '>' {
		terminator = t.out
	}
	b = bytes.TrimSuffix(b, terminator)
	if string(terminator) == "\n" {
		b = bytes.TrimSuffix(b, []byte("\r"))
	}
	if t.escape || direction == '>' {
		b = []byte(readable(b))
	}
	fmt.Fprintf(t.w, "%s%s\n", head, b)
}

// readable is b with escapes for what is no text: it must not move a terminal's cursor.
func readable(b []byte) string {
	var s strings.Builder
	for len(b) > 0 {
		r, n := utf8.DecodeRune(b)
		if r != utf8.RuneError && unicode.IsPrint(r) {
			s.Write(b[:n])
		} else {
			quoted := format.Quote(b[:n])
			s.WriteString(quoted[1 : len(quoted)-1])
		}
		b = b[n:]
	}
	return s.String()
}
