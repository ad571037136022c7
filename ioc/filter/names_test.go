package filter

import (
	"bufio"
	"errors"
	"os"
	"strconv"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// name is a row of softioc-names.txt.
type name struct {
	text  string
	ok    bool
	typ   string
	count uint32
}

// softIocNames are the names that softIoc was asked for.
func softIocNames(t testing.TB) (names []name) {
	t.Helper()
	f, err := os.Open("testdata/softioc-names.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if strings.HasPrefix(line, "#") {
			continue
		}
		result, quoted, _ := strings.Cut(line, ` "`)
		text, err := strconv.Unquote(`"` + quoted)
		if err != nil {
			t.Fatalf("%s: %v", line, err)
		}
		n := name{text: latin1(text)}
		if result != "refused" {
			n.ok = true
			typ, count, _ := strings.Cut(result, " ")
			c, err := strconv.ParseUint(count, 10, 32)
			if err != nil {
				t.Fatalf("%s: %v", line, err)
			}
			n.typ, n.count = typ, uint32(c)
		}
		names = append(names, n)
	}
	if len(names) < 600 {
		t.Fatalf("%d names", len(names))
	}
	return names
}

// latin1 is the bytes that s has as characters.
func latin1(s string) string {
	var b []byte
	for _, r := range s {
		b = append(b, byte(r))
	}
	return string(b)
}

// red has the state that the recorded softIoc had.
func red() *States {
	s := new(States)
	s.State("red")
	return s
}

// TestNames opens the filters of all names of the records F:AO and F:WF, without and
// with their field VAL, and expects what softIoc said of them.
func TestNames(t *testing.T) {
	sources := map[string]Source{
		"F:AO.": {Kind: pv.Float64, Count: 1}, "F:AO.VAL": {Kind: pv.Float64, Count: 1},
		"F:WF.": {Kind: pv.Int32, Count: 10}, "F:WF.VAL": {Kind: pv.Int32, Count: 10},
	}
	types := map[pv.Kind]string{pv.Float64: "DOUBLE", pv.Uint32: "DOUBLE", pv.Int32: "LONG", pv.String: "STRING"}
	tested := 0
	for _, n := range softIocNames(t) {
		i := strings.IndexAny(n.text, "[{")
		if i < 0 {
			continue
		}
		from, ok := sources[n.text[:i]]
		if !ok {
			continue
		}
		tested++
		c, err := Open(n.text[i:], from, red())
		if (err == nil) != n.ok {
			t.Errorf("%q: %v; softIoc takes it: %v", n.text, err, n.ok)
			continue
		}
		if err != nil {
			if e := (*Error)(nil); !errors.As(err, &e) || e.Offset < 0 || e.Offset > len(n.text)-i {
				t.Errorf("%q: %v", n.text, err)
			}
			continue
		}
		kind, count := from.Kind, from.Count
		if c != nil {
			kind, count = c.Kind(), c.Count()
		}
		if types[kind] != n.typ || count != n.count {
			t.Errorf("%q: %s %d, softIoc %s %d", n.text, types[kind], count, n.typ, n.count)
		}
	}
	if tested < 550 {
		t.Errorf("only %d names tested", tested)
	}
}
