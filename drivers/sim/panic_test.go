package sim

import (
	"errors"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/modbus"
)

// A mistake in what is simulated ends the connection, as a cable does that is pulled.
func TestPanic(t *testing.T) {
	wantPanic := func(t *testing.T, read func([]byte) (int, error)) {
		t.Helper()
		_, err := read(make([]byte, 1))
		if caught := (*drivers.Panic)(nil); !errors.As(err, &caught) {
			t.Errorf("Read = %v", err)
		}
	}
	synctest.Test(t, func(t *testing.T) {
		c := newConn(&Peer{})
		c.every(time.Second, func() []byte { panic("boom") })
		wantPanic(t, c.Read)
	})
	synctest.Test(t, func(t *testing.T) {
		m := &Modbus{mode: modbus.RTU, slaves: map[uint8]*modbusSlave{1: {values: []*modbusValue{nil}}}}
		c, err := m.Dial(t.Context())
		if err != nil {
			t.Fatal(err)
		}
		defer c.Close()
		if _, err := c.Write([]byte{1, 3, 0, 0, 0, 1, 0x84, 0x0A}); err != nil {
			t.Fatal(err)
		}
		wantPanic(t, c.Read)
	})
}
