package i2c

import (
	"context"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"syscall"

	"periph.io/x/conn/v3/i2c"
)

// BusInfo is an I2C bus of this machine.
type BusInfo struct {
	Number  int
	Path    string // /dev/i2c-1
	Adapter string // what the kernel calls the bus: "bcm2835 (i2c@7e804000)"
	// Kernel are the chips that a driver of the kernel has, by address: they can be found
	// below /sys, and are not to be addressed directly.
	Kernel map[uint16]string
	Err    error // why this user cannot open the bus, nil if he can
}

// firstProbed and lastProbed are the addresses that chips can have: beyond them are those
// that the specification gives a meaning of their own (UM10204, 3.1.12).
const (
	firstProbed = 0x08
	lastProbed  = 0x77
)

// Probe looks for chips on a bus of the kernel by reading one byte from each address but
// those to skip. It sends no byte, and never an empty message, which periph takes for
// nothing to do, successfully. at, if not nil, hears of each address that was read. The
// error is that of the first read that failed for another reason than that nobody is
// there: a bus that does not move would take a second for each address. Probe returns
// when ctx ends, though a read that hangs may go on behind it.
func Probe(ctx context.Context, number int, skip map[uint16]string, at func(address uint16)) ([]uint16, error) {
	bus, err := openKernel(strconv.Itoa(number))
	if err != nil {
		return nil, err
	}
	return probe(ctx, bus, skip, at)
}

func probe(ctx context.Context, bus i2c.BusCloser, skip map[uint16]string, at func(address uint16)) ([]uint16, error) {
	type result struct {
		address uint16
		err     error
	}
	results := make(chan result)
	ctx, cancel := context.WithCancel(ctx)
	defer cancel()
	go func() { // until all are read, or ctx and the read under way have ended
		defer bus.Close()
		defer close(results)
		for address := uint16(firstProbed); address <= lastProbed; address++ {
			if _, ok := skip[address]; ok {
				continue
			}
			err := bus.Tx(address, nil, make([]byte, 1))
			select {
			case results <- result{address, err}:
			case <-ctx.Done():
				return
			}
		}
	}()
	var found []uint16
	for {
		select {
		case r, more := <-results:
			switch {
			case !more:
				return found, nil
			case r.err == nil:
				found = append(found, r.address)
			case isHopeless(r.err):
				return found, fmt.Errorf("address 0x%02X: %w", r.address, r.err)
			}
			if at != nil {
				at(r.address)
			}
		case <-ctx.Done():
			return found, ctx.Err()
		}
	}
}

// isHopeless reports whether an error means more than that nobody has acknowledged: a bus
// that does not move, that has gone, or, on PCs, that knows SMBus only. periph turns error
// numbers into text. ENXIO, whose text goes on behind that of ENODEV, is a missing
// acknowledge.
func isHopeless(err error) bool {
	for number, text := range map[syscall.Errno]string{
		syscall.ETIMEDOUT: "timed out", syscall.ENODEV: "no such device", syscall.EOPNOTSUPP: "not supported",
	} {
		if errors.Is(err, number) || strings.HasSuffix(err.Error(), text) {
			return true
		}
	}
	return false
}
