package main

import (
	"strings"
	"testing"
	"time"
)

// A short soak passes and says what it has done.
func TestShortSoak(t *testing.T) {
	var out strings.Builder
	s := soak{duration: 3 * time.Second, every: 300 * time.Millisecond, seed: 1, crowd: 1, out: &out}
	if err := s.run(t.Context()); err != nil {
		t.Errorf("%v\n%s", err, out.String())
	}
	if n := strings.Count(out.String(), " goroutines "); n < 4 {
		t.Errorf("%d lines of measurements:\n%s", n, out.String())
	}
}

// Growth and broken promises are told.
func TestFaultsAreFound(t *testing.T) {
	before := measurement{goroutines: 10, heap: 1 << 20}
	for _, tt := range []struct {
		end  measurement
		want string
	}{
		{measurement{goroutines: 11, heap: 2 << 20}, ""},
		{measurement{goroutines: 30, heap: 2 << 20}, "10 goroutines became 30"},
		{measurement{goroutines: 10, heap: 9 << 20}, "became 9437184"},
		{measurement{channels: 1}, "1 channels"},
	} {
		err := before.grown(tt.end)
		if (err == nil) != (tt.want == "") || err != nil && !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%+v: %v, want %q", tt.end, err, tt.want)
		}
	}
}

func TestDrift(t *testing.T) {
	var flat, leak []measurement
	for i := range uint64(20) {
		flat = append(flat, measurement{heap: 20 << 20, rss: (40 + i%3) << 20})
		leak = append(leak, measurement{heap: (20 + 3*i) << 20, rss: 40 << 20})
	}
	if err := drifted(flat); err != nil {
		t.Error(err)
	}
	if err := drifted(leak); err == nil || !strings.Contains(err.Error(), "heap grew") || strings.Contains(err.Error(), "rss") {
		t.Errorf("%v", err)
	}
	if err := drifted(leak[:7]); err != nil {
		t.Errorf("of a short run: %v", err)
	}
}
