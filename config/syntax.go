package config

import (
	"bytes"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"unicode/utf8"
)

// illegible finds the first thing in data that no text file has; what is "" if there
// is none. The YAML parser would refuse it too, but not say where it is.
func illegible(data []byte) (at Pos, what string) {
	at = Pos{Line: 1, Col: 1}
	for i := 0; i < len(data); {
		r, n := utf8.DecodeRune(data[i:])
		i += n
		switch {
		case r == utf8.RuneError && n == 1:
			return at, fmt.Sprintf("byte 0x%02X is not UTF-8", data[i-1])
		case r < ' ' && r != '\t' && r != '\n' && r != '\r' || r >= 0x7F && r < 0xA0 && r != 0x85:
			return at, fmt.Sprintf("control character 0x%02X", r)
		case r == '\n':
			at.Line, at.Col = at.Line+1, 0
		}
		at.Col++
	}
	return Pos{}, ""
}

var (
	lineOfError = regexp.MustCompile(`^line (\d+): (.*)`)
	// Errors of the parser proper, as opposed to its scanner, count lines from 0 and
	// are placed where the block or list begins that has the mistake in it.
	inBlock = regexp.MustCompile(`expected (node content|'-' indicator|key$|',' or|<)`)
	anchor  = regexp.MustCompile(`unknown anchor '(.*)' referenced`)
)

// hints are what a person does about the errors that are met most.
var hints = []struct{ message, hint string }{
	{"cannot start any token", "blanks for indentation, and quotes around a text that begins with % @ or `"},
	{"mapping values are not allowed", `a key alone at its depth, and quotes around a text with a colon such as "BENCH1:"`},
	{"expected ',' or", `a comma, a closing bracket, or quotes around a text such as "VOLT?"`},
	{"unexpected end of stream", "a closing quote"},
}

// syntaxProblem is an error of the YAML parser, which knows the line but not the
// column.
func syntaxProblem(in *origin, data []byte, err error) Problem {
	what := strings.TrimPrefix(err.Error(), "yaml: ")
	p := Problem{Pos: Pos{in, 1, 1}}
	if m := lineOfError.FindStringSubmatch(what); m != nil {
		line, _ := strconv.Atoi(m[1])
		what = m[2]
		if inBlock.MatchString(what) {
			line = min(line+1, max(1, bytes.Count(data, []byte("\n"))))
		}
		p.Pos.Line = int32(line)
	}
	if inBlock.MatchString(what) {
		what = "in what begins here: " + what
	}
	if m := anchor.FindStringSubmatch(what); m != nil {
		what = fmt.Sprintf("no anchor &%s before the alias *%[1]s", m[1])
		if i := bytes.Index(data, []byte("*"+m[1])); i >= 0 {
			start := bytes.LastIndexByte(data[:i], '\n') + 1
			p.Pos.Line, p.Pos.Col = int32(bytes.Count(data[:i], []byte("\n"))+1), int32(utf8.RuneCount(data[start:i])+1)
		}
	}
	p.What = "not YAML: " + what
	for _, h := range hints {
		if strings.Contains(what, h.message) {
			p.Expected = h.hint
		}
	}
	return p
}
