package prototest

import (
	"bytes"
	"reflect"
	"strings"
	"testing"
)

func TestParseGolden(t *testing.T) {
	text := `# a comment
# source: a program
case one pv="A \"b\" c" sid=7
> 0001 00*3 ff
< 02
# in between
! closed

case two
>
`
	got, err := parseGolden("file", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	want := []Case{
		{
			File: "file", Source: "a program", Name: "one", Attrs: map[string]string{"pv": `A "b" c`, "sid": "7"},
			Steps: []Step{
				{Dir: FromClient, Bytes: []byte{0, 1, 0, 0, 0, 0xFF}, Line: 4},
				{Dir: FromServer, Bytes: []byte{2}, Line: 5},
				{Dir: Closed, Line: 7},
			},
		},
		{
			File: "file", Source: "a program", Name: "two", Attrs: map[string]string{},
			Steps: []Step{{Dir: FromClient, Line: 10}},
		},
	}
	if !reflect.DeepEqual(got, want) {
		t.Errorf("\n got %+v\nwant %+v", got, want)
	}
	if got[0].Uint("sid") != 7 || got[0].Uint("pv") != 0 || got[0].Uint("none") != 0 {
		t.Error("Uint")
	}
}

func TestParseGoldenRefuses(t *testing.T) {
	for text, want := range map[string]string{
		"> 00":                 "file.txt:1: bytes before the first case",
		"case a\n\n> 0":        "file.txt:3: ",
		"case a\n> 00*x":       "file.txt:2: ",
		"case a\n! open":       `file.txt:2: unknown line "!"`,
		"case a b":             `file.txt:1: attribute without a value: "b"`,
		`case a b="unfinished`: "file.txt:1: attribute b: ",
		"case a\n>> 00":        `file.txt:2: unknown line ">>"`,
	} {
		_, err := parseGolden("file", []byte(text))
		if err == nil || !strings.HasPrefix(err.Error(), want) {
			t.Errorf("%q: %v, want %s…", text, err, want)
		}
	}
}

func TestGoldenFilesAreWhole(t *testing.T) {
	files := GoldenFiles()
	if len(files) < 6 {
		t.Fatalf("only %v", files)
	}
	for _, file := range files {
		cases := Golden(file)
		if len(cases) == 0 {
			t.Errorf("%s: no cases", file)
		}
		names := map[string]bool{}
		for _, c := range cases {
			if c.Source == "" || len(c.Steps) == 0 || names[c.Name] {
				t.Errorf("%s: case %q: source %q, %d steps, seen %v", file, c.Name, c.Source, len(c.Steps), names[c.Name])
			}
			names[c.Name] = true
		}
	}
	defer func() {
		if recover() == nil {
			t.Error("Golden of no file does not panic")
		}
	}()
	Golden("none")
}

func TestGoldenRecords(t *testing.T) {
	records := GoldenRecords()
	ai, wf := records["G:AI"], records["G:WF:STRING"]
	if ai.NativeType != 6 || len(ai.Numbers) != 1 || ai.Array || ai.Info.Units != "mbar" || ai.Time.IsZero() {
		t.Errorf("%+v", ai)
	}
	if !wf.Array || len(wf.Strings) != 3 || wf.NativeCount != 5 {
		t.Errorf("%+v", wf)
	}
}

func TestFramesAreWhatTheySay(t *testing.T) {
	names := map[string]bool{}
	for _, f := range handwritten() {
		if names[f.Name] || f.Source == "" || f.Append == nil {
			t.Errorf("%s: source %q", f.Name, f.Source)
		}
		names[f.Name] = true
	}
	for _, f := range Frames() {
		if !bytes.HasSuffix(f.Bytes, f.Payload) || int(f.Header.Size) != len(f.Payload) {
			t.Errorf("%s: %+v, payload of %d bytes", f.Name, f.Header, len(f.Payload))
		}
	}
}
