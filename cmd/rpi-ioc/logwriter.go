package main

import (
	"fmt"
	"io"
	"sync"
	"time"
)

// logWriter passes lines on to a writer that may take its time: a terminal that was
// stopped by Ctrl-S, a pager, a journal on a slow card. Write never waits for it, since
// drivers and clients would wait too; lines for which there is no room are counted.
type logWriter struct {
	to   io.Writer
	done chan struct{} // closed when all is written after close

	mu      sync.Mutex
	more    sync.Cond // pending, lost or closed has changed
	pending []byte
	lost    int
	closed  bool
}

const (
	// maxPending is how many bytes wait.
	maxPending = 1 << 20
	// lastWords is how long close waits until they are written.
	lastWords = time.Second
)

// newLogWriter is to be closed.
func newLogWriter(to io.Writer) *logWriter {
	l := &logWriter{to: to, done: make(chan struct{})}
	l.more.L = &l.mu
	go l.run() // until close
	return l
}

// Write keeps a copy of line, and never fails.
func (l *logWriter) Write(line []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.pending)+len(line) > maxPending {
		l.lost++
	} else {
		l.pending = append(l.pending, line...)
	}
	l.more.Signal()
	return len(line), nil
}

func (l *logWriter) run() {
	defer close(l.done)
	var spare []byte
	for {
		l.mu.Lock()
		for len(l.pending) == 0 && l.lost == 0 && !l.closed {
			l.more.Wait()
		}
		lines, lost := l.pending, l.lost
		l.pending, l.lost = spare[:0], 0
		l.mu.Unlock()
		if len(lines) == 0 && lost == 0 {
			return
		}
		if lost > 0 {
			lines = fmt.Appendf(lines, "%d lines of the log are lost: nobody took them\n", lost)
		}
		_, _ = l.to.Write(lines) // nobody is there to be told
		if spare = lines; cap(spare) > maxPending/16 {
			spare = nil
		}
	}
}

// close waits a little until all is written. Nothing may be written afterwards.
func (l *logWriter) close() {
	l.mu.Lock()
	l.closed = true
	l.more.Signal()
	l.mu.Unlock()
	late := time.NewTimer(lastWords)
	defer late.Stop()
	select {
	case <-l.done:
	case <-late.C:
	}
}
