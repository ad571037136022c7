package gpio

import (
	"context"
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers"
	periph "periph.io/x/conn/v3/gpio"
)

// touchyPin is a pin with the traps of real periph drivers: reading an output makes it
// an input with a pull-up, and WaitForEdge returns false at once if it cannot wait.
type touchyPin struct {
	periph.PinIO
	out    bool
	level  periph.Level
	pull   periph.Pull
	edge   periph.Edge
	edges  chan periph.Level // nil: cannot wait
	waits  int
	halted bool
	reads  int
	outs   []periph.Level
	fail   error
}

func (p *touchyPin) In(pull periph.Pull, edge periph.Edge) error {
	p.out, p.pull, p.edge = false, pull, edge
	return p.fail
}

func (p *touchyPin) Out(l periph.Level) error {
	if p.fail != nil {
		return p.fail
	}
	p.out, p.level = true, l
	p.outs = append(p.outs, l)
	return nil
}

func (p *touchyPin) Read() periph.Level {
	p.reads++
	if p.out {
		p.out, p.level = false, periph.High
	}
	return p.level
}

func (p *touchyPin) WaitForEdge(timeout time.Duration) bool {
	p.waits++
	if p.edges == nil {
		return false
	}
	select {
	case p.level = <-p.edges:
		return true
	case <-time.After(timeout):
		return false
	}
}

func (p *touchyPin) Halt() error { p.halted = true; return nil }

func (p *touchyPin) backend() Periph {
	return Periph{Find: func(name string) periph.PinIO {
		if name == "X1" {
			return p
		}
		return nil
	}}
}

var pinX1 = boards.Pin{Name: "X1", Line: "X1"}

func TestPeriphNeverReadsAnOutput(t *testing.T) {
	p := &touchyPin{PinIO: periph.INVALID}
	l, err := p.backend().Request([]boards.Pin{pinX1}, Config{Direction: Output, ActiveLow: true, Initial: On})
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []uint64{1, 0, 1} {
		if err := l.SetLevels(want); err != nil {
			t.Error(err)
		}
		if got, err := l.Levels(); err != nil || got != want {
			t.Errorf("Levels = %v, %v; want %v", got, err, want)
		}
	}
	if err := l.Close(); err != nil {
		t.Error(err)
	}
	if p.reads != 0 || !p.out || p.level != periph.Low {
		t.Errorf("%d reads; output %v at %v", p.reads, p.out, p.level)
	}
	if p.outs[0] != periph.Low {
		t.Errorf("drove %v: began with the wrong level", p.outs)
	}
	if err := l.SetLevels(1); err == nil {
		t.Error("set a released pin")
	}
}

// periph's own drivers first make a low output of a pin, then set it.
func TestPeriphInitialHighDoesNotGlitch(t *testing.T) {
	for _, activeLow := range []bool{false, true} {
		p := &touchyPin{PinIO: periph.INVALID}
		if _, err := p.backend().Request([]boards.Pin{pinX1}, Config{Direction: Output, ActiveLow: activeLow, Initial: On}); err != nil {
			t.Fatal(err)
		}
		if len(p.outs) != 1 || bool(p.outs[0]) == activeLow {
			t.Errorf("active low %v: drove %v", activeLow, p.outs)
		}
	}
}

func TestPeriphKeptOutput(t *testing.T) {
	p := &touchyPin{PinIO: periph.INVALID}
	l, err := p.backend().Request([]boards.Pin{pinX1}, Config{Direction: Output})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := l.Levels(); err == nil {
		t.Error("knows a level that it has never measured nor set")
	}
	if p.reads != 0 || len(p.outs) != 0 {
		t.Errorf("touched the pin: %d reads, drove %v", p.reads, p.outs)
	}
	if err := l.SetLevels(0); err != nil {
		t.Error(err)
	}
	if v, err := l.Levels(); v != 0 || err != nil {
		t.Errorf("Levels = %v, %v", v, err)
	}
}

func TestPeriphInput(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &touchyPin{PinIO: periph.INVALID, edges: make(chan periph.Level), level: periph.High}
		l, err := p.backend().Request([]boards.Pin{pinX1}, Config{ActiveLow: true, Pull: PullNone, Edges: true})
		if err != nil {
			t.Fatal(err)
		}
		if p.pull != periph.Float || p.edge != periph.BothEdges {
			t.Errorf("pull %v, edge %v", p.pull, p.edge)
		}
		if v, err := l.Levels(); v != 0 || err != nil {
			t.Errorf("Levels = %v, %v", v, err)
		}
		ctx, cancel := context.WithCancel(t.Context())
		var got []Event
		ended := make(chan error, 1)
		go func() { ended <- l.Watch(ctx, func(e Event) { got = append(got, e) }) }() // until cancel
		time.Sleep(time.Hour)
		at := time.Now()
		p.edges <- periph.Low
		p.edges <- periph.High
		synctest.Wait()
		cancel()
		if err := <-ended; err != nil {
			t.Error(err)
		}
		if len(got) != 2 || got[0] != (Event{Active: true, Time: at, Seq: 1}) || got[1].Active || got[1].Seq != 2 {
			t.Errorf("events %+v", got)
		}
		if err := l.Close(); err != nil || !p.halted {
			t.Errorf("Close = %v, halted %v", err, p.halted)
		}
	})
}

func TestPeriphDoesNotSpin(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p := &touchyPin{PinIO: periph.INVALID}
		l, err := p.backend().Request([]boards.Pin{pinX1}, Config{Edges: true})
		if err != nil {
			t.Fatal(err)
		}
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		if err := l.Watch(ctx, func(Event) { t.Error("an event") }); err != nil {
			t.Error(err)
		}
		if limit := int(time.Minute/edgeWait) + 1; p.waits > limit {
			t.Errorf("waited %d times in a minute, want no more than %d", p.waits, limit)
		}
	})
}

func TestPeriphRefuses(t *testing.T) {
	p := &touchyPin{PinIO: periph.INVALID}
	if _, err := p.backend().Request([]boards.Pin{{Name: "X2", Line: "X2"}}, Config{}); !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("no such pin: %v", err)
	}
	if _, err := p.backend().Request([]boards.Pin{pinX1}, Config{Debounce: 1}); !errors.Is(err, errors.ErrUnsupported) {
		t.Errorf("debounce: %v", err)
	}
	if _, err := p.backend().Request([]boards.Pin{pinX1, pinX1}, Config{}); err == nil {
		t.Error("claimed two pins at once")
	}
	if _, err := p.backend().Request([]boards.Pin{pinX1}, Config{Direction: Output, Drive: OpenDrain}); err == nil {
		t.Error("drives an open drain")
	}
	p.fail = errors.New("bus error")
	if _, err := p.backend().Request([]boards.Pin{pinX1}, Config{}); !errors.Is(err, p.fail) {
		t.Errorf("a failing input: %v", err)
	}
	if l, err := p.backend().Request([]boards.Pin{pinX1}, Config{Direction: Output, Initial: On}); !errors.Is(err, p.fail) {
		t.Errorf("a failing output: %v, %v", l, err)
	}
}
