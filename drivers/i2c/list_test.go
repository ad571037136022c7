package i2c

import (
	"context"
	"errors"
	"syscall"
	"testing"
	"testing/synctest"

	"github.com/google/go-cmp/cmp"
	"periph.io/x/conn/v3/i2c"
	"periph.io/x/conn/v3/physic"
)

// probed is a bus that remembers what was asked of it.
type probed struct {
	chips  map[uint16]error // nil: answers
	reads  []uint16
	sent   int
	closed chan struct{}
}

func (p *probed) Tx(address uint16, w, r []byte) error {
	p.sent += len(w)
	if len(r) == 0 {
		return nil // what periph does with an empty message
	}
	p.reads = append(p.reads, address)
	if err, ok := p.chips[address]; ok {
		return err
	}
	return errors.New("sysfs-i2c: remote I/O error")
}

func (p *probed) String() string                  { return "probed" }
func (p *probed) SetSpeed(physic.Frequency) error { return nil }
func (p *probed) Close() error                    { close(p.closed); return nil }

var _ i2c.BusCloser = (*probed)(nil)

// TestScanReadsOneByte: a zero-length probe always succeeds, since periph does nothing at
// all with it.
func TestScanReadsOneByte(t *testing.T) {
	bus := &probed{chips: map[uint16]error{0x08: nil, 0x48: nil, 0x50: nil, 0x77: nil, 0x03: nil, 0x78: nil}, closed: make(chan struct{})}
	asked := 0
	found, err := probe(t.Context(), bus, map[uint16]string{0x50: "24c02"}, func(uint16) { asked++ })
	<-bus.closed
	if err != nil {
		t.Fatal(err)
	}
	if d := cmp.Diff([]uint16{0x08, 0x48, 0x77}, found); d != "" {
		t.Errorf("found (-want +got):\n%s", d)
	}
	if bus.sent != 0 || len(bus.reads) != 0x78-0x08-1 || asked != len(bus.reads) {
		t.Errorf("%d bytes sent, %d addresses read, %d told", bus.sent, len(bus.reads), asked)
	}
}

// A bus that does not move is given up at once.
func TestScanStuckBus(t *testing.T) {
	for _, fault := range []error{syscall.ETIMEDOUT, errors.New("sysfs-i2c: connection timed out"), syscall.EOPNOTSUPP, errors.New("sysfs-i2c: operation not supported"), errors.New("sysfs-i2c: no such device")} {
		bus := &probed{chips: map[uint16]error{0x10: nil, 0x20: fault}, closed: make(chan struct{})}
		found, err := probe(t.Context(), bus, nil, nil)
		<-bus.closed
		if !errors.Is(err, fault) || len(found) != 1 || len(bus.reads) > 0x20-0x08+2 {
			t.Errorf("%v: found %v after %d reads, %v", fault, found, len(bus.reads), err)
		}
	}
}

// hung is a bus on which a read does not return.
type hung struct {
	probed
	release chan struct{}
}

func (h *hung) Tx(uint16, []byte, []byte) error { <-h.release; return nil }

func TestScanHungBus(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		bus := &hung{probed{closed: make(chan struct{})}, make(chan struct{})}
		ctx, cancel := context.WithCancel(t.Context())
		go func() { // until nothing else can go on
			synctest.Wait()
			cancel()
		}()
		if found, err := probe(ctx, bus, nil, nil); !errors.Is(err, context.Canceled) || found != nil {
			t.Errorf("found %v, %v", found, err)
		}
		close(bus.release)
		<-bus.closed
	})
}

func TestProbeWithoutBus(t *testing.T) {
	if found, err := Probe(t.Context(), 4711, nil, nil); err == nil || found != nil {
		t.Errorf("found %v, %v", found, err)
	}
}
