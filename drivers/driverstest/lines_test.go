package driverstest_test

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"testing"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/gpio"
)

func ExampleLines() {
	var lines driverstest.Lines
	button, err := lines.Request([]boards.Pin{{Name: "GPIO27"}}, gpio.Config{ActiveLow: true, Edges: true})
	if err != nil {
		fmt.Println(err)
		return
	}
	lines.Line("GPIO27").Set(true) // released
	lines.Line("GPIO27").Set(false)
	ctx, cancel := context.WithCancel(context.Background())
	err = button.Watch(ctx, func(e gpio.Event) {
		fmt.Println("edge", e.Seq, "pressed", e.Active)
		if e.Active {
			cancel()
		}
	})
	fmt.Println(err)
	// Output:
	// edge 1 pressed false
	// edge 2 pressed true
	// <nil>
}

func TestLineBelongsToOne(t *testing.T) {
	var lines driverstest.Lines
	pin := boards.Pin{Name: "GPIO17"}
	first, err := lines.Request([]boards.Pin{pin}, gpio.Config{Direction: gpio.Output, Initial: gpio.On})
	if err != nil {
		t.Fatal(err)
	}
	if _, err := lines.Request([]boards.Pin{pin}, gpio.Config{}); err == nil {
		t.Error("claimed twice")
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if err := first.SetLevels(0); err == nil {
		t.Error("set a released line")
	}
	second, err := lines.Request([]boards.Pin{pin}, gpio.Config{})
	if err != nil {
		t.Fatal(err)
	}
	if err := first.Close(); err != nil {
		t.Error(err)
	}
	if v, err := second.Levels(); v != 1 || err != nil {
		t.Errorf("Levels = %v, %v: did the first owner's second Close release it?", v, err)
	}
	if err := second.SetLevels(1); err == nil {
		t.Error("set an input")
	}
	if got := lines.Line("GPIO17").Driven(); !slices.Equal(got, []bool{true}) {
		t.Errorf("driven %v", got)
	}
	fault := errors.New("i/o error")
	lines.Line("GPIO17").Fail(fault)
	if _, err := second.Levels(); !errors.Is(err, fault) {
		t.Errorf("Levels = %v", err)
	}
}
