package sim_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

// oven is a controller whose lines do not say how it heats.
var oven = serial.Device{Name: "OVEN", Channels: []serial.Channel{
	{Name: "SP", Write: "SP %f", Readback: "SP?", Reply: "%f"},
	{Name: "T", Read: "T?", Reply: "%f"},
	{Name: "MODE", Read: "MODE?", Reply: "%{OFF|AUTO}"},
	{Name: "RAMP", Read: "RAMP?", Reply: "%f"},
	{Name: "RESET", Write: "*RST"},
	{Name: "RATE", Write: "RATE %f;", Reply: "OK %*f"},
}}

// TestBehaviour: state, values at the start, commands that no channel has, and a delay.
func TestBehaviour(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		p, _ := bench(t, sim.PeerOptions{
			Expressions: map[sim.ChannelID]string{
				{Device: "OVEN", Channel: "T"}:    "HEAT + 20",
				{Device: "OVEN", Channel: "RAMP"}: "SPEED",
			},
			Devices: map[string]*sim.Behaviour{"OVEN": {
				Delay: 30 * time.Millisecond,
				State: []sim.State{{Name: "HEAT", Expression: "approach(MAX(SP - 20, 0), SPEED)"}, {Name: "SPEED", Start: "2"}},
				Start: map[string]string{"MODE": "AUTO", "SP": "20"},
				Commands: []sim.Command{
					{Line: "SPEED %(SPEED)f", Answer: "OK %(SPEED)f"},
					{Line: "*RST", Set: []sim.Assignment{{Name: "SP", Expression: "25"}}}, // what RESET does
					{Line: "*TRG", Set: []sim.Assignment{{Name: "SP", Expression: "SP + 100"}, {Name: "SPEED", Expression: "SP / 10"}}},
				},
			}},
		}, oven, serial.Device{Name: "HAND", Channels: []serial.Channel{
			{Name: "SPEED", Write: "SPEED %f", Reply: "OK %*f"},
			{Name: "TRIGGER", Write: "*TRG"},
		}})
		open(t, p)
		began := time.Now()
		want(t, get(t, p, "OVEN", "T"), pv.Float64Value(20))
		if took := time.Since(began); took != 30*time.Millisecond {
			t.Errorf("an answer after %v", took)
		}
		want(t, get(t, p, "OVEN", "MODE"), pv.Int64Value(1))
		want(t, get(t, p, "OVEN", "RAMP"), pv.Float64Value(2))
		put(t, p, "HAND", "SPEED", pv.Float64Value(3))
		want(t, get(t, p, "OVEN", "RAMP"), pv.Float64Value(3))
		put(t, p, "HAND", "TRIGGER", pv.Value{})
		want(t, get(t, p, "OVEN", "SP"), pv.Float64Value(120))
		want(t, get(t, p, "OVEN", "RAMP"), pv.Float64Value(12))
		put(t, p, "OVEN", "RESET", pv.Value{})
		want(t, get(t, p, "OVEN", "SP"), pv.Float64Value(25))
	})
}

// TestSimulatedFaults: what can be wrong with an instrument is, until it is not any more.
func TestSimulatedFaults(t *testing.T) {
	for _, c := range []struct {
		fault  sim.Fault
		status pv.Status
		lost   bool
	}{
		{sim.Drop, pv.StatusTimeout, false},
		{sim.Late, pv.StatusTimeout, false},
		{sim.Garbage, pv.StatusCalc, false},
		{sim.Partial, pv.StatusTimeout, false},
		{sim.NACK, pv.StatusCalc, false},
		{sim.Stuck, pv.StatusWrite, true},
		{sim.Unplug, pv.StatusComm, true},
	} {
		t.Run(string(c.fault), func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				p, peer := bench(t, sim.PeerOptions{}, oven)
				if err := p.Open(t.Context()); err != nil {
					t.Fatal(err)
				}
				want(t, get(t, p, "OVEN", "SP"), pv.Float64Value(0))
				peer.SetFault("OVEN", c.fault)
				wantFault(t, ask(t, p, "OVEN", "SP"), c.status, c.lost)
				peer.SetFault("OVEN", sim.NoFault)
				if c.lost {
					if err := p.Open(t.Context()); err != nil {
						t.Fatal(err)
					}
				}
				time.Sleep(10 * time.Second)
				want(t, get(t, p, "OVEN", "SP"), pv.Float64Value(0))
				if err := p.Close(); err != nil {
					t.Error(err)
				}
			})
		})
	}
}

// TestBadBehaviour: mistakes are told with their places.
func TestBadBehaviour(t *testing.T) {
	for _, c := range []struct {
		behaviour sim.Behaviour
		want      string
	}{
		{sim.Behaviour{State: []sim.State{{Name: "SP"}}}, `state: SP: a PV has this name`},
		{sim.Behaviour{State: []sim.State{{Name: "X", Expression: "1 +"}}}, `state: X: `},
		{sim.Behaviour{State: []sim.State{{Name: "X", Expression: "Y + 1"}, {Name: "Y", Expression: "X + 1"}}}, `follow from each other`},
		{sim.Behaviour{Start: map[string]string{"X": "1"}}, `start: X: no such PV`},
		{sim.Behaviour{Commands: []sim.Command{{Line: "A %f"}}}, `commands: A %f: %f sets nothing`},
		{sim.Behaviour{Commands: []sim.Command{{Line: "A %q"}}}, `commands: A %q: `},
		{sim.Behaviour{Commands: []sim.Command{{Line: "A", Answer: "%f"}}}, `value 1 is of nothing`},
		{sim.Behaviour{Commands: []sim.Command{{Line: "A", Answer: "%(X)f"}}}, `no channel "X"`},
		{sim.Behaviour{Commands: []sim.Command{{Line: "A", Set: []sim.Assignment{{"X", "1"}}}}}, `no PV or state "X"`},
		{sim.Behaviour{Commands: []sim.Command{{Line: "A", Set: []sim.Assignment{{"SP", "X"}}}}}, `set: SP: `},
		{sim.Behaviour{Commands: []sim.Command{{Line: "T?", Answer: "1"}}}, `"T?" is a command of T`},
		{sim.Behaviour{Commands: []sim.Command{{Line: "*RST", Answer: "OK"}}}, `"*RST" is a command of RESET`},
		{sim.Behaviour{Commands: []sim.Command{{Line: "SP %(T)f"}}}, `"SP 0.000000" is a command of SP`},
	} {
		_, err := sim.NewPeer(serial.Options{Devices: []serial.Device{oven}}, sim.PeerOptions{Devices: map[string]*sim.Behaviour{"OVEN": &c.behaviour}})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%+v: error %v, want %q", c.behaviour, err, c.want)
		}
	}
}
