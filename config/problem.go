package config

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/internal/spelling"
)

// Pos is a place in a configuration file, or in an instrument file that it uses. Lines
// and columns count from 1; a zero Line means the file as a whole. Every key of a file
// has one, so they are small.
type Pos struct {
	in        *origin // nil: no file
	Line, Col int32
}

// origin is a configuration file, or an instrument file in one of its uses.
type origin struct {
	path string
	by   *Pos // where the instrument file is used, nil of a configuration file
}

// File is the path of the file.
func (p Pos) File() string {
	if p.in == nil {
		return ""
	}
	return p.in.path
}

// usedBy is where the instrument file is used in which p is, nil if it is in none.
func (p Pos) usedBy() *Pos {
	if p.in == nil {
		return nil
	}
	return p.in.by
}

func (p Pos) String() string {
	text := p.here()
	if by := p.usedBy(); by != nil {
		text += " (used in " + by.String() + ")"
	}
	return text
}

// here is p without where its file is used.
func (p Pos) here() string {
	if p.Line == 0 {
		return p.File()
	}
	return fmt.Sprintf("%s:%d:%d", p.File(), p.Line, p.Col)
}

// compare orders places by file, line and column; an instrument file is one, however
// often it is used.
func (p Pos) compare(q Pos) int {
	return cmp.Or(strings.Compare(p.File(), q.File()), cmp.Compare(p.Line, q.Line), cmp.Compare(p.Col, q.Col))
}

// Problem is one mistake in a configuration: where it is, what is there, what was
// expected, and what the writer may have meant.
type Problem struct {
	Pos      Pos
	What     string // "unknown key \"hihj\""
	Expected string // "a time with its unit such as 20ms or 1s", "" if What says it all
	Meant    string // the nearest word that would have been right, or ""
}

func (p Problem) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", p.Pos, p.What)
	if p.Expected != "" {
		b.WriteString(", expected " + p.Expected)
	}
	if p.Meant != "" {
		fmt.Fprintf(&b, " (did you mean %q?)", p.Meant)
	}
	return b.String()
}

// Problems are all the mistakes of a configuration, in the order of the file.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// Limits of what is collected: a file of 4 MiB can have a million mistakes, or one of
// 4 MiB.
const (
	maxProblems = 1000
	maxWhat     = 300
	maxExpected = 1000
	maxGuesses  = 1000 // names among which one is looked for that was meant
)

// add adds a problem, as long as there are not too many.
func (ps *Problems) add(p Problem) {
	switch n := len(*ps); {
	case n == maxProblems:
		p = Problem{Pos: Pos{in: p.Pos.in}, What: fmt.Sprintf("these are the first %d problems, there are more", maxProblems)}
	case n > maxProblems:
		return
	}
	p.What, p.Expected = clip(p.What, maxWhat), clip(p.Expected, maxExpected)
	*ps = append(*ps, p)
}

// clip is a text of at most so many letters.
func clip(text string, most int) string {
	if len(text) <= most {
		return text
	}
	if r := []rune(text); len(r) > most {
		return string(r[:most]) + "…"
	}
	return text
}

// full reports whether there are so many that no more are listed: whoever finds
// them may stop.
func (ps *Problems) full() bool { return len(*ps) > maxProblems }

// err is ps as an error, sorted by place and without repetitions; nil if empty.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int { return a.Pos.compare(b.Pos) })
	return slices.CompactFunc(ps, func(a, b Problem) bool {
		return a.Pos.compare(b.Pos) == 0 && a.What == b.What && a.Expected == b.Expected && a.Meant == b.Meant
	})
}

// nearest is the candidate that differs from word in the fewest letters, "" if
// none is near enough to be what was meant.
func nearest(word string, candidates []string) string {
	candidates = candidates[:min(len(candidates), maxGuesses)]
	if near := spelling.Nearest(word, candidates, max(1, len(word)/3)); len(near) > 0 {
		return near[0]
	}
	return ""
}
