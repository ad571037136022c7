package circuit

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/prototest"
)

// served are the names of the recorded server that the searches ask for.
func served(name string) bool {
	record, field, _ := strings.Cut(name, ".")
	switch {
	case !strings.HasPrefix(record, "G:") || strings.HasPrefix(record, "G:NONE"):
		return false
	case strings.ContainsAny(record, "[$"):
		return false
	}
	return !strings.HasPrefix(field, "NONE")
}

// TestGoldenSearches answers the recorded datagrams with the very bytes of softIoc.
func TestGoldenSearches(t *testing.T) {
	for _, c := range prototest.Golden("softioc-udp") {
		if strings.HasPrefix(c.Name, "beacons") || strings.HasPrefix(c.Name, "truncated") && len(c.Steps) == 0 {
			continue
		}
		t.Run(c.Name, func(t *testing.T) {
			var s SearchServer
			var got, want [][]byte
			for i, step := range c.Steps {
				if step.Dir == prototest.FromServer {
					want = append(want, step.Bytes)
					continue
				}
				s.Begin(step.Bytes)
				for q, ok := s.Next(); ok; q, ok = s.Next() {
					if served(string(q.Name)) {
						if full := s.Found(q, uint16(c.Uint("server_port"))); full != nil {
							got = append(got, bytes.Clone(full))
						}
					}
				}
				if i+1 < len(c.Steps) && c.Steps[i+1].Dir == prototest.FromClient && len(c.Steps[i+1].Bytes) > 0 {
					continue // more is pending
				}
				if rest := s.Flush(); rest != nil {
					got = append(got, bytes.Clone(rest))
				}
			}
			if !slices.EqualFunc(got, want, bytes.Equal) {
				t.Errorf("answered %x\nsoftIoc   %x", got, want)
			}
		})
	}
}

func TestGoldenBeacons(t *testing.T) {
	for _, c := range prototest.Golden("softioc-udp") {
		if !strings.HasPrefix(c.Name, "beacons") {
			continue
		}
		var s BeaconSchedule
		now := start
		for i, step := range c.Steps {
			if d := s.Next(now); i > 0 && d != 20*time.Millisecond<<(i-1) {
				t.Errorf("beacon %d after %v", i, d)
			}
			now = now.Add(s.Next(now))
			if got := s.AppendBeacon(nil, uint16(c.Uint("server_port")), now); !bytes.Equal(got, step.Bytes) {
				t.Errorf("beacon %d: %x, softIoc %x", i, got, step.Bytes)
			}
		}
	}
}

// However short the period is, the network is not flooded (rsrv: online_notify.c).
func TestBeaconShortPeriod(t *testing.T) {
	s, now := BeaconSchedule{Period: time.Nanosecond}, start
	for range 3 {
		s.AppendBeacon(nil, 1, now)
		if d := s.Next(now); d != 20*time.Millisecond {
			t.Errorf("next beacon after %v", d)
		}
		now = now.Add(s.Next(now))
	}
}

func TestBeaconRestart(t *testing.T) {
	s := BeaconSchedule{Period: time.Second}
	now := start
	for range 20 {
		s.AppendBeacon(nil, 1, now)
		now = now.Add(s.Next(now))
	}
	if d := s.Next(now.Add(-time.Second)); d != time.Second {
		t.Errorf("after many beacons: %v", d)
	}
	s.Restart(now)
	b := s.AppendBeacon(nil, 1, now)
	if d := s.Next(now); d != 20*time.Millisecond {
		t.Errorf("after the restart: %v", d)
	}
	if m, _, _ := protocol.Next(b, protocol.Limits{}); m.Beacon().Counter != 19 {
		t.Errorf("counter %d, want 19", m.Beacon().Counter)
	}
}

