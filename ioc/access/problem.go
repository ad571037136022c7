package access

import (
	"cmp"
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in an access security file. Lines and columns count from 1, columns
// in bytes; a zero Line means the file as a whole.
type Pos struct {
	File      string
	Line, Col int
}

func (p Pos) String() string {
	if p.Line == 0 {
		return p.File
	}
	return fmt.Sprintf("%s:%d:%d", p.File, p.Line, p.Col)
}

// compare orders places of one file.
func (p Pos) compare(q Pos) int { return cmp.Or(p.Line-q.Line, p.Col-q.Col) }

// Problem is one thing that is wrong with a file: where it is, what is there, and
// what was expected.
type Problem struct {
	Pos      Pos
	What     string
	Expected string // "" if What says it all
}

func (p Problem) Error() string {
	s := fmt.Sprintf("%s: %s", p.Pos, p.What)
	if p.Expected != "" {
		s += ", expected " + p.Expected
	}
	return s
}

// Problems are all that is wrong with a file, in its order, a hundred at most.
type Problems []Problem

func (ps Problems) Error() string {
	lines := make([]string, len(ps))
	for i, p := range ps {
		lines[i] = p.Error()
	}
	return strings.Join(lines, "\n")
}

// maxProblems is how many problems of a file are listed: whoever corrects a hundred
// may ask again.
const maxProblems = 100

func (ps *Problems) add(p Problem) {
	if len(*ps) < maxProblems {
		*ps = append(*ps, p)
	}
}

func (ps Problems) sort() {
	slices.SortStableFunc(ps, func(a, b Problem) int { return a.Pos.compare(b.Pos) })
}
