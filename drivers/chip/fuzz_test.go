package chip

import (
	"context"
	"errors"
	"math"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/pv"
)

// hostile answers with bytes that somebody has thought of, over and over.
type hostile struct {
	bytes []byte
	at    int
}

func (h *hostile) Tx(_, r []byte) error {
	for i := range r {
		if len(h.bytes) > 0 {
			r[i] = h.bytes[h.at%len(h.bytes)]
			h.at++
		}
	}
	return nil
}

// ours are the errors that chips have themselves.
var ours = []error{
	ErrWrongChip, ErrNoAnswer, ErrReset, ErrRange, ErrChecksum, ErrNotReady, ErrDisconnected, ErrShort,
	errNotAcknowledged, context.Canceled,
}

func known(err error) bool {
	for _, e := range ours {
		if errors.Is(err, e) {
			return true
		}
	}
	return err == nil
}

// Whatever comes from the bus, nothing panics, errors are ours, and values are numbers
// that the values can have.
func FuzzHostileBytes(f *testing.F) {
	f.Add(uint8(0), []byte{}, false)
	f.Add(uint8(1), []byte{0xFF}, true)
	f.Add(uint8(2), []byte{0x60, 0x00, 0x80, 0x12}, true)
	f.Add(uint8(7), []byte("\x90\x00\x00\x40\x01\x00\x00\x00\x00"), true)
	models := Models()
	f.Fuzz(func(t *testing.T, which uint8, bytes []byte, start bool) {
		m := models[int(which)%len(models)]
		synctest.Test(t, func(t *testing.T) {
			for _, bus := range buses(m) {
				c, err := m.New(bus, required(m))
				if err != nil {
					t.Fatal(err)
				}
				conn := &hostile{bytes: bytes}
				if start {
					if err := c.Start(t.Context(), conn); !known(err) {
						t.Errorf("start: %v", err)
					}
				}
				checkReading(t, c, conn)
				for i, v := range c.Values() {
					if v.Writable {
						if err := c.Write(t.Context(), conn, i, v.Limits.High); !known(err) {
							t.Errorf("write: %v", err)
						}
					}
				}
			}
		})
	})
}

func checkReading(t *testing.T, c Chip, conn Conn) {
	out := make([]Reading, len(c.Values()))
	if err := c.Read(t.Context(), conn, out); err != nil {
		if !known(err) {
			t.Errorf("read: %v", err)
		}
		return
	}
	for i, v := range c.Values() {
		got := out[i]
		switch {
		case !known(got.Err):
			t.Errorf("%s: %v", v.Name, got.Err)
		case math.IsNaN(got.Value) || math.IsInf(got.Value, 0):
			t.Errorf("%s: %v", v.Name, got.Value)
		case v.Kind == pv.Enum && (got.Value < 0 || int(got.Value) >= len(v.States) || got.Value != math.Trunc(got.Value)):
			t.Errorf("%s: state %v", v.Name, got.Value)
		}
	}
}

// Whatever is written to a twin or read from it, it does not panic, and has values.
func FuzzTwins(f *testing.F) {
	f.Add(uint8(0), []byte{1, 2, 3, 4, 5})
	f.Add(uint8(9), []byte{0xFF, 0x00, 0x80, 0x7F, 0x10, 0x22})
	models := Models()
	f.Fuzz(func(t *testing.T, which uint8, bytes []byte) {
		m := models[int(which)%len(models)]
		synctest.Test(t, func(t *testing.T) {
			for _, bus := range buses(m) {
				twin := m.Twin(bus, required(m))
				for rest := bytes; len(rest) > 0; {
					n := min(1+int(rest[0]%5), len(rest))
					r := make([]byte, n)
					if bus == OnI2C {
						r = make([]byte, rest[0]>>4)
					}
					if err := twin.Tx(rest[:n], r); !known(err) {
						t.Errorf("%v", err)
					}
					rest = rest[n:]
				}
				c, err := m.New(bus, required(m))
				if err != nil {
					t.Fatal(err)
				}
				for i := range c.Values() {
					if v := twin.Get(i); math.IsInf(v, 0) {
						t.Errorf("value %d is %v", i, v)
					}
				}
				twin.Reset()
				if err := c.Start(t.Context(), twin); !known(err) {
					t.Errorf("start after a reset: %v", err)
				}
			}
		})
	})
}
