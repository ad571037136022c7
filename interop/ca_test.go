package interop_test

import (
	"fmt"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// TestCA judges our client: the answers of foreign servers, and ours, as ca prints
// them. Rows are done in order, since puts change what later rows see.
func TestCA(t *testing.T) {
	t.Parallel()
	const text = "a long string that does not fit into the forty bytes of DBR_STRING"
	// Like caget, ca asks for as many elements as there may be, and base's server and
	// ours fill up with zeros.
	const three, four = `(10 1\.5 -2\.25 3( 0){7}|3 1\.5 -2\.25 3)`, `(10 1 2 3 4( 0){6}|4 1 2 3 4)`
	rows := []struct {
		args string // separated by blanks; _ stands for a blank within one
		want string // a regular expression for the whole of the output
		not  string // servers that have no such thing
	}{
		{"get -t J:DOUBLE", `2\.5\n`, ""},
		{"get J:DOUBLE", `J:DOUBLE +2\.5\n`, ""},
		{"get -t J:DOUBLE J:LONG J:STRING", `2\.5\n-7\nbench one\n`, ""},
		{"get -t J:SWITCH J:MODE", `Off\nidle\n`, ""},
		{"get -t -n J:SWITCH", `0\n`, ""},
		{"get -t -s J:DOUBLE", `2\.500\n`, "caproto"},
		{"get -a J:DOUBLE", `J:DOUBLE +20\d\d-\d\d-\d\d \d\d:\d\d:\d\d\.\d{6} 2\.5 +\n`, ""},
		{"get -t J:ARRAY", three + `\n`, ""},
		{"get -t -# 2 J:ARRAY", `2 1\.5 -2\.25\n`, ""},
		{"get -t -S J:TEXT.VAL$", text + `\n`, "caproto"},
		{"get -d DBR_CTRL_DOUBLE J:DOUBLE", `(?s)J:DOUBLE\n.*Units: +V\n.*Precision: +3\n.*`, ""},
		{"get -d DBR_CTRL_ENUM J:MODE", `(?s)J:MODE\n.*Enums: +\( 4\)\n.*\[ 0\] idle\n.*\[ 3\] fault\n.*`, ""},
		{"get -t J:DOUBLE.EGU", `V\n`, "caproto"},
		{"put -t J:DOUBLE -1.25", `-1\.25\n`, ""},
		{"put -t -c J:DOUBLE 4.5", `4\.5\n`, ""},
		{"get -t J:DOUBLE", `4\.5\n`, ""},
		{"put -t -c J:LONG 123456", `123456\n`, ""},
		{"put -t -c J:MODE hold", `hold\n`, ""},
		{"put -t -c -n J:MODE 1", `1\n`, ""},
		{"put -t -c J:STRING put_by_ca", `put by ca\n`, ""},
		{"put -t -c -a J:ARRAY 4 1 2 3 4", four + `\n`, ""},
		{"put -t -c -S J:TEXT.VAL$ " + strings.Repeat("long_", 20) + "text", strings.Repeat("long ", 20) + `text\n`, "caproto"},
		{"get -t J:DOUBLE J:LONG J:MODE J:STRING J:ARRAY", `4\.5\n123456\nramp\nput by ca\n` + four + `\n`, ""},
	}
	for _, k := range []kind{softIoc, caprotoS, ioclet} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			s.start(t, k)
			for _, r := range rows {
				if r.not == k.name {
					continue
				}
				out, err := s.ca(t, r.args)
				if err != nil || !regexp.MustCompile(`\A(?:`+r.want+`)\z`).MatchString(out) {
					t.Errorf("ca %s: %v\n got %q\nwant %q", r.args, err, out, r.want)
				}
			}
			if out, err := s.ca(t, "get -w 0.3 J:NOSUCH"); err == nil {
				t.Errorf("ca get of a PV that nobody has succeeds: %q", out)
			}
			for n := range 39 {
				// PUT_ACKT and PUT_ACKS are for writing; caproto has another layout of
				// CTRL_STRING than base.
				if n == 35 || n == 36 || n == 28 && k.name == caprotoS.name {
					continue
				}
				out, err := s.ca(t, fmt.Sprintf("get -d %d J:DOUBLE", n))
				if err != nil || !strings.Contains(out, "DBF_DOUBLE") {
					t.Errorf("ca get -d %d: %v: %q", n, err, out)
				}
			}
			out, err := s.ca(t, "get -t -w 30 -# 1000000 J:BIG")
			want := 1 + 1_000_000 // the count goes before the elements
			if k.name == caprotoS.name {
				want = 2 // it sends what there is
			}
			if n := len(strings.Fields(out)); err != nil || n != want {
				t.Errorf("ca get of the large array: %v, %d words, want %d", err, n, want)
			}
		})
	}
}

// ca runs our client; _ in args is a blank within an argument.
func (s *site) ca(t *testing.T, args string) (string, error) {
	t.Helper()
	words := strings.Fields(args)
	if !strings.Contains(args, "-w ") {
		words = append([]string{words[0], "-w", "30"}, words[1:]...)
	}
	for i := range words {
		words[i] = strings.ReplaceAll(words[i], "_", " ")
		if strings.HasPrefix(words[i], "DBR ") {
			words[i] = strings.ReplaceAll(words[i], " ", "_")
		}
	}
	return s.output(t, filepath.Join(binDir, "ca"), words...)
}
