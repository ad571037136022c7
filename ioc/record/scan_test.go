package record

import (
	"context"
	"slices"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/pv"
)

func TestParseScan(t *testing.T) {
	tests := []struct {
		text string
		want Scan
		ok   bool
	}{
		{"Passive", Passive, true},
		{"I/O Intr", IOIntr, true},
		{"10 second", Every(10 * time.Second), true},
		{".1 second", Every(100 * time.Millisecond), true},
		{"0.25 second", Every(250 * time.Millisecond), true},
		{".007 second", Every(7 * time.Millisecond), true},
		{"Event", Scan{}, false},
		{"1", Scan{}, false},
		{"-1 second", Scan{}, false},
		{"NaN second", Scan{}, false},
		{"1 minute", Scan{}, false},
		{"", Scan{}, false},
	}
	for _, tt := range tests {
		got, ok := ParseScan(tt.text)
		if got != tt.want || ok != tt.ok {
			t.Errorf("ParseScan(%q) = %v, %v; want %v, %v", tt.text, got, ok, tt.want, tt.ok)
		}
	}
	for i, s := range menuScans {
		if s.String() != menuChoices["menuScan"][i] {
			t.Errorf("choice %d is %q, in base's menu %q", i, s, menuChoices["menuScan"][i])
		}
	}
}

func FuzzParseScan(f *testing.F) {
	for _, s := range append(menuChoices["menuScan"], "1e3 second", "0x1p-3 second", "1e-300 second") {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, text string) {
		s, ok := ParseScan(text)
		if !ok || s.Period() == 0 {
			return
		}
		if again, ok := ParseScan(s.String()); !ok || again != s {
			t.Fatalf("%q is %v, which reads as %v", text, s, again)
		}
	})
}

// clock is a device that notes when it is read, and takes its time over it.
type clock struct {
	start time.Time
	at    []time.Duration
	takes time.Duration
}

func (c *clock) Read(*Record) (Result, bool) {
	c.at = append(c.at, time.Since(c.start))
	time.Sleep(c.takes)
	return Result{Value: float(float64(len(c.at)))}, true
}

func (c *clock) Write(*Record, pv.Value) (Result, bool) { return Result{}, true }

// run runs db for a while of synctest's time.
func run(t *testing.T, db *Database, d time.Duration) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), d)
	defer cancel()
	if err := db.Run(ctx); err != nil {
		t.Fatal(err)
	}
}

func TestScanDoesNotDrift(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		c := &clock{start: time.Now(), takes: 3 * time.Millisecond}
		mustAdd(t, &db, Spec{Type: AI, Device: c, Scan: Every(100 * time.Millisecond)})
		run(t, &db, time.Hour+time.Millisecond)
		if len(c.at) != 36_000 {
			t.Fatalf("%d scans in an hour, want 36000", len(c.at))
		}
		for i, at := range c.at {
			if want := time.Duration(i+1) * 100 * time.Millisecond; at != want {
				t.Fatalf("scan %d at %v, want %v", i, at, want)
			}
		}
		if s := db.Scans(); len(s) != 1 || s[0].Ticks != 36_000 || s[0].Overruns != 0 || s[0].Records != 1 {
			t.Errorf("%+v", s)
		}
	})
}

func TestOverrunsAreCountedNotQueued(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		c := &clock{start: time.Now(), takes: 2500 * time.Millisecond}
		mustAdd(t, &db, Spec{Type: AI, Device: c, Scan: Every(time.Second)})
		run(t, &db, 9500*time.Millisecond)
		if want := []time.Duration{1e9, 4e9, 7e9}; !slices.Equal(c.at, want) {
			t.Errorf("scans at %v, want %v", c.at, want)
		}
		if s := db.Scans()[0]; s.Ticks != 3 || s.Overruns != 6 {
			t.Errorf("%d ticks and %d over-runs, want 3 and 6", s.Ticks, s.Overruns)
		}
	})
}

func TestScanChangesWhileRunning(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		c := &clock{start: time.Now()}
		r := mustAdd(t, &db, Spec{Type: AI, Device: c})
		other := mustAdd(t, &db, Spec{Name: "OTHER", Scan: Every(30 * time.Millisecond)})
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- db.Run(ctx) }()

		// scans lists the scans in the next d, after what changed.
		scans := func(d time.Duration) int {
			r.lock.Lock() // it guards the device too
			c.at = nil
			r.lock.Unlock()
			time.Sleep(d)
			synctest.Wait()
			r.lock.Lock()
			defer r.lock.Unlock()
			return len(c.at)
		}
		if n := scans(time.Minute); n != 0 {
			t.Errorf("passive: %d scans", n)
		}
		mustPut(t, r, "SCAN", str("1 second"))
		if n := scans(10*time.Second + 1); n != 10 {
			t.Errorf("1 second: %d scans in 10 s", n)
		}
		mustPut(t, r, "SCAN", pv.Int32Value(9))
		if n := scans(10*time.Second + 1); n != 100 {
			t.Errorf(".1 second: %d scans in 10 s", n)
		}
		// The other record's own period is in the menu, behind base's.
		if got := text(t, other, "SCAN"); got != ".03 second" {
			t.Errorf("SCAN = %q", got)
		}
		mustPut(t, r, "SCAN", str(".03 second"))
		if n := scans(3 * time.Second); n != 100 {
			t.Errorf(".03 second: %d scans in 3 s", n)
		}
		mustPut(t, r, "SCAN", str("I/O Intr"))
		if n := scans(time.Minute); n != 0 {
			t.Errorf("I/O Intr: %d scans", n)
		}
		for _, s := range db.Scans() {
			if want := map[Scan]int{Every(30 * time.Millisecond): 1}[s.Scan]; s.Records != want {
				t.Errorf("%v has %d records, want %d", s.Scan, s.Records, want)
			}
		}
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
}

func TestPINI(t *testing.T) {
	log := new(eventLog)
	dev := &syncDevice{log: log, res: Result{Value: float(3)}}
	add := func(db *Database, s Spec) {
		s.Device, s.PINI = dev, true
		mustAdd(t, db, s)
	}
	var db Database
	add(&db, Spec{Name: "IN", Type: AI})
	add(&db, Spec{Name: "OUT", Type: AO, Initial: float(1)})
	add(&db, Spec{Name: "RB", Type: AO, Readback: true, Initial: float(2)})
	add(&db, Spec{Name: "RB2", Type: AO, Readback: true})
	add(&db, Spec{Name: "NONE", Type: AO})
	synctest.Test(t, func(t *testing.T) {
		ctx, cancel := context.WithCancel(t.Context())
		done := make(chan error)
		go func() { done <- db.Run(ctx) }()
		synctest.Wait()
		equalLines(t, "at the start", log.take(), "read", "write 1", "write 2", "read")
		add(&db, Spec{Name: "LATE", Type: AI})
		equalLines(t, "added later", log.take(), "read")
		cancel()
		if err := <-done; err != nil {
			t.Error(err)
		}
	})
	if got := text(t, db.Record("RB2"), "VAL"); got != "3" {
		t.Errorf("RB2 = %s, want what was read back", got)
	}
}

func TestRunTwiceInTurn(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		var db Database
		c := &clock{start: time.Now()}
		mustAdd(t, &db, Spec{Type: AI, Device: c, Scan: Every(time.Second)})
		run(t, &db, 2500*time.Millisecond)
		run(t, &db, 2500*time.Millisecond)
		if len(c.at) != 4 {
			t.Errorf("scans at %v, want four", c.at)
		}
	})
}