// A batch fills datagrams up to 1472 bytes, numbered one after the other, and a
// server's answers to one of them come in datagrams of at most 1024 bytes.
func TestBatches(t *testing.T) {
	var b SearchBatch
	var datagrams [][]byte
	const n = 200
	for i := range uint32(n) {
		full, err := b.Add(i, fmt.Sprintf("LAB:DEVICE:%04d", i))
		if err != nil {
			t.Fatal(err)
		}
		if full != nil {
			datagrams = append(datagrams, bytes.Clone(full))
		}
	}
	datagrams = append(datagrams, bytes.Clone(b.Flush()))
	if b.Flush() != nil {
		t.Error("flushed twice")
	}
	if _, err := b.Add(0, ""); err == nil {
		t.Error("searches for an empty name")
	}
	found := map[uint32]bool{}
	var s SearchServer
	for i, d := range datagrams {
		if len(d) > protocol.MaxRequestDatagram {
			t.Errorf("datagram of %d bytes", len(d))
		}
		var answers [][]byte
		s.Begin(d)
		for q, ok := s.Next(); ok; q, ok = s.Next() {
			if full := s.Found(q, 5064); full != nil {
				answers = append(answers, bytes.Clone(full))
			}
		}
		answers = append(answers, bytes.Clone(s.Flush()))
		for _, a := range answers {
			if len(a) > protocol.MaxReplyDatagram {
				t.Errorf("answer of %d bytes", len(a))
			}
			var r DatagramReader
			r.Begin(a)
			for {
				m, err := r.Next()
				if err != nil {
					t.Fatal(err)
				}
				if m.Kind == NoDatagram {
					break
				}
				if m.Kind != NameFound || m.Found.Port != 5064 || m.Sequence != uint32(i+1) || !m.SequenceValid {
					t.Errorf("answer %+v to datagram %d", m, i)
				}
				found[m.Found.CID] = true
			}
		}
	}
	if len(found) != n {
		t.Errorf("%d names of %d found", len(found), n)
	}
}

func TestDatagramReader(t *testing.T) {
	b := protocol.AppendBeacon(nil, loopbackAddr, 5064, 13, 7)
	b = protocol.AppendRepeaterConfirm(b, loopbackAddr)
	b = protocol.AppendNotFound(b, 9, 13)
	b = protocol.AppendHeader(b, protocol.Header{Command: 99})
	b = protocol.AppendBeacon(b, loopbackAddr, 5064, 13, 8)
	var r DatagramReader
	r.Begin(b)
	d, err := r.Next()
	if err != nil || d.Kind != BeaconHeard || d.Beacon.Counter != 7 || d.Beacon.Addr != loopbackAddr {
		t.Errorf("%+v %v", d, err)
	}
	if d, err := r.Next(); err != nil || d.Kind != RepeaterConfirmed {
		t.Errorf("%+v %v", d, err)
	}
	if d, err := r.Next(); err != nil || d.Kind != NameNotFound || d.Found.CID != 9 {
		t.Errorf("%+v %v", d, err)
	}
	if _, err := r.Next(); err == nil {
		t.Error("junk read without an error")
	}
	if d, err := r.Next(); err != nil || d.Kind != NoDatagram {
		t.Errorf("behind junk: %+v %v", d, err)
	}
}

