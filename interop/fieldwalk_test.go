package interop_test

import (
	"bufio"
	"bytes"
	"context"
	"fmt"
	"log/slog"
	"maps"
	"net/netip"
	"os"
	"os/exec"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// walkDifferences are the lines of the walk in which we differ from softIoc: patterns
// of path.Match for "type.FIELD action", and why.
var walkDifferences = []struct{ pattern, why string }{
	{"*.DTYP *", "softIoc has several device supports to choose from, here a record has the one it was made with"},
	{"*.UDF put-*", "ours is 0 or 1, softIoc's any byte"},
	{"*.SCAN put-*", "there are no events: Event is no choice; I/O Intr is, also without a device"},
	{"*.SSCN text", "softIoc gives a menu's index beyond its choices as a number"},
	{"a[io].INIT *", "a flag of softIoc's own"},
	{"*.AFTC metadata", "softIoc writes it with six digits, but says that it has none"},
	{"*.AFVL metadata", "likewise"},
	{"*.SDLY metadata", "likewise"},
	{"*.IVOV metadata", "softIoc has record types in which the ranges are not those of the value"},
	{"*.PVAL metadata", "likewise"},
	{"*.NORD metadata", "in softIoc it is at most NELM"},
	{"aai.*", "an empty array of one element is empty, not one empty element"},
	{"*.PROC put-nonsense", "a put that is refused does not process; softIoc's put with completion does"},
	{"*.RARM put-nonsense", "likewise"},
	{"ls[io].OVAL *", "an empty long string has its NUL"},
	{"ls[io].VAL long", "likewise"},
	{"*.VAL long", "likewise for the first of no strings"},
	{"b[io].VAL put-*", "softIoc has a text for states that do not exist, Illegal_Value"},
	{"mbb[io].VAL put-empty", "the empty text is no state, though some states have no name"},
	{"mbb[io].VAL put-zero", "follows that put"},
	{"ls[io].VAL metadata", "an empty long string is one of length 1"},
	{"longout.PVAL put-*", "ours is the value"},
	{"*.INP put-*", "softIoc writes the attributes behind the name of a link, NPP NMS"},
	{"*.OUT put-*", "likewise"},
	{"*.DOL put-*", "likewise"},
	{"*.SDIS put-*", "likewise"},
	{"*.TSEL put-*", "likewise"},
	{"*.SIML put-*", "likewise"},
	{"*.SIOL put-*", "likewise"},
}

// TestFieldWalk asks softIoc and us the same about every field of every record type:
// its channel, its metadata, its text, and what puts of good and bad values do.
func TestFieldWalk(t *testing.T) {
	t.Parallel()
	types := record.Types()
	fields := tableFields(t)
	var specs []record.Spec
	for _, name := range types {
		typ, _ := record.ParseType(name)
		for _, f := range fields[name] {
			specs = append(specs, record.Spec{Name: "T:" + name + ":" + f, Type: typ, Fields: states(typ)})
		}
	}
	specs = append(specs, record.Spec{Name: "T:MARK", Type: record.Longout, Fields: map[string]string{"MDEL": "-1"}})
	compare(t, specs, walkDifferences, func(t *testing.T, port int) map[string]string {
		return walk(dialRaw(t, port), types, fields)
	})
}

// states are names for the states of a discrete record: without them softIoc has
// another type for mbbo, and no text.
func states(t record.Type) map[string]string {
	switch t {
	case record.BI, record.BO:
		return map[string]string{"ZNAM": "off", "ONAM": "on"}
	case record.MBBI, record.MBBO:
		return map[string]string{"ZRST": "idle", "ONST": "ramp", "TWST": "hold"}
	}
	return nil
}

// compare has softIoc and our server serve the records, and reports the lines in which
// their transcripts differ but for those that are meant to, and the differences that
// are none any more.
func compare(t *testing.T, specs []record.Spec, differences []struct{ pattern, why string }, ask func(t *testing.T, port int) map[string]string) {
	t.Helper()
	compareServers(t, specs, specs, differences, ask)
}

// compareServers is compare with specs for our server and others for softIoc, of which
// only Type, Name and Fields count.
func compareServers(t *testing.T, own, base []record.Spec, differences []struct{ pattern, why string }, ask func(t *testing.T, port int) map[string]string) {
	t.Helper()
	var ours, want map[string]string
	t.Run("ask", func(t *testing.T) {
		t.Run("softIoc", func(t *testing.T) {
			t.Parallel()
			want = ask(t, startSoftIoc(t, base))
		})
		t.Run("ioclet", func(t *testing.T) {
			t.Parallel()
			ours = ask(t, startRecords(t, own))
		})
	})
	used := make([]bool, len(differences))
	var lines []string
	if ours == nil || want == nil {
		return // for a reason that has been reported
	}
	all := maps.Clone(ours)
	maps.Copy(all, want)
	for key := range all {
		if ours[key] == want[key] {
			continue
		}
		meant := false
		for i, d := range differences {
			if ok, _ := path.Match(d.pattern, key); ok {
				used[i], meant = true, true
			}
		}
		if !meant {
			lines = append(lines, fmt.Sprintf("%s\n  ours    %s\n  softIoc %s", key, ours[key], want[key]))
		}
	}
	slices.Sort(lines)
	for _, l := range lines {
		t.Error(l)
	}
	for i, d := range differences {
		if !used[i] {
			t.Errorf("%s (%s): there is no such difference any more", d.pattern, d.why)
		}
	}
}

// tableFields are the names of the fields of each type, RTYP among them.
func tableFields(t *testing.T) map[string][]string {
	t.Helper()
	f, err := os.Open(fieldTable)
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	fields := map[string][]string{"common": {"RTYP"}}
	var of string
	for lines := bufio.NewScanner(f); lines.Scan(); {
		switch line := lines.Text(); {
		case line[0] == '#' || strings.HasPrefix(line, "menu "):
		case line[0] != ' ':
			of = line
			fields[of] = slices.Clone(fields["common"])
		default:
			fields[of] = append(fields[of], strings.Fields(line)[0])
		}
	}
	return fields
}

// startRecords serves records from within the test and returns the port.
func startRecords(t *testing.T, specs []record.Spec) int {
	t.Helper()
	db := new(record.Database)
	for _, s := range specs {
		if _, err := db.Add(s); err != nil {
			t.Fatal(err)
		}
	}
	s := &caserver.Server{Database: db, Log: slog.New(slog.DiscardHandler), Config: caserver.Config{
		AnyPort: true, Interfaces: []netip.Addr{netip.MustParseAddr("127.0.0.1")}, NoAutoBeacons: true,
	}}
	ctx, cancel := context.WithCancel(context.Background())
	if err := s.Listen(ctx); err != nil {
		t.Fatal(err)
	}
	ended := make(chan error, 2)
	go func() { ended <- s.Run(ctx) }()  // ends with ctx
	go func() { ended <- db.Run(ctx) }() // ends with ctx
	t.Cleanup(func() {
		cancel()
		for range 2 {
			if err := <-ended; err != nil {
				t.Error(err)
			}
		}
	})
	return int(s.Port())
}

// startSoftIoc serves the same records by softIoc and returns the port.
func startSoftIoc(t *testing.T, specs []record.Spec) int {
	t.Helper()
	var db bytes.Buffer
	for _, s := range specs {
		fmt.Fprintf(&db, "record(%v,%q) {\n", s.Type, s.Name)
		for name, text := range s.Fields {
			fmt.Fprintf(&db, "  field(%s,%q)\n", name, text)
		}
		db.WriteString("}\n")
	}
	file := filepath.Join(t.TempDir(), "walk.db")
	if err := os.WriteFile(file, db.Bytes(), 0o644); err != nil {
		t.Fatal(err)
	}
	site := newSite(t)
	site.start(t, kind{"softIoc", func() *exec.Cmd { return exec.Command(python, "servers/softioc.py", file) }})
	return site.port
}

// walk returns what a server says: for each "type.FIELD action" a line.
func walk(c *rawCircuit, types []string, fields map[string][]string) map[string]string {
	lines := make(map[string]string)
	mark := c.marker("T:MARK")
	for _, typ := range types {
		for _, f := range fields[typ] {
			w := walker{c: c, mark: mark, lines: lines, record: "T:" + typ + ":" + f, label: typ + "." + f}
			w.field(f)
		}
	}
	return lines
}

type walker struct {
	c      *rawCircuit
	mark   *marker
	lines  map[string]string
	record string
	label  string
}

func (w *walker) say(action, format string, args ...any) {
	w.lines[w.label+" "+action] = fmt.Sprintf(format, args...)
}

// walkPuts are tried on every field.
var walkPuts = []struct {
	what string
	typ  dbr.Type
	v    pv.Value
}{
	{"one", dbr.String, pv.StringValue("1")},
	{"twoandahalf", dbr.Double, pv.Float64Value(2.5)},
	{"again", dbr.Double, pv.Float64Value(2.5)},
	{"minusthree", dbr.Long, pv.Int32Value(-3)},
	{"nonsense", dbr.String, pv.StringValue("nonsense")},
	{"index1", dbr.Enum, pv.EnumValue(1)},
	{"much", dbr.Long, pv.Int32Value(70000)},
	{"empty", dbr.String, pv.StringValue("")},
	{"zero", dbr.Short, pv.IntValue(pv.Int16, 0)},
	{"char", dbr.Char, pv.IntValue(pv.Uint8, 66)},
	{"float", dbr.Float, pv.Float32Value(1.5)},
}

func (w *walker) field(name string) {
	ch, ok := w.c.create(w.record + "." + name)
	if !ok {
		w.say("create", "fails")
		return
	}
	w.say("create", "%v count %d access %d", ch.typ, ch.count, ch.access)
	choices := w.metadata(ch)
	status, _, b := w.c.get(ch, dbr.String, 1)
	w.say("text", "%v %q", status, cString(b))
	if long, ok := w.c.create(w.record + "." + name + "$"); ok {
		status, count, b := w.c.get(long, dbr.Char, 0)
		w.say("long", "%v count %d access %d, %v now %d: %q", long.typ, long.count, long.access, status, count, b[:count])
	} else {
		w.say("long", "fails")
	}
	val, ok := w.c.create(w.record)
	if !ok {
		w.say("value", "fails")
		return
	}
	w.puts(name, ch, val, choices)
}

// metadata says what comes with the value: of what is not used in the padding, rsrv
// sends what was in its memory.
func (w *walker) metadata(ch rawChannel) (choices int) {
	status, count, b := w.c.get(ch, ch.typ.With(dbr.Ctrl), 0)
	d, err := dbr.Decode(ch.typ.With(dbr.Ctrl), count, b)
	i := d.Info
	if i == nil {
		i = new(pv.Info)
	}
	w.say("metadata", "%v %v: %v %v %q %d display %v control %v warning %v alarm %v choices %q", status, err,
		d.Sample.Value, d.Sample.Alarm, i.Units, i.Precision, i.Display, i.Control, i.Warning, i.Alarm, i.Choices)
	return len(i.Choices)
}

// events are the letters of the masks that the walk subscribes to.
var events = []struct {
	letter string
	mask   pv.Mask
}{{"v", pv.EventValue}, {"l", pv.EventLog}, {"a", pv.EventAlarm}, {"p", pv.EventProperty}}

func (w *walker) puts(name string, ch, val rawChannel, choices int) {
	subs := make(map[uint32]string)
	for _, e := range events {
		subs[w.c.subscribe(ch, dbr.StsString, e.mask)] = "F" + e.letter
		if name != "VAL" {
			subs[w.c.subscribe(val, dbr.StsString, e.mask)] = "V" + e.letter
		}
	}
	w.c.send(w.mark.append(nil))
	w.mark.wait()
	for _, p := range walkPuts {
		if ch.typ == dbr.Enum && name != "VAL" && p.v.Kind() != pv.String && uint16(p.v.Int64()) >= uint16(choices) {
			continue // softIoc stores what is no choice of a menu, we do not
		}
		payload, err := dbr.Append(nil, p.typ, 1, &pv.Sample{Value: p.v}, nil)
		if err != nil {
			w.c.t.Error(err)
			return
		}
		put, text, stamp := w.c.id(), w.c.id(), w.c.id()
		b := protocol.AppendWriteNotify(nil, uint16(p.typ), 1, ch.sid, put, payload)
		b = w.mark.append(b)
		b = protocol.AppendReadNotify(b, uint16(dbr.String), 1, ch.sid, text)
		b = protocol.AppendReadNotify(b, uint16(dbr.TimeString), 1, val.sid, stamp)
		w.c.send(b)
		status := w.c.written(put)
		events := w.mark.wait()
		got, _, value := w.c.answer(text)
		_, _, timed := w.c.answer(stamp)
		processed := ""
		if !bytes.Equal(timed[4:12], make([]byte, 8)) {
			processed = ", processed"
		}
		var said []string
		for _, e := range events {
			said = append(said, fmt.Sprintf("%s=%d/%d/%s", subs[e.Param2], e.Payload[3], e.Payload[1], cString(e.Payload[4:])))
		}
		slices.Sort(said) // of different monitors the order means nothing
		w.say("put-"+p.what, "%v, now %v %q of %d/%d/%s%s, events %v", status, got, cString(value),
			timed[3], timed[1], cString(timed[12:]), processed, said)
	}
	for _, gone := range []rawChannel{ch, val} {
		w.c.clear(gone)
	}
}

func cString(b []byte) string {
	text, _, _ := bytes.Cut(b, []byte{0})
	return string(text)
}
