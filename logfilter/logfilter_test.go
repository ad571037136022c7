package logfilter_test

import (
	"context"
	"io"
	"log/slog"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/logfilter"
)

func TestFilter(t *testing.T) {
	pvs := logfilter.Filter{Level: slog.LevelWarn, PVs: []string{"GH:*", "X"}}
	peers := logfilter.Filter{Addresses: []string{"10.0.0.7", "10.0.0.8:99"}}
	both := logfilter.Filter{PVs: []string{"GH:*"}, Addresses: []string{"10.0.0.7"}}
	for _, tt := range []struct {
		name   string
		filter logfilter.Filter
		level  slog.Level
		with   []any
		args   []any
		want   bool
	}{
		{"important", pvs, slog.LevelWarn, nil, nil, true},
		{"not important", pvs, slog.LevelInfo, nil, nil, false},
		{"nothing chosen", logfilter.Filter{}, slog.LevelDebug, nil, []any{"pv", "GH:A"}, false},
		{"zero filter", logfilter.Filter{}, slog.LevelInfo, nil, nil, true},
		{"chosen PV", pvs, slog.LevelInfo, nil, []any{"pv", "GH:A"}, true},
		{"chosen PV by logger", pvs, slog.LevelDebug, []any{"pv", "GH:A"}, nil, true},
		{"whole name", pvs, slog.LevelDebug, nil, []any{"pv", "X"}, true},
		{"no whole name", pvs, slog.LevelDebug, nil, []any{"pv", "XY"}, false},
		{"name with a slash", pvs, slog.LevelDebug, nil, []any{"pv", "GH:A/B"}, true},
		{"another PV", pvs, slog.LevelInfo, nil, []any{"pv", "LAB:A"}, false},
		{"another PV, important", pvs, slog.LevelError, nil, []any{"pv", "LAB:A"}, true},
		{"another attribute", pvs, slog.LevelInfo, nil, []any{"name", "GH:A"}, false},
		{"in a group", pvs, slog.LevelInfo, nil, []any{slog.Group("g", "pv", "GH:A")}, false},
		{"host", peers, logfilter.LevelTrace, []any{"peer", "10.0.0.7:4711"}, nil, true},
		{"host and port", peers, logfilter.LevelTrace, nil, []any{"peer", "10.0.0.8:99"}, true},
		{"another port", peers, logfilter.LevelTrace, nil, []any{"peer", "10.0.0.8:98"}, false},
		{"another host", peers, slog.LevelDebug, []any{"peer", "10.0.0.70:1"}, nil, false},
		{"no address", peers, slog.LevelDebug, []any{"peer", "pipe"}, nil, false},
		{"below the detail", logfilter.Filter{Detail: slog.LevelDebug, PVs: []string{"*"}}, logfilter.LevelTrace, nil, []any{"pv", "A"}, false},
		{"both fit", both, slog.LevelDebug, []any{"peer", "10.0.0.7:1"}, []any{"pv", "GH:A"}, true},
		{"one does not", both, slog.LevelDebug, []any{"peer", "10.0.0.7:1"}, []any{"pv", "LAB:A"}, false},
		{"one is not carried", both, slog.LevelDebug, nil, []any{"pv", "GH:A"}, true},
		{"none is carried", both, slog.LevelDebug, nil, nil, false},
		{"role", logfilter.Filter{Roles: []string{"server"}}, slog.LevelDebug, []any{"role", "server"}, nil, true},
		{"another role", logfilter.Filter{Roles: []string{"server"}}, slog.LevelDebug, []any{"role", "client"}, nil, false},
	} {
		var out strings.Builder
		log := slog.New(logfilter.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: logfilter.LevelTrace}), tt.filter))
		if tt.with != nil {
			log = log.With(tt.with...)
		}
		log.Log(context.Background(), tt.level, "message", tt.args...)
		if got := out.Len() > 0; got != tt.want {
			t.Errorf("%s: passes %v, want %v: %s", tt.name, got, tt.want, out.String())
		}
	}
}

// After WithGroup attributes are not the record's own any more.
func TestGroups(t *testing.T) {
	var out strings.Builder
	h := logfilter.New(slog.NewTextHandler(&out, &slog.HandlerOptions{Level: slog.LevelDebug}), logfilter.Filter{PVs: []string{"A"}})
	log := slog.New(h)
	log.With("pv", "A").WithGroup("g").With("pv", "B").Debug("yes", "pv", "C")
	log.WithGroup("g").With("pv", "A").Debug("no", "pv", "A")
	if got := out.String(); !strings.Contains(got, "yes") || strings.Contains(got, "no") {
		t.Errorf("logged %q", got)
	}
}

// A logger that is known to be about something else is not asked to make records.
func TestEnabled(t *testing.T) {
	log := slog.New(logfilter.New(slog.NewTextHandler(io.Discard, &slog.HandlerOptions{Level: logfilter.LevelTrace}),
		logfilter.Filter{Addresses: []string{"10.0.0.7"}}))
	ctx := context.Background()
	chosen, other := log.With("peer", "10.0.0.7:1"), log.With("peer", "10.0.0.9:1")
	if !chosen.Enabled(ctx, logfilter.LevelTrace) || other.Enabled(ctx, logfilter.LevelTrace) || !other.Enabled(ctx, slog.LevelInfo) {
		t.Error("enabled for the wrong ones")
	}
	if n := testing.AllocsPerRun(100, func() { other.Log(ctx, logfilter.LevelTrace, "message") }); n != 0 {
		t.Errorf("%v allocations for what is not chosen", n)
	}
}

func TestCheck(t *testing.T) {
	if err := (&logfilter.Filter{PVs: []string{"GH:*", "[a"}}).Check(); err == nil {
		t.Error("a pattern that does not end passes")
	}
	if err := (&logfilter.Filter{Addresses: []string{"10.0.0.7", "10.0.0"}}).Check(); err == nil {
		t.Error("half an address passes")
	}
	good := logfilter.Filter{PVs: []string{"GH:[A-C]?"}, Addresses: []string{"10.0.0.7", "10.0.0.7:40112"}}
	if err := good.Check(); err != nil {
		t.Error(err)
	}
}
