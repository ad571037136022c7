package sim_test

import (
	"errors"
	"log/slog"
	"strings"
	"testing"
	"testing/synctest"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/driverstest"
	"github.com/ioclet/ioclet/drivers/modbus"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/pv"
)

func ovens(mode modbus.Mode) modbus.Options {
	return modbus.Options{Mode: mode, Log: slog.New(slog.DiscardHandler), Slaves: []modbus.Slave{
		{Name: "OVEN", Unit: 1, Order: modbus.CDAB, Values: []modbus.Value{
			{Name: "T", Table: modbus.Input, Address: 0, Type: modbus.Float32},
			{Name: "SET", Address: 2, Type: modbus.Int16, Scale: 0.1, Write: true},
			{Name: "NAME", Address: 10, Type: modbus.String, Count: 8, Write: true},
			{Name: "DOOR", Table: modbus.Discrete, Address: 7},
			{Name: "HOT", Address: 3, Type: modbus.Bit, Bit: 4},
			{Name: "ZONES", Table: modbus.Input, Address: 20, Type: modbus.Uint16, Count: 3},
		}},
		{Name: "FAN", Unit: 2, Values: []modbus.Value{{Name: "ON", Table: modbus.Coil, Write: true}}},
	}}
}

var ovenBehaviour = sim.ModbusOptions{Values: map[sim.ValueID]sim.ValueOptions{
	{Device: 0, Index: 0}: {Name: "T", Expression: "SET / 2 + 0.25"},
	{Device: 0, Index: 1}: {Name: "SET"},
	{Device: 0, Index: 3}: {Name: "DOOR", Expression: "T > 50"},
	{Device: 0, Index: 4}: {Name: "HOT", Expression: "T > 60"},
	{Device: 0, Index: 5}: {Name: "ZONES", Expression: "SET"},
}}

// TestModbus: simulated slaves behave as their values' descriptions say, through real
// frames.
func TestModbus(t *testing.T) {
	for _, mode := range []modbus.Mode{modbus.TCP, modbus.RTU} {
		synctest.Test(t, func(t *testing.T) {
			o := ovens(mode)
			slaves, err := sim.NewModbus(o, ovenBehaviour)
			if err != nil {
				t.Fatal(err)
			}
			o.Dial = slaves.Dial
			d := driverstest.Open(t, modbus.New, o)
			want := func(slave, value int, want pv.Value) {
				t.Helper()
				v, err := d.Channel(slave, value).(drivers.Reader).Read(t.Context())
				if err != nil || !v.Equal(want) {
					t.Errorf("slave %d value %d: %v %q, %v; want %v %q", slave, value, v.Float64(), v.Str(), err, want.Float64(), want.Str())
				}
			}
			set := func(slave, value int, v pv.Value) {
				t.Helper()
				if err := d.Channel(slave, value).(drivers.Writer).Write(t.Context(), v); err != nil {
					t.Error(err)
				}
			}
			want(0, 0, pv.Float64Value(0.25))
			want(0, 3, pv.EnumValue(0))
			set(0, 1, pv.Float64Value(200))
			want(0, 0, pv.Float64Value(100.25))
			want(0, 1, pv.Float64Value(200))
			want(0, 3, pv.EnumValue(1))
			want(0, 4, pv.EnumValue(1))
			want(0, 5, pv.ArrayValue([]int64{200, 200, 200}))
			set(0, 2, pv.StringValue("oven 1"))
			want(0, 2, pv.StringValue("oven 1"))
			set(1, 0, pv.EnumValue(1))
			want(1, 0, pv.EnumValue(1))

			read := d.Channel(1, 0).(drivers.Reader)
			slaves.SetFault(2, sim.NACK)
			synctest.Wait()
			if err := d.Channel(1, 0).(drivers.Writer).Write(t.Context(), pv.EnumValue(0)); drivers.AlarmOf(err, pv.StatusRead).Status != pv.StatusTimeout {
				t.Errorf("a slave that does not answer: %v, want a timeout", err)
			}
			want(0, 0, pv.Float64Value(100.25))
			slaves.SetFault(2, sim.Garbage)
			if _, err := read.Read(t.Context()); err == nil || !strings.Contains(err.Error(), "slave device failure") {
				t.Errorf("a slave that refuses: %v, want its exception", err)
			}
		})
	}
}

func TestModbusProblems(t *testing.T) {
	for _, c := range []struct {
		options sim.ModbusOptions
		want    string
	}{
		{sim.ModbusOptions{Values: map[sim.ValueID]sim.ValueOptions{{Device: 0, Index: 0}: {Expression: "NOTHING"}}}, "sim: "},
		{sim.ModbusOptions{Values: map[sim.ValueID]sim.ValueOptions{{Device: 9, Index: 0}: {}}}, "no slave has it"},
	} {
		_, err := sim.NewModbus(ovens(modbus.TCP), c.options)
		var ve *sim.ValueError
		if !errors.As(err, &ve) || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%v, want a ValueError about %q", err, c.want)
		}
	}
	circle := sim.ModbusOptions{Values: map[sim.ValueID]sim.ValueOptions{
		{Device: 0, Index: 0}: {Name: "T", Expression: "SET"}, {Device: 0, Index: 1}: {Name: "SET", Expression: "T"},
	}}
	if _, err := sim.NewModbus(ovens(modbus.TCP), circle); err == nil || !strings.Contains(err.Error(), "follow from each other") {
		t.Errorf("a circle: %v", err)
	}
}
