package caserver

import (
	"bufio"
	"fmt"
	"os"
	"strconv"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"

	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/protocol/prototest"
	"github.com/ioclet/ioclet/pv"
)

// filterDatabase has the records of interop/golden/filters.db.
func filterDatabase(t testing.TB) *record.Database {
	strs := func(s ...string) pv.Value { return pv.ArrayValue(s) }
	return database(t,
		record.Spec{
			Name: "F:AO", Type: record.AO, Initial: pv.Float64Value(1), HSV: pv.Minor,
			Info: pv.Info{Precision: 2, Units: "V", Warning: pv.Limits{High: 50}},
		},
		record.Spec{Name: "F:UDF", Type: record.AI},
		record.Spec{
			Name: "F:WF", Type: record.Waveform, ElementKind: pv.Int32, Elements: 10,
			Initial: pv.ArrayValue([]int32{0, 1, 2, 3, 4, 5, 6, 7, 8, 9}),
		},
		record.Spec{Name: "F:SHORT", Type: record.Waveform, ElementKind: pv.Int32, Elements: 10},
		record.Spec{Name: "F:STRINGS", Type: record.Waveform, ElementKind: pv.String, Elements: 5, Initial: strs("red", "green", "blue")},
		record.Spec{Name: "F:TEXT", Type: record.Stringout, Initial: pv.StringValue("bench one"), Desc: "a text"},
		record.Spec{Name: "F:LONG", Type: record.Longout, Initial: pv.Int32Value(7)},
		record.Spec{Name: "F:MODE", Type: record.MBBO, Initial: pv.EnumValue(1), Info: pv.Info{Choices: []string{"zero", "one"}}},
		record.Spec{Name: "F:LSO", Type: record.LSO, Elements: 100},
	)
}

// filterServer is a server over filterDatabase that has the state "red".
func filterServer(t testing.TB) *Server {
	s := &Server{Database: filterDatabase(t), States: new(filter.States)}
	s.States.State("red")
	return s
}

// TestFilterNames creates channels of all names that softIoc was asked for, and expects
// its answers.
func TestFilterNames(t *testing.T) {
	f, err := os.Open("../filter/testdata/softioc-names.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	s := filterServer(t)
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		want, quoted, _ := strings.Cut(line, ` "`)
		text, err := strconv.Unquote(`"` + quoted)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		var name []byte
		for _, r := range text { // characters stand for bytes
			name = append(name, byte(r))
		}
		got := "refused"
		if ch, err := s.channel(string(name)); err == nil {
			typ, count := ch.shape()
			got = strings.TrimPrefix(typ.String(), "DBR_") + " " + strconv.FormatUint(uint64(count), 10)
		}
		if got != want {
			t.Errorf("%s: %s, softIoc %s", name, got, want)
		}
	}
}

// filterDifferences are the recorded exchanges in which this server differs, with the
// reason.
var filterDifferences = map[string]string{
	"read-F:AO.{ts:{num:'ts'}}-#2": "count 0 is as many as there are: two, also of a scalar's time stamp",
}

// TestGoldenFilters replays what softIoc's channels with filters brought, on bytes.
func TestGoldenFilters(t *testing.T) {
	local := time.Local
	time.Local = time.UTC // as the recorded softIoc
	defer func() { time.Local = local }()
	synctest.Test(t, func(t *testing.T) {
		s := filterServer(t)
		b := start(t, s.Database, s)
		known := map[string]bool{}
		for _, c := range prototest.Golden("softioc-filters") {
			known[c.Name] = true
			w := world{TB: t, server: s, record: strings.SplitN(c.Attrs["pv"], ".", 2)[0]}
			w.do(c.Attrs["init"])
			r := replay{TB: &collector{TB: t}, name: c.Name, stamps: true}
			r.sent = func() { w.do(c.Attrs["script"]); w.steps++ }
			r.run(b, &c)
			complaints := r.TB.(*collector).lines
			if reason := filterDifferences[c.Name]; (len(complaints) == 0) != (reason == "") {
				t.Errorf("%s: expected difference %q\n%s", c.Name, reason, strings.Join(complaints, "\n"))
			}
		}
		for name := range filterDifferences {
			if !known[name] {
				t.Errorf("%s: expected to differ, but not recorded", name)
			}
		}
	})
}

// collector collects complaints.
type collector struct {
	testing.TB
	lines []string
}

func (q *collector) Errorf(format string, args ...any) {
	q.lines = append(q.lines, fmt.Sprintf(format, args...))
}

// world is what happens behind the client's back in a recorded exchange: the steps of
// interop/golden/record_filters.py.
type world struct {
	testing.TB
	server *Server
	record string
	steps  int
}

func (w *world) do(script string) {
	if script == "" || w.steps > 0 {
		return
	}
	for step := range strings.SplitSeq(script, ";") {
		verb, rest, _ := strings.Cut(step, " ")
		r := w.server.Database.Record(w.record)
		switch verb {
		case "put":
			text, stamp, _ := strings.Cut(rest, " @")
			if err := r.Post(w.value(r, text), w.stamp(stamp), pv.Alarm{}); err != nil {
				w.Fatalf("%s: %v", step, err)
			}
		case "field":
			name, text, _ := strings.Cut(rest, "=")
			f, err := r.Field(name)
			if err == nil {
				err = f.Put(pv.StringValue(text), nil)
			}
			if err != nil {
				w.Fatalf("%s: %v", step, err)
			}
		case "set", "clear":
			w.server.States.State(rest).Set(verb == "set")
		case "utag":
			r.SetUTag(w.uint(rest, 64))
		default:
			w.Fatalf("unknown step %q", step)
		}
		synctest.Wait()
	}
}

