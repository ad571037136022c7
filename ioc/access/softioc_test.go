package access

import (
	"bufio"
	"encoding/json"
	"os"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
)

// verdict of base's library, as testdata/record.py writes it.
type softIocCase struct {
	ACF    string
	Macros string
	OK     bool
	Rights []struct {
		Group      string
		Level      int
		User, Host string
		Access     int
		Trap       bool
	}
}

func softIocCases(t testing.TB) (list []softIocCase) {
	f, err := os.Open("testdata/softioc.jsonl")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	lines := bufio.NewScanner(f)
	for lines.Scan() {
		if strings.HasPrefix(lines.Text(), `{"source"`) {
			continue
		}
		var c softIocCase
		if err := json.Unmarshal(lines.Bytes(), &c); err != nil {
			t.Fatal(err)
		}
		list = append(list, c)
	}
	return list
}

// macrosOf splits the macros of a case: none of their values has a comma outside of quotes.
func macrosOf(text string) map[string]string {
	macros := map[string]string{}
	for text != "" {
		name, rest, _ := strings.Cut(text, "=")
		var value string
		if strings.HasPrefix(rest, `"`) {
			value, rest, _ = strings.Cut(rest[1:], `"`)
			rest = strings.TrimPrefix(rest, ",")
		} else {
			value, rest, _ = strings.Cut(rest, ",")
		}
		macros[name], text = value, rest
	}
	return macros
}

// What base's library takes is taken, what it refuses is refused, and the rights are
// the same.
func TestAsSoftIoc(t *testing.T) {
	cases := softIocCases(t)
	if len(cases) < 150 {
		t.Fatalf("%d cases", len(cases))
	}
	access := []protocol.Access{0, protocol.AccessRead, protocol.AccessRead | protocol.AccessWrite}
	for _, c := range cases {
		rules, err := Parse("x.acf", []byte(c.ACF), macrosOf(c.Macros))
		if (err == nil) != c.OK {
			t.Errorf("%q with %q: softIoc takes it: %v, here: %v", c.ACF, c.Macros, c.OK, err)
			continue
		}
		for _, r := range c.Rights {
			control := &Control{Database: new(record.Database)}
			control.Use(rules)
			s := control.Open(r.User, r.Host, "", func() {})
			if got := control.judge(place{control.live.Load().find(r.Group), r.Level}, s); got != (verdict{access[r.Access], r.Trap}) {
				t.Errorf("%q: %s of level %d for %s@%s: %+v, softIoc %d, trap %v", c.ACF, r.Group, r.Level, r.User, r.Host, got, r.Access, r.Trap)
			}
			control.Close()
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range softIocCases(f) {
		f.Add(c.ACF, "X", "a,b")
	}
	f.Fuzz(func(t *testing.T, text, name, value string) {
		rules, err := Parse("x.acf", []byte(text), map[string]string{name: value})
		if err == nil {
			if rules.groups[defaultGroup] == nil {
				t.Error("no DEFAULT")
			}
			return
		}
		problems, ok := err.(Problems)
		if !ok || len(problems) == 0 || len(problems) > maxProblems {
			t.Fatalf("%T with %d problems", err, len(problems))
		}
		lines := strings.Split(text, "\n")
		for _, p := range problems {
			if p.Pos.Line > 0 && (p.Pos.Line > len(lines) || p.Pos.Col < 1 || p.Pos.Col > len(lines[p.Pos.Line-1])+1) {
				t.Errorf("%v is not in the file", p.Pos)
			}
		}
	})
}
