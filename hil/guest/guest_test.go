//go:build linux

package main

import (
	"maps"
	"net"
	"net/rpc"
	"os"
	"path/filepath"
	"testing"
	"time"

	"github.com/ioclet/ioclet/hil/control"
)

// board is the service as the tests outside of the board call it.
func board(t *testing.T) *control.Board {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	server := rpc.NewServer()
	if err := server.RegisterName(control.Service, &guest{}); err != nil {
		t.Fatal(err)
	}
	go func() { // until the board hangs up
		if c, err := l.Accept(); err == nil {
			server.ServeConn(c)
		}
	}()
	b, err := control.Dial(l.Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { b.Close() })
	return b
}

func TestFiles(t *testing.T) {
	b := board(t)
	dir := t.TempDir()
	path := filepath.Join(dir, "value")
	if err := b.Write(path, "1"); err == nil {
		t.Error("a file that does not exist was written")
	}
	if err := os.WriteFile(path, []byte("0\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got, err := b.Read(path); got != "0" || err != nil {
		t.Errorf("read %q, %v", got, err)
	}
	begin := time.Now().Round(0)
	spans, err := b.Toggle(control.Toggling{Path: path, Texts: []string{"1", "2"}})
	if err != nil || len(spans) != 2 || spans[0].Begin.Before(begin) || spans[1].Begin.Before(spans[0].End) || spans[1].End.Before(spans[1].Begin) {
		t.Errorf("toggled %v, %v", spans, err)
	}
	if got, err := b.Read(path); got != "2" || err != nil {
		t.Errorf("toggled to %q, %v", got, err)
	}
	if err := b.Hold(path); err != nil {
		t.Error(err)
	}
	if err := b.Release(); err != nil {
		t.Error(err)
	}
	link := filepath.Join(dir, "link")
	if err := os.Symlink(path, link); err != nil {
		t.Fatal(err)
	}
	found, err := b.Glob(dir + "/li*")
	if err != nil || len(found) != 1 || found[0] != link {
		t.Errorf("found %q, %v", found, err)
	}
	if got, err := b.Resolve(link); filepath.Base(got) != "value" || err != nil {
		t.Errorf("resolved to %q, %v", got, err)
	}
}

func TestProgram(t *testing.T) {
	b := board(t)
	if err := b.Signal(control.Terminate); err == nil {
		t.Error("a program that was not started got a signal")
	}
	if err := b.Start(control.Program{Args: []string{"/bin/sh", "-c", "exit $CODE"}, Env: []string{"CODE=3"}}); err != nil {
		t.Fatal(err)
	}
	if code, err := b.Wait(); code != 3 || err != nil {
		t.Errorf("ended with %d, %v", code, err)
	}
	if err := b.Start(control.Program{Args: []string{"/bin/sh", "-c", "kill -STOP $$; exit 4"}}); err != nil {
		t.Fatal(err)
	}
	if err := b.Signal(control.Terminate); err != nil {
		t.Error(err)
	}
	if err := b.Signal(control.Continue); err != nil {
		t.Error(err)
	}
	if code, err := b.Wait(); code != -1 || err != nil {
		t.Errorf("a program that was terminated ended with %d, %v", code, err)
	}
}

func TestParse(t *testing.T) {
	got := parse("console=ttyAMA0,115200 quiet hil.control=5000\n")
	want := map[string]string{"console": "ttyAMA0,115200", "quiet": "", "hil.control": "5000"}
	if !maps.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
}
