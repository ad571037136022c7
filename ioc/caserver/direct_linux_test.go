package caserver

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"syscall"
	"testing"
	"time"
)

// tcpPair is a connection over the loopback interface, ours by direct.
func tcpPair(t *testing.T) (*directConn, *net.TCPConn) {
	t.Helper()
	l, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer l.Close()
	far, err := net.Dial("tcp4", l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	near, err := l.Accept()
	if err != nil {
		t.Fatal(err)
	}
	d, ok := direct(near).(*directConn)
	if !ok {
		t.Fatal("not direct")
	}
	t.Cleanup(func() { far.Close(); d.Close() })
	return d, far.(*net.TCPConn)
}

func TestDirectConn(t *testing.T) {
	d, far := tcpPair(t)
	for _, n := range []int{0, 1, 4000, directMost, directMost + 1, 1 << 20} {
		sent := bytes.Repeat([]byte{byte(n), 7, 9}, n/3+1)[:n]
		written := make(chan error)
		go func() {
			_, err := d.Write(sent)
			written <- err
		}()
		got := make([]byte, n)
		if _, err := io.ReadFull(far, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%d bytes out: %v", n, err)
		}
		if err := <-written; err != nil {
			t.Errorf("%d bytes out: %v", n, err)
		}
		go func() { _, _ = far.Write(sent) }()
		if _, err := io.ReadFull(d, got); err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%d bytes in: %v", n, err)
		}
	}
	_ = far.CloseWrite()
	for _, room := range []int{10, directMost + 10} {
		if n, err := d.Read(make([]byte, room)); n != 0 || err != io.EOF {
			t.Errorf("at the end: %d, %v", n, err)
		}
	}
}

func TestDirectConnDeadlines(t *testing.T) {
	d, _ := tcpPair(t)
	past := time.Now().Add(-time.Second)
	_ = d.SetReadDeadline(past)
	if _, err := d.Read(make([]byte, 10)); !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("read too late: %v", err)
	}
	_ = d.SetWriteDeadline(past)
	if n, err := d.Write(make([]byte, 10)); n != 0 || !errors.Is(err, os.ErrDeadlineExceeded) {
		t.Errorf("written too late: %d, %v", n, err)
	}
	_ = d.SetWriteDeadline(time.Now().Add(50 * time.Millisecond))
	for total := 0; ; { // nobody reads
		n, err := d.Write(make([]byte, directMost))
		total += n
		if errors.Is(err, os.ErrDeadlineExceeded) {
			if n == directMost || total == 0 {
				t.Errorf("%d of %d bytes at the end, %d in all", n, directMost, total)
			}
			break
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	_ = d.SetReadDeadline(time.Time{})
	ended := make(chan error)
	go func() {
		_, err := d.Read(make([]byte, 10))
		ended <- err
	}()
	d.Close()
	if err := <-ended; !errors.Is(err, net.ErrClosed) {
		t.Errorf("closed while it is read: %v", err)
	}
}

func TestDirectConnReset(t *testing.T) {
	d, far := tcpPair(t)
	_ = far.SetLinger(0)
	far.Close()
	if _, err := d.Read(make([]byte, 10)); !errors.Is(err, syscall.ECONNRESET) {
		t.Errorf("read: %v", err)
	}
	var op *net.OpError
	if n, err := d.Write(make([]byte, 10)); n != 0 || !errors.Is(err, syscall.EPIPE) || !errors.As(err, &op) {
		t.Errorf("written: %d, %v", n, err)
	}
}

func TestDirectConnDoesNotAllocate(t *testing.T) {
	d, far := tcpPair(t)
	b := make([]byte, 100)
	if n := testing.AllocsPerRun(100, func() {
		if _, err := d.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(far, b); err != nil {
			t.Fatal(err)
		}
		if _, err := far.Write(b); err != nil {
			t.Fatal(err)
		}
		if _, err := io.ReadFull(d, b); err != nil {
			t.Fatal(err)
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}

// What is not TCP is left as it is.
func TestDirectOfOthers(t *testing.T) {
	near, far := net.Pipe()
	defer far.Close()
	defer near.Close()
	if direct(near) != near {
		t.Error("a pipe has changed")
	}
}
