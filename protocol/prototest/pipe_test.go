package prototest_test

import (
	"bytes"
	"errors"
	"io"
	"net"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/protocol/prototest"
)

func TestPipeCarriesBothWays(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := prototest.Pipe()
		if n, err := client.Write([]byte("up")); n != 2 || err != nil {
			t.Fatalf("a write that fits blocks or fails: %d, %v", n, err)
		}
		if n, err := server.Write([]byte("down")); n != 4 || err != nil {
			t.Fatalf("%d, %v", n, err)
		}
		for _, test := range []struct {
			conn net.Conn
			want string
		}{{server, "up"}, {client, "down"}} {
			b := make([]byte, 10)
			if n, err := test.conn.Read(b); err != nil || string(b[:n]) != test.want {
				t.Errorf("%q, %v; want %q", b[:n], err, test.want)
			}
		}
		if client.RemoteAddr().String() != server.LocalAddr().String() || client.LocalAddr().Network() != "pipe" {
			t.Errorf("%v, %v", client.RemoteAddr(), server.LocalAddr())
		}
		client.Close()
		server.Close()
	})
}

func TestPipeBlocksWhenFull(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := prototest.PipeSize(10)
		sent := bytes.Repeat([]byte("0123456"), 10)
		done := false
		go func() {
			n, err := client.Write(sent)
			if n != len(sent) || err != nil {
				t.Errorf("%d, %v", n, err)
			}
			done = true
			client.Close()
		}()
		synctest.Wait()
		if done {
			t.Error("70 bytes went into 10")
		}
		got, err := io.ReadAll(server)
		if err != nil || !bytes.Equal(got, sent) {
			t.Errorf("%q, %v", got, err)
		}
		synctest.Wait()
		if !done {
			t.Error("the write has not ended")
		}
		server.Close()
	})
}

func TestPipeCloses(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := prototest.Pipe()
		if _, err := client.Write([]byte("last words")); err != nil {
			t.Fatal(err)
		}
		blocked := make(chan error)
		go func() {
			_, err := client.Read(make([]byte, 1))
			blocked <- err
		}()
		synctest.Wait()
		for range 2 { // idempotent
			if err := client.Close(); err != nil {
				t.Error(err)
			}
		}
		if err := <-blocked; !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("blocked read of the closed end: %v", err)
		}
		if got, err := io.ReadAll(server); err != nil || string(got) != "last words" {
			t.Errorf("%q, %v", got, err)
		}
		if _, err := server.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("write to who has left: %v", err)
		}
		if _, err := client.Write([]byte("x")); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("write of the closed end: %v", err)
		}
		server.Close()
	})
}

func TestPipeDeadlines(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		client, server := prototest.PipeSize(1)
		start := time.Now()
		wantTimeout := func(name string, after time.Duration, f func([]byte) (int, error)) {
			t.Helper()
			_, err := f(make([]byte, 5))
			ne, ok := errors.AsType[net.Error](err)
			if !errors.Is(err, os.ErrDeadlineExceeded) || !ok || !ne.Timeout() || time.Since(start) != after {
				t.Errorf("%s: %v after %v, want %v", name, err, time.Since(start), after)
			}
		}
		client.SetReadDeadline(start.Add(time.Second))
		wantTimeout("read", time.Second, client.Read)
		wantTimeout("read with the deadline past", time.Second, client.Read)
		client.SetWriteDeadline(start.Add(3 * time.Second))
		wantTimeout("write", 3*time.Second, client.Write)

		// A deadline set while the other side blocks ends that, too.
		server.SetDeadline(time.Time{})
		result := make(chan error)
		go func() {
			b := make([]byte, 1)
			_, err := io.ReadFull(server, b) // what the write has left
			if err == nil {
				_, err = server.Read(b)
			}
			result <- err
		}()
		synctest.Wait()
		server.SetReadDeadline(time.Now())
		if err := <-result; !errors.Is(err, os.ErrDeadlineExceeded) {
			t.Errorf("deadline for a blocked read: %v", err)
		}
		client.SetDeadline(time.Time{})
		if _, err := client.Write([]byte("x")); err != nil {
			t.Errorf("write without a deadline: %v", err)
		}
		client.Close()
		server.Close()
	})
}
