package ioc_test

import (
	"context"
	"fmt"
	"log/slog"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/pv"
)

type supply struct {
	Volt    ioc.Float  `pv:"VOLT" egu:"V" prec:"3" drive:"0,30" display:"0, 40" desc:"set voltage" initial:"5"`
	Out     ioc.Enum   `pv:"OUT" states:"Off,On" initial:"On"`
	Range   ioc.Int    `pv:"RANGE" initial:"2" low:"1" lolo:"0,INVALID"`
	ID      ioc.Text   `pv:"ID" initial:"x"`
	Message ioc.Text   `pv:"MSG" size:"200"`
	Curve   ioc.Floats `pv:"CURVE" size:"3"`
	Meas    readings   `pv:"MEAS:"`
	Serial  int        // none of ours
}

type readings struct {
	Curr ioc.Float `pv:"CURR" prec:"2" hihi:"3" high:"2.5" mdel:"0.1" adel:"0.5" readonly:"true" scan:"1s"`
}

func TestGroup(t *testing.T) {
	bench := ioc.New("B:")
	var left, right supply
	bench.Group("L:", &left)
	bench.Group("R:", &right)
	var volts atomic.Int64
	left.Volt.OnPut(func(_ context.Context, x float64) error { volts.Store(int64(x)); return nil })
	left.Meas.Curr.Set(2.75)
	right.Meas.Curr.Set(1)
	r := run(t, bench)
	for name, want := range map[string]string{
		"B:L:VOLT": "5.000", "B:L:VOLT.EGU": "V", "B:L:VOLT.DRVH": "30.000", "B:L:VOLT.HOPR": "40.000", "B:L:VOLT.DESC": "set voltage",
		"B:L:OUT": "On", "B:L:RANGE": "2", "B:L:RANGE.LSV": "MINOR", "B:L:RANGE.LLSV": "INVALID", "B:L:ID": "x",
		"B:L:MSG.RTYP": "lso", "B:L:MSG.SIZV": "200", "B:L:CURVE.NELM": "3",
		"B:L:MEAS:CURR.SEVR": "MINOR", "B:R:MEAS:CURR.SEVR": "NO_ALARM", "B:L:MEAS:CURR.HHSV": "MAJOR", "B:L:MEAS:CURR.RTYP": "ai",
		"B:L:MEAS:CURR.MDEL": "0.10", "B:L:MEAS:CURR.ADEL": "0.50", "B:L:MEAS:CURR.SCAN": "1 second",
	} {
		if got := r.text(name); got != want {
			t.Errorf("%s = %q, want %q", name, got, want)
		}
	}
	if err := r.put("B:L:VOLT", pv.Float64Value(12)); err != nil || volts.Load() != 12 {
		t.Errorf("put: %v, the function got %d, want 12", err, volts.Load())
	}
	if right.Volt.Get() != 5 {
		t.Errorf("the other group has %v, want 5", right.Volt.Get())
	}
}

func TestGroupProblems(t *testing.T) {
	tests := []struct {
		group any
		want  string
	}{
		{supply{}, "no pointer"},
		{(*supply)(nil), "no pointer"},
		{new(int), "no pointer"},
		{new(struct {
			F ioc.Float `pv:"F" unit:"V"`
		}), `F: tag unit:"V": unknown`},
		{new(struct {
			F ioc.Float `pv:"F" prec:"two"`
		}), "prec"},
		{new(struct {
			F ioc.Float `pv:"F" drive:"0"`
		}), "drive"},
		{new(struct {
			F ioc.Float `pv:"F" high:"40,BAD"`
		}), "severity"},
		{new(struct {
			F ioc.Float `pv:"F" scan:"often"`
		}), "scan"},
		{new(struct {
			F ioc.Float `pv:"F" readonly:"perhaps"`
		}), "readonly"},
		{new(struct {
			F ioc.Floats `pv:"F"`
		}), "size 0"},
		{new(struct {
			F ioc.Float `pv:"F" states:"Off,On"`
		}), "tag states"},
		{new(struct {
			E ioc.Enum `pv:"E" states:"Off,On" size:"2"`
		}), "tag size"},
		{new(struct {
			F ioc.Float `pv:"F" prec:"70000"`
		}), "prec"},
		{new(struct {
			G struct{} `pv:"G:" egu:"V"`
		}), "prefix"},
		{new(struct {
			N int `pv:"N"`
		}), "neither"},
		{new(struct {
			f ioc.Float `pv:"F"`
		}), "not exported"},
	}
	for _, tt := range tests {
		bench := ioc.New("B:")
		bench.Server, bench.Log = local, slog.New(slog.DiscardHandler)
		bench.Group("G:", tt.group)
		ctx, cancel := context.WithCancel(t.Context())
		cancel()
		if err := bench.Run(ctx); err == nil || !strings.Contains(err.Error(), tt.want) || !strings.Contains(fmt.Sprint(err), "B:G:") {
			t.Errorf("%T: %v, want %q", tt.group, err, tt.want)
		}
	}
}