func TestSearchSchedule(t *testing.T) {
	var s SearchSchedule
	a, b := &Wanted{ID: 1, Name: "A"}, &Wanted{ID: 2, Name: "B"}
	now := start
	s.Add(a, now)
	var delays []time.Duration
	last := now
	for range 20 {
		now = s.NextDue()
		if s.Due(now.Add(-time.Nanosecond)) != nil {
			t.Fatal("due too early")
		}
		if s.Due(now) != a || s.Due(now) != nil {
			t.Fatal("not due, or twice")
		}
		delays = append(delays, now.Sub(last))
		last = now
	}
	if delays[0] != 0 || delays[1] != 32*time.Millisecond || delays[2] != 64*time.Millisecond {
		t.Errorf("delays %v", delays)
	}
	if d := delays[19]; d != 300*time.Second {
		t.Errorf("last delay %v", d)
	}

	s.Add(b, now)
	if s.Due(now) != b {
		t.Error("a new name is not searched for at once")
	}
	s.Anomaly(now)
	var order []uint32
	for now := now; !now.After(last.Add(5 * time.Second)); now = now.Add(10 * time.Millisecond) {
		for w := s.Due(now); w != nil; w = s.Due(now) {
			order = append(order, w.ID)
		}
	}
	if !slices.Contains(order, 1) || s.Len() != 2 {
		t.Errorf("within 5 s of an anomaly: %v", order)
	}
	s.Remove(a)
	s.Remove(a)
	s.Remove(b)
	if s.Len() != 0 || !s.NextDue().IsZero() || s.Due(now.Add(time.Hour)) != nil {
		t.Error("something is left")
	}
}

func TestSearchScheduleOfManyNames(t *testing.T) {
	s := SearchSchedule{Max: time.Second}
	const n = 1000
	searched := make([]int, n)
	now := start
	for i := range n {
		s.Add(&Wanted{ID: uint32(i)}, now.Add(time.Duration(i)*time.Millisecond))
	}
	for range 10000 {
		for w := s.Due(now); w != nil; w = s.Due(now) {
			searched[w.ID]++
		}
		now = now.Add(time.Millisecond)
	}
	if lo, hi := slices.Min(searched), slices.Max(searched); lo < 12 || hi > 15 {
		t.Errorf("in 10 s names were searched for %d to %d times", lo, hi)
	}
}

func TestBeaconTracker(t *testing.T) {
	type heard struct {
		after            time.Duration
		counter          uint32
		anomaly, regular bool
	}
	tests := []struct {
		name  string
		since time.Duration // the client has run for so long at the first beacon
		heard []heard
	}{
		{"regular", time.Second, []heard{{0, 5, false, false}, {15 * time.Second, 6, false, false}, {15 * time.Second, 7, false, true}, {15 * time.Second, 8, false, true}}},
		{"new server", time.Hour, []heard{{0, 0, false, false}, {20 * time.Millisecond, 1, true, false}}},
		{"restarted", time.Second, []heard{{0, 500, false, false}, {15 * time.Second, 501, false, false}, {15 * time.Second, 502, false, true}, {5 * time.Second, 0, true, false}}},
		{"copies", time.Second, []heard{{0, 5, false, false}, {15 * time.Second, 6, false, false}, {time.Millisecond, 6, false, false}, {time.Millisecond, 5, false, false}}},
		{"away", time.Second, []heard{{0, 5, false, false}, {15 * time.Second, 6, false, false}, {60 * time.Second, 10, true, false}}},
		{"late", time.Second, []heard{{0, 5, false, false}, {15 * time.Second, 6, false, false}, {30 * time.Second, 7, false, false}}},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			var b BeaconTracker
			now := start
			for i, h := range tt.heard {
				now = now.Add(h.after)
				anomaly, regular := b.Heard(h.counter, now, start.Add(-tt.since))
				if anomaly != h.anomaly || regular != h.regular {
					t.Errorf("beacon %d: anomaly %v regular %v, want %v %v", i, anomaly, regular, h.anomaly, h.regular)
				}
			}
		})
	}
}

func TestSearchServerZeroAllocations(t *testing.T) {
	var b SearchBatch
	for i := range uint32(20) {
		if _, err := b.Add(i, "LAB:DEVICE:X"); err != nil {
			t.Fatal(err)
		}
	}
	d := bytes.Clone(b.Flush())
	var s SearchServer
	if n := testing.AllocsPerRun(100, func() {
		s.Begin(d)
		for q, ok := s.Next(); ok; q, ok = s.Next() {
			s.Found(q, 5064)
		}
		s.Flush()
	}); n != 0 {
		t.Errorf("%v allocations per datagram", n)
	}
}
