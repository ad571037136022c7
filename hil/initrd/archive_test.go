package initrd

import (
	"bytes"
	"errors"
	"testing"
)

func TestArchive(t *testing.T) {
	var b bytes.Buffer
	a := Archive{Writer: &b}
	a.File("ab", 0o755, []byte("hello"))
	a.Device("c", 5, 1)
	if err := a.Close(); err != nil {
		t.Fatal(err)
	}
	const want = "070701" + "00000001" + "000081ED" + "00000000" + "00000000" + "00000001" + "00000000" + "00000005" +
		"00000000" + "00000000" + "00000000" + "00000000" + "00000003" + "00000000" + "ab\x00\x00\x00\x00" + "hello\x00\x00\x00" +
		"070701" + "00000002" + "00002180" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000005" + "00000001" + "00000002" + "00000000" + "c\x00" +
		"070701" + "00000003" + "00000000" + "00000000" + "00000000" + "00000001" + "00000000" + "00000000" +
		"00000000" + "00000000" + "00000000" + "00000000" + "0000000B" + "00000000" + "TRAILER!!!\x00\x00\x00\x00"
	if got := b.String(); got != want {
		t.Errorf("got  %q\nwant %q", got, want)
	}
}

type full struct{}

var errFull = errors.New("full")

func (full) Write([]byte) (int, error) { return 0, errFull }

func TestArchiveKeepsTheError(t *testing.T) {
	a := Archive{Writer: full{}}
	a.Dir("dev")
	if err := a.Close(); !errors.Is(err, errFull) {
		t.Errorf("got %v, want %v", err, errFull)
	}
}
