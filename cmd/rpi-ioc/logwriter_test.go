package main

import (
	"bytes"
	"io"
	"strings"
	"testing"
	"testing/synctest"
	"time"
)

// Nobody waits for a log that nobody reads; what was lost is said when it is read again.
func TestLogWriter(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		r, w := io.Pipe()
		l := newLogWriter(w)
		began := time.Now()
		io.WriteString(l, "one\n")
		synctest.Wait() // until it is being written
		full := bytes.Repeat([]byte("x"), maxPending-1)
		l.Write(append(full, '\n'))
		io.WriteString(l, "lost\n")
		io.WriteString(l, "lost too\n")
		l.close()
		if took := time.Since(began); took != lastWords {
			t.Errorf("took %v", took)
		}
		go func() { // until r is read
			<-l.done
			w.Close()
		}()
		all, err := io.ReadAll(r)
		if err != nil {
			t.Fatal(err)
		}
		if text, want := string(all), "one\n"+string(full)+"\n2 lines of the log are lost: nobody took them\n"; text != want {
			t.Errorf("%d bytes, want %d: …%s", len(text), len(want), text[max(0, len(text)-100):])
		}
	})
}

// All lines are there when close returns.
func TestLogWriterCloses(t *testing.T) {
	var out strings.Builder
	l := newLogWriter(&out)
	var want strings.Builder
	for range 1000 {
		io.WriteString(io.MultiWriter(l, &want), "a line\n")
	}
	l.close()
	if out.String() != want.String() {
		t.Errorf("%d bytes, want %d", out.Len(), want.Len())
	}
}
