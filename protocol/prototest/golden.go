package prototest

import (
	"bufio"
	"bytes"
	"embed"
	"encoding/hex"
	"fmt"
	"path"
	"strconv"
	"strings"
)

//go:embed testdata/*.txt testdata/*.json
var testdata embed.FS

// Dir is who sends the bytes of a [Step].
type Dir uint8

// The directions.
const (
	FromClient Dir = iota // client to server, ">" in the files
	FromServer            // server to client, "<"
	Closed                // the server closes the circuit, "! closed"
	Elsewhere             // another client puts a value, "^ PV VALUE"
)

// Step is one stretch of bytes in one direction: what the peer had sent when it
// waited for the other.
type Step struct {
	Dir   Dir
	Bytes []byte
	Put   [2]string // of a step Elsewhere: the PV and its new value as a text
	Line  int       // in the file
}

// Case is one recorded exchange.
type Case struct {
	File   string // without directory and suffix: "softioc-dbr"
	Source string // the program that was recorded
	Name   string
	Attrs  map[string]string // what the bytes alone do not tell: pv, sid, count …
	Steps  []Step
}

// Uint is an attribute that is a decimal number, 0 if there is none.
func (c *Case) Uint(attr string) uint32 {
	x, _ := strconv.ParseUint(c.Attrs[attr], 10, 32)
	return uint32(x)
}

// GoldenFiles are the names that [Golden] takes.
func GoldenFiles() []string {
	entries, err := testdata.ReadDir("testdata")
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	var names []string
	for _, e := range entries {
		if name, ok := strings.CutSuffix(e.Name(), ".txt"); ok {
			names = append(names, name)
		}
	}
	return names
}

// Golden is the cases of one file of recorded bytes. It panics if there is no such
// file or it is malformed: both are faults of this package.
func Golden(file string) []Case {
	text, err := testdata.ReadFile(path.Join("testdata", file+".txt"))
	if err != nil {
		panic(fmt.Sprintf("prototest: no golden file %q", file))
	}
	cases, err := parseGolden(file, text)
	if err != nil {
		panic("prototest: " + err.Error())
	}
	return cases
}

// parseGolden reads the format that testdata/README.md describes.
func parseGolden(file string, text []byte) ([]Case, error) {
	var cases []Case
	source := ""
	scanner := bufio.NewScanner(bytes.NewReader(text))
	scanner.Buffer(nil, 16<<20)
	for n := 1; scanner.Scan(); n++ {
		line := strings.TrimSpace(scanner.Text())
		fault := func(what string) error { return fmt.Errorf("%s.txt:%d: %s", file, n, what) }
		word, rest, _ := strings.Cut(line, " ")
		switch {
		case line == "":
		case strings.HasPrefix(line, "# source: "):
			source = strings.TrimPrefix(line, "# source: ")
		case word[0] == '#':
		case word == "case":
			c := Case{File: file, Source: source}
			var err error
			if c.Name, c.Attrs, err = parseCase(rest); err != nil {
				return nil, fault(err.Error())
			}
			cases = append(cases, c)
		case len(cases) == 0:
			return nil, fault("bytes before the first case")
		default:
			step, err := parseStep(word, rest)
			if err != nil {
				return nil, fault(err.Error())
			}
			step.Line = n
			c := &cases[len(cases)-1]
			c.Steps = append(c.Steps, step)
		}
	}
	return cases, scanner.Err()
}

// parseCase reads `name key=value key="quoted value"`.
func parseCase(s string) (name string, attrs map[string]string, err error) {
	name, s, _ = strings.Cut(s, " ")
	attrs = map[string]string{}
	for s = strings.TrimLeft(s, " "); s != ""; s = strings.TrimLeft(s, " ") {
		key, value, ok := strings.Cut(s, "=")
		if !ok {
			return "", nil, fmt.Errorf("attribute without a value: %q", s)
		}
		if strings.HasPrefix(value, `"`) {
			quoted, err := strconv.QuotedPrefix(value)
			if err != nil {
				return "", nil, fmt.Errorf("attribute %s: %w", key, err)
			}
			s = value[len(quoted):]
			if attrs[key], err = strconv.Unquote(quoted); err != nil {
				return "", nil, fmt.Errorf("attribute %s: %w", key, err)
			}
			continue
		}
		attrs[key], s, _ = strings.Cut(value, " ")
	}
	return name, attrs, nil
}

func parseStep(word, rest string) (Step, error) {
	if word == "!" && rest == "closed" {
		return Step{Dir: Closed}, nil
	}
	if word == "^" {
		name, value, _ := strings.Cut(rest, " ")
		return Step{Dir: Elsewhere, Put: [2]string{name, value}}, nil
	}
	b, err := parseHex(rest)
	switch word {
	case ">":
		return Step{Dir: FromClient, Bytes: b}, err
	case "<":
		return Step{Dir: FromServer, Bytes: b}, err
	}
	return Step{}, fmt.Errorf("unknown line %q", word)
}

// parseHex reads words of hexadecimal digits; "00*32" is a byte repeated.
func parseHex(s string) ([]byte, error) {
	var out []byte
	for _, word := range strings.Fields(s) {
		digits, times, repeated := strings.Cut(word, "*")
		b, err := hex.DecodeString(digits)
		if err != nil {
			return nil, err
		}
		n := 1
		if repeated {
			if n, err = strconv.Atoi(times); err != nil {
				return nil, err
			}
		}
		out = append(out, bytes.Repeat(b, n)...)
	}
	return out, nil
}
