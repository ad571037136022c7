package config

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// parse returns the lines of what is wrong with a file, without the file's name.
func parse(t *testing.T, text string) string {
	t.Helper()
	_, err := Parse("f", []byte(text))
	if err == nil {
		return ""
	}
	var ps Problems
	if !errors.As(err, &ps) {
		t.Fatalf("error of type %T", err)
	}
	lines := strings.ReplaceAll("\n"+err.Error(), "\nf: ", "\n") // of the file as a whole
	return strings.ReplaceAll(lines, "\nf:", "\n")[1:]
}

// a problem is only reported once, at its place, in the order of the file.
func TestProblems(t *testing.T) {
	for _, c := range slices.Concat(problemCases, pinCases) {
		t.Run(c.name, func(t *testing.T) {
			if d := cmp.Diff(strings.TrimSpace(c.want), parse(t, strings.TrimPrefix(c.file, "\n"))); d != "" {
				t.Errorf("(-want +got):\n%s", d)
			}
		})
	}
}

// what a file may look like and still be good.
func TestGood(t *testing.T) {
	for name, file := range map[string]string{
		"byte order mark":      "\ufeffpvs:\n  A: {value: 1}\n",
		"CRLF":                 "pvs:\r\n  A: {value: 1}\r\n",
		"no prefix":            "pvs: {A: {value: 1}}",
		"empty ioc":            "ioc: {}\npvs: {A: {value: 1}}",
		"document mark":        "---\npvs: {A: {value: 1}}\n...\n",
		"list of merges":       "devices:\n  D: &d {port: {tcp: \"a:1\"}, pvs: {A: {read: \"A?\", reply: \"%f\"}}}\n  E:\n    <<: [{timeout: 2s, port: {tcp: \"b:1\"}}, *d]\n",
		"default scan of some": "defaults: {scan: 1s}\npvs:\n  A: {value: 1}\n  B: {gpio: GPIO5, direction: output}\n  C: {gpio: GPIO6, direction: input}",
		"groups beside all":    "server: {interfaces: [0.0.0.0, 224.0.2.9, 224.0.2.10]}\npvs: {A: {value: 1}}",
		"soft PV in a device":  "devices: {D: {port: {tcp: \"a:1\"}, pvs: {A: {value: 1}}}}",
		"on a register":        "devices: {D: {i2c: {address: 0x48}, pvs: {A: {at: 1, write: yes, initial: 3, states: [a, b, c, d]}}}}",
	} {
		if got := parse(t, file); got != "" {
			t.Errorf("%s: %s", name, got)
		}
	}
}

func TestLoad(t *testing.T) {
	if _, err := Load(filepath.Join(t.TempDir(), "none.yaml")); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("no file: %v", err)
	}
	large := filepath.Join(t.TempDir(), "large.yaml")
	if err := os.WriteFile(large, make([]byte, MaxFile+1), 0o600); err != nil {
		t.Fatal(err)
	}
	_, err := Load(large)
	if want := large + ": the file is larger than 4 MiB"; err == nil || err.Error() != want {
		t.Errorf("error %v, want %s", err, want)
	}
}

// aliases of aliases grow a small file out of all proportion.
func TestBomb(t *testing.T) {
	var b strings.Builder
	b.WriteString("a0: &a0 [x, x, x, x, x, x, x, x, x, x]\n")
	for i := 1; i < 12; i++ {
		n, m := string(rune('a'+i)), string(rune('a'+i-1))
		if i == 1 {
			m = "a0"
		}
		b.WriteString(n + ": &" + n + " [" + strings.Repeat("*"+m+", ", 9) + "*" + m + "]\n")
	}
	if got := parse(t, b.String()); !strings.HasSuffix(got, ": the file is too large once its aliases are put in place") {
		t.Errorf("got %.200s", got)
	}
}

func TestManyProblems(t *testing.T) {
	_, err := Parse("f", []byte("pvs:\n  A: {value: 1}\n"+strings.Repeat("? [a]\n: b\n", 3*maxProblems)))
	var ps Problems
	if !errors.As(err, &ps) || len(ps) != maxProblems+1 {
		t.Fatalf("%d problems, want %d", len(ps), maxProblems+1)
	}
	if want := "f: these are the first 1000 problems, there are more"; ps[0].Error() != want {
		t.Errorf("first problem %q, want %q", ps[0].Error(), want)
	}
	if _, err := Parse("f", []byte("pvs:\n  "+strings.Repeat("x", 1<<20)+"!: {value: 1}\n")); err == nil || len(err.Error()) > 2000 {
		t.Errorf("a name of a megabyte makes a message of %d bytes", len(err.Error()))
	}
	// Nor are the names long that could stand there instead.
	var one Problems
	one.add(Problem{What: "no port", Expected: "one of " + strings.Repeat("a name, ", 1<<17)})
	if n := len(one.Error()); n > 2000 {
		t.Errorf("a hundred thousand names make a message of %d bytes", n)
	}
}

// An input of which nothing says when it is read is what beginners forget.
func TestNoScan(t *testing.T) {
	const device = "devices:\n  D:\n    port: {tcp: \"h:1\"}\n    pvs: {A: {read: a, reply: \"%f\"%s}}\n"
	for more, want := range map[string]int{"": 1, ", scan: passive": 0, ", scan: 1s": 0, ", pini: yes": 0} {
		m, err := Parse("f", []byte(strings.Replace(device, "%s", more, 1)))
		if err != nil {
			t.Fatal(err)
		}
		if len(m.Warnings) != want {
			t.Errorf("%q: warnings %v", more, m.Warnings)
		}
		if want > 0 && m.Warnings[0].Error() != "f:4:11: A has no scan: nothing reads it, expected scan: such as 1s, or scan: passive if that is meant" {
			t.Errorf("%q: warning %q", more, m.Warnings[0].Error())
		}
	}
}

func FuzzParse(f *testing.F) {
	for _, c := range slices.Concat(problemCases, pinCases) {
		f.Add([]byte(c.file))
	}
	for file := range examples {
		data, err := os.ReadFile(file)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		m, err := Parse("f", data)
		var ps Problems
		switch {
		case err != nil && !errors.As(err, &ps):
			t.Fatalf("error of type %T: %v", err, err)
		case err != nil && (m != nil || len(ps) == 0):
			t.Fatalf("a model and %d problems", len(ps))
		case err == nil:
			if _, err := m.Build(Options{Sim: true}); err != nil {
				t.Fatalf("a model without problems cannot be built: %v", err)
			}
		}
		lines := 2
		for _, b := range []string{"\n", "\r", "\u0085", "\u2028", "\u2029"} { // YAML's line breaks
			lines += strings.Count(string(data), b)
		}
		for _, p := range ps {
			if p.Pos.Line < 0 || int(p.Pos.Line) > lines || p.What == "" {
				t.Fatalf("bad problem %+v in %d lines", p, lines)
			}
		}
	})
}