func (w *world) uint(text string, bits int) uint64 {
	x, err := strconv.ParseUint(text, 10, bits)
	if err != nil {
		w.Fatal(err)
	}
	return x
}

func (w *world) stamp(text string) pv.Stamp {
	sec, nsec, _ := strings.Cut(text, ".")
	return pv.Stamp{Sec: uint32(w.uint(sec, 32)), Nsec: uint32(w.uint(nsec, 32))}
}

// value is what the text of a put means to r.
func (w *world) value(r *record.Record, text string) pv.Value {
	if r.Value().Kind() == pv.String {
		return pv.StringValue(text)
	}
	var x []float64
	for word := range strings.SplitSeq(text, ",") {
		f, err := strconv.ParseFloat(word, 64)
		if err != nil {
			w.Fatal(err)
		}
		x = append(x, f)
	}
	if r.Type().Array() {
		return pv.ArrayValue(x)
	}
	return pv.Float64Value(x[0])
}

// TestFilterPerMonitor: each subscription filters for itself, also two of one channel
// (which share their filters' state in base), and what a filter drops is not lost.
func TestFilterPerMonitor(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filterServer(t)
		b := start(t, s.Database, s)
		r := s.Database.Record("F:AO")
		p := b.dial().greet()
		one, two := p.create("F:AO.{dbnd:{abs:1}}", 1), p.create("F:AO", 2)
		p.subscribe(one, 1, dbr.Double, 1, pv.EventValue)
		if err := r.Post(pv.Float64Value(1.75), pv.Stamp{}, pv.Alarm{}); err != nil {
			t.Fatal(err)
		}
		p.subscribe(one, 2, dbr.Double, 1, pv.EventValue)
		p.subscribe(two, 3, dbr.Double, 1, pv.EventValue)
		want := map[uint32][]float64{1: {2.5, 4}, 2: {3, 4.5}, 3: {2.5, 3, 4, 4.5}}
		got := map[uint32][]float64{}
		for _, x := range want[3] {
			_ = r.Post(pv.Float64Value(x), pv.Stamp{}, pv.Alarm{})
			for _, m := range p.send(nil) {
				got[m.Param2] = append(got[m.Param2], doubles(t, []protocol.Message{m})...)
			}
		}
		if diff := cmp.Diff(want, got); diff != "" {
			t.Errorf("events (-want +got):\n%s", diff)
		}
		if st := s.Stats(); st.Clients[0].Drops != 0 {
			t.Errorf("%d events counted as lost", st.Clients[0].Drops)
		}
	})
}

// TestFilterRestamp: ts without a form gives events and reads the time at which they
// are made, and leaves the record's alone.
func TestFilterRestamp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		s := filterServer(t)
		b := start(t, s.Database, s)
		p := b.dial().greet()
		if err := s.Database.Record("F:AO").Post(pv.Float64Value(3), pv.Stamp{Sec: 5, Nsec: 6}, pv.Alarm{}); err != nil {
			t.Fatal(err)
		}
		time.Sleep(time.Minute) // of the bubble's clock
		now := pv.StampOf(time.Now())
		for name, want := range map[string]pv.Stamp{"F:AO": {Sec: 5, Nsec: 6}, "F:AO.{ts:{}}": now, "F:AO.{ts:{epoch:'unix'}}": now} {
			sid := p.create(name, 1)
			read := p.send(protocol.AppendReadNotify(nil, uint16(dbr.TimeDouble), 1, sid, 1))
			for _, m := range append(read, p.subscribe(sid, sid, dbr.TimeDouble, 1, pv.EventValue)) {
				d, err := dbr.Decode(dbr.TimeDouble, 1, m.Payload)
				if err != nil {
					t.Fatal(err)
				}
				if d.Sample.Time != want || d.Sample.Value.Float64() != 3 {
					t.Errorf("%s: %v: %v at %v, want 3 at %v", name, m.Command, d.Sample.Value, d.Sample.Time, want)
				}
			}
		}
	})
}

// A filtered event of a scalar costs no allocation from Post to the bytes, whether it
// passes or not.
func TestZeroAllocationsPerFilteredEvent(t *testing.T) {
	for _, filters := range []string{"{dbnd:{abs:1}}", "{dbnd:{rel:1},dec:{n:2},utag:{M:0},ts:{}}", "{ts:{num:'dbl'}}"} {
		db := database(t, ao("A"))
		c, r := encoderOf(t, db, "A."+filters), db.Record("A")
		before := c.stats.events.Load()
		x := 0.0
		if n := testing.AllocsPerRun(200, func() {
			x += 0.7
			r.Post(pv.Float64Value(x), pv.Stamp{Sec: 1}, pv.Alarm{})
			if err := c.sendAll(); err != nil {
				t.Fatal(err)
			}
		}); n != 0 {
			t.Errorf("%s: %v allocations an event", filters, n)
		}
		if c.stats.events.Load() == before {
			t.Errorf("%s: no events", filters)
		}
	}
}
