package driverstest_test

import (
	"bytes"
	"errors"
	"fmt"
	"testing"

	"github.com/ioclet/ioclet/drivers/driverstest"
)

func ExampleRegisters() {
	var bus driverstest.Registers
	bus.Chip(0x76).Set(0xD0, 0x60)
	id := make([]byte, 1)
	fmt.Println(bus.Tx(0x76, []byte{0xD0}, id), id)
	fmt.Println(bus.Tx(0x77, []byte{0xD0}, id))
	// Output:
	// <nil> [96]
	// remote I/O error
}

func TestRegisters(t *testing.T) {
	var bus driverstest.Registers
	chip := bus.Chip(0x20)
	tx := func(w []byte, want ...byte) {
		t.Helper()
		got := make([]byte, len(want))
		if err := bus.Tx(0x20, w, got); err != nil || !bytes.Equal(got, want) {
			t.Errorf("Tx(% X) = % X, %v; want % X", w, got, err, want)
		}
	}
	tx([]byte{0xFF, 1, 2}) // goes on at the beginning
	tx([]byte{0xFF}, 1, 2)
	tx(nil, 0) // goes on where it was
	tx([]byte{0x00}, 2)

	chip.SetWidth(2)
	chip.Set(0x01, 0xAA, 0xBB)
	tx([]byte{0x01}, 0xAA, 0xBB, 0)
	tx([]byte{0x00}, 0, 0, 0xAA)

	chip.Refuse(1)
	if err := bus.Tx(0x20, []byte{0}, nil); err == nil {
		t.Error("answered though told to refuse")
	}
	tx([]byte{0x01}, 0xAA)
	chip.Unplug()
	if err := bus.Tx(0x20, []byte{0}, nil); err == nil {
		t.Error("answered though unplugged")
	}
	chip.Plug()
	tx([]byte{0x01}, 0, 0)

	fault := errors.New("stuck")
	bus.Fail(fault)
	if err := bus.Tx(0x20, []byte{0}, nil); !errors.Is(err, fault) {
		t.Errorf("Tx = %v", err)
	}
	if _, err := bus.Open(); !errors.Is(err, fault) {
		t.Errorf("Open = %v", err)
	}
	bus.Fail(nil)
	if err := bus.Close(); err != nil {
		t.Error(err)
	}
	if err := bus.Tx(0x20, []byte{0}, nil); err == nil {
		t.Error("answered though closed")
	}
	before := bus.Transactions()
	if _, err := bus.Open(); err != nil {
		t.Error(err)
	}
	tx([]byte{0x01}, 0)
	if n := bus.Transactions() - before; n != 1 {
		t.Errorf("%d transactions", n)
	}
}
