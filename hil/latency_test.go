//go:build hil

package hil_test

import (
	"slices"
	"testing"
	"time"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/hil/control"
	"github.com/ioclet/ioclet/pv"
)

// arrival is an event and when it came to the client, by the clock of this machine.
type arrival struct {
	pv.Sample
	at time.Time
}

// train makes edges on an input and returns when they were made and what came of them at
// a client. Edges that follow each other too closely are one to the kernel, or only the last
// of them comes to the client. The line ends high.
func (m *machine) train(t *testing.T, name string, edges int, pause time.Duration) ([]control.Span, []arrival) {
	t.Helper()
	mon := m.monitor(t, name, edges+2)
	arrivals := make(chan arrival, edges+2)
	go func() { // until the test ends
		for u := range mon.Updates(t.Context()) {
			if u.Kind == client.NewValue {
				arrivals <- arrival{u.Data.Sample, time.Now()}
			}
		}
	}()
	toggling := control.Toggling{Path: m.line(t, name, "pull"), Pause: pause}
	for i := range edges &^ 1 {
		toggling.Texts = append(toggling.Texts, pulls[1-i%2])
	}
	made, err := m.Toggle(toggling)
	if err != nil {
		t.Fatal(err)
	}
	last, err := m.Toggle(control.Toggling{Path: toggling.Path, Texts: pulls[1:]})
	if err != nil {
		t.Fatal(err)
	}
	var came []arrival
	timeout := time.After(20 * time.Second)
	for {
		select {
		case a := <-arrivals:
			if a.Time.Time().After(last[0].Begin.Add(-clockError)) && a.Value.Int64() == 1 {
				return made, came
			}
			came = append(came, a)
		case <-timeout:
			t.Fatalf("%d edges have made %d events, and the one after them none", edges, len(came))
		}
	}
}

// testLatency measures from the kernel's stamp of an edge to the arrival of its event at a
// client on the host, and prints it.
func testLatency(t *testing.T, m *machine) {
	ahead, uncertain := m.ahead(t)
	made, came := m.train(t, "DOOR", 400, 10*time.Millisecond)
	var took []time.Duration
	for _, a := range came {
		took = append(took, a.at.Add(ahead).Sub(a.Time.Time()).Round(10*time.Microsecond))
	}
	if len(took) < len(made)/2 {
		t.Fatalf("%d edges have made %d events", len(made), len(took))
	}
	slices.Sort(took)
	t.Logf("edge to client: p50 %v, p99 %v, most %v; %d edges every 10 ms made %d events; clocks compared to ±%v",
		took[len(took)/2], took[len(took)*99/100], took[len(took)-1], len(made), len(took), uncertain.Round(10*time.Microsecond))
}

// ahead is how far the guest's clock is ahead of this machine's, and how far that may be
// wrong: half of the shortest time in which the guest has answered.
func (m *machine) ahead(t *testing.T) (ahead, uncertain time.Duration) {
	t.Helper()
	uncertain = time.Hour
	for range 50 {
		begin := time.Now()
		now, err := m.Now()
		if err != nil {
			t.Fatal(err)
		}
		if half := time.Since(begin) / 2; half < uncertain {
			ahead, uncertain = now.Sub(begin.Add(half)), half
		}
	}
	return ahead, uncertain
}

// testRate makes edges as fast as the guest can and prints how many events a second
// arrive. However many are lost on the way, the last state is right.
func testRate(t *testing.T, m *machine) {
	made, came := m.train(t, "FLOW", 10000, 0)
	if len(came) < 2 {
		t.Fatalf("%d edges have made %d events", len(made), len(came))
	}
	t.Logf("%.0f edges a second made %.0f events a second (%d and %d)",
		float64(len(made))/made[len(made)-1].End.Sub(made[0].Begin).Seconds(),
		float64(len(came))/came[len(came)-1].at.Sub(came[0].at).Seconds(), len(made), len(came))
	m.expect(t, "FLOW", 1, noAlarm)
}
