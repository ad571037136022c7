package modbus

import (
	"bytes"
	"encoding/hex"
	"errors"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func unhex(t testing.TB, s string) []byte {
	t.Helper()
	b, err := hex.DecodeString(strings.ReplaceAll(s, " ", ""))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// TestRequests: the examples of the Application Protocol Specification, 6.1 to 6.12.
func TestRequests(t *testing.T) {
	for _, c := range []struct {
		name, want string
		got        []byte
	}{
		{"read coils 20 to 38", "01 0013 0013", appendRead(nil, Coil, 19, 19)},
		{"read discrete inputs 197 to 218", "02 00c4 0016", appendRead(nil, Discrete, 196, 22)},
		{"read registers 108 to 110", "03 006b 0003", appendRead(nil, Holding, 107, 3)},
		{"read input register 9", "04 0008 0001", appendRead(nil, Input, 8, 1)},
		{"write coil 173 on", "05 00ac ff00", appendWrite(nil, Coil, 172, []uint16{1}, false)},
		{"write coil 173 off", "05 00ac 0000", appendWrite(nil, Coil, 172, []uint16{0}, false)},
		{"write register 2", "06 0001 0003", appendWrite(nil, Holding, 1, []uint16{3}, false)},
		{"write ten coils from 20", "0f 0013 000a 02 cd01", appendWrite(nil, Coil, 19, []uint16{1, 0, 1, 1, 0, 0, 1, 1, 1, 0}, false)},
		{"write two registers from 2", "10 0001 0002 04 000a 0102", appendWrite(nil, Holding, 1, []uint16{10, 0x102}, false)},
		{"one register as several", "10 0001 0001 02 0003", appendWrite(nil, Holding, 1, []uint16{3}, true)},
		{"one coil as several", "0f 0001 0001 01 01", appendWrite(nil, Coil, 1, []uint16{1}, true)},
	} {
		if want := unhex(t, c.want); !bytes.Equal(c.got, want) {
			t.Errorf("%s: %x, want %x", c.name, c.got, want)
		}
		if n := requestSize(c.got); n != len(c.got) {
			t.Errorf("%s: has %d bytes, is said to have %d", c.name, len(c.got), n)
		}
	}
}

// TestAnswers: those to the same requests.
func TestAnswers(t *testing.T) {
	for _, c := range []struct {
		table  Table
		answer string
		want   []uint16
	}{
		{Coil, "01 03 cd6b05", []uint16{1, 0, 1, 1, 0, 0, 1, 1, 1, 1, 0, 1, 0, 1, 1, 0, 1, 0, 1}},
		{Holding, "03 06 022b 0000 0064", []uint16{555, 0, 100}},
		{Input, "04 02 000a", []uint16{10}},
		{Holding, "03 02 000a", nil}, // two registers were asked for
		{Coil, "01 01 01", nil},      // nine bits were asked for
		{Holding, "03 04 0001", nil},
		{Holding, "03", nil},
	} {
		into := make([]uint16, len(c.want))
		if c.want == nil {
			into = make([]uint16, map[Table]int{Holding: 2, Coil: 9}[c.table])
		}
		answer := unhex(t, c.answer)
		err := scanRead(answer, c.table, into)
		if (err == nil) != (c.want != nil) || err == nil && !cmp.Equal(into, c.want) {
			t.Errorf("%s: %v, %v; want %v", c.answer, into, err, c.want)
		}
		if fits := fits(appendRead(nil, c.table, 0, len(into)), answer); fits != (c.want != nil) {
			t.Errorf("%s fits its request: %t", c.answer, fits)
		}
	}
}

func TestFrames(t *testing.T) {
	pdu := unhex(t, "03 0000 000a")
	if got, want := appendFrame(nil, RTU, 0, 1, pdu), unhex(t, "01 03 0000 000a c5cd"); !bytes.Equal(got, want) {
		t.Errorf("RTU: %x, want %x", got, want)
	}
	frame := appendFrame(nil, TCP, 0x1501, 0xff, pdu)
	if want := unhex(t, "1501 0000 0006 ff 03 0000 000a"); !bytes.Equal(frame, want) {
		t.Errorf("TCP: %x, want %x", frame, want)
	}
	for n := range frame {
		if _, _, _, _, err := cutTCP(frame[:n]); !errors.Is(err, errPart) {
			t.Errorf("%d bytes of a frame: %v, want that more must come", n, err)
		}
	}
	transaction, unit, got, n, err := cutTCP(append(frame, 1, 2, 3))
	if transaction != 0x1501 || unit != 0xff || !bytes.Equal(got, pdu) || n != len(frame) || err != nil {
		t.Errorf("cut: %x %x %x %d %v", transaction, unit, got, n, err)
	}
	for _, bad := range []string{"0001 0001 0006 01", "0001 0000 0001 01", "0001 0000 00ff 01", "HTTP/1.1 400"} {
		b, err := hex.DecodeString(strings.ReplaceAll(bad, " ", ""))
		if err != nil {
			b = []byte(bad)
		}
		if _, _, _, _, err := cutTCP(b); !errors.Is(err, errGarbled) {
			t.Errorf("%q: %v, want that it is garbled", bad, err)
		}
	}
}

// FuzzFrames: whatever comes, both ends take it byte by byte as they take it at once, within
// their limits, and do not fail.
func FuzzFrames(f *testing.F) {
	for _, s := range []string{
		"0001 0000 0006 01 03 0000 000a", "01 03 0000 000a c5cd", "0001 0000 0006 01 06 0000 000a 0002 0000 0003 01 83 02",
		"01 10 0000 0002 04 0001 0002 0000", "01 0f 0000 000a 02 ffff 0000", "01 03 06 022b 0000 0064 0000", "01 83 02 c0f1", "00ff",
	} {
		f.Add(unhex(f, s))
	}
	f.Fuzz(func(t *testing.T, in []byte) {
		for _, mode := range []Mode{TCP, RTU} {
			whole, single := &memory{}, &memory{}
			a, restA := Answer(nil, bytes.Clone(in), mode, whole)
			var b, restB []byte
			for _, x := range in {
				b, restB = Answer(b, append(restB, x), mode, single)
			}
			// All of a garbled TCP stream is dropped, however much has come by then.
			if mode == RTU && (!bytes.Equal(a, b) || !bytes.Equal(restA, restB)) {
				t.Errorf("at once %x, rest %x; byte by byte %x, rest %x", a, restA, b, restB)
			}
			for _, values := range whole.registers {
				if len(values) > maxWriteBits {
					t.Errorf("%d values written at once", len(values))
				}
			}
			// The answers are read by the other end.
			for len(a) > 0 && mode == TCP {
				_, _, pdu, n, err := cutTCP(a)
				if err != nil || answerSize(pdu) != len(pdu) {
					t.Fatalf("answer %x: %v", a, err)
				}
				a = a[n:]
			}
			for len(a) > 0 {
				_, _, n, err := cutRTU(a, answerSize)
				if err != nil {
					t.Fatalf("answer %x: %v", a, err)
				}
				a = a[n:]
			}
		}
	})
}

// memory has all registers, with their addresses as content until they are written.
type memory struct {
	unit      uint8               // only this one answers, if not 0
	registers map[uint16][]uint16 // as they were written
	refuse    func(t Table, address uint16, count int) error
}

func (m *memory) Get(unit uint8, t Table, address uint16, into []uint16) error {
	if m.unit != 0 && unit != m.unit {
		return ErrNoUnit
	}
	if m.refuse != nil {
		if err := m.refuse(t, address, len(into)); err != nil {
			return err
		}
	}
	for i := range into {
		into[i] = address + uint16(i)
		for at, values := range m.registers {
			if k := int(address) + i - int(at); k >= 0 && k < len(values) {
				into[i] = values[k]
			}
		}
	}
	return nil
}

func (m *memory) Set(unit uint8, t Table, address uint16, values []uint16) error {
	if m.unit != 0 && unit != m.unit {
		return ErrNoUnit
	}
	if m.refuse != nil {
		if err := m.refuse(t, address, len(values)); err != nil {
			return err
		}
	}
	if m.registers == nil {
		m.registers = map[uint16][]uint16{}
	}
	m.registers[address] = values
	return nil
}

// TestAnswer: what a slave says to requests that are good and to such as are not.
func TestAnswer(t *testing.T) {
	m := &memory{refuse: func(t Table, address uint16, count int) error {
		if address >= 1000 {
			return IllegalAddress
		}
		return nil
	}}
	for _, c := range []struct{ request, want string }{
		{"03 0005 0002", "03 04 0005 0006"},
		{"01 0000 0009", "01 02 fe 01"}, // only the first is 0
		{"06 0007 1234", "06 0007 1234"},
		{"10 0008 0002 04 0001 0002", "10 0008 0002"},
		{"05 0003 ff00", "05 0003 ff00"},
		{"05 0003 0001", "85 03"},
		{"0f 0010 0003 01 05", "0f 0010 0003"},
		{"0f 0010 0003 02 0500", "8f 03"},
		{"03 03e8 0001", "83 02"},
		{"03 0000 007e", "83 03"},
		{"03 0000 0000", "83 03"},
		{"03 ffff 0002", "83 02"},
		{"01 0000 07d1", "81 03"},
		{"07", "87 01"},
		{"03 0000", "83 03"},
	} {
		if got := reply(1, unhex(t, c.request), m); !bytes.Equal(got, unhex(t, c.want)) {
			t.Errorf("%s: %x, want %s", c.request, got, c.want)
		}
	}
	m.unit = 2
	if got := reply(1, unhex(t, "03 0005 0002"), m); got != nil {
		t.Errorf("another's request is answered with %x", got)
	}
}
