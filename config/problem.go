package config

import (
	"fmt"
	"slices"
	"strings"
)

// Pos is a place in a configuration file. Lines and columns count from 1; a zero
// Line means the file as a whole.
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

// Problem is one mistake in a configuration: where it is, what is there, what was
// expected, and what the writer may have meant.
type Problem struct {
	Pos      Pos
	What     string // "unknown key \"hihj\" in alarm"
	Expected string // "a duration such as 500ms or 1s", "" if What says it all
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
)

// add adds a problem, as long as there are not too many.
func (ps *Problems) add(p Problem) {
	switch n := len(*ps); {
	case n == maxProblems:
		p = Problem{Pos: Pos{File: p.Pos.File}, What: fmt.Sprintf("these are the first %d problems, there are more", maxProblems)}
	case n > maxProblems:
		return
	}
	if r := []rune(p.What); len(r) > maxWhat {
		p.What = string(r[:maxWhat]) + "…"
	}
	*ps = append(*ps, p)
}

// err is ps as an error, sorted by place and without repetitions; nil if empty.
func (ps Problems) err() error {
	if len(ps) == 0 {
		return nil
	}
	slices.SortStableFunc(ps, func(a, b Problem) int {
		if c := strings.Compare(a.Pos.File, b.Pos.File); c != 0 {
			return c
		}
		if c := a.Pos.Line - b.Pos.Line; c != 0 {
			return c
		}
		return a.Pos.Col - b.Pos.Col
	})
	return slices.Compact(ps)
}

// nearest is the candidate that differs from word in the fewest letters, "" if
// none is near enough to be what was meant.
func nearest(word string, candidates []string) string {
	if len(word) > maxName {
		return "" // and no time is spent on it
	}
	best, bestDistance := "", max(1, len(word)/3)+1
	for _, c := range candidates {
		if d := distance(strings.ToLower(word), strings.ToLower(c)); d < bestDistance {
			best, bestDistance = c, d
		}
	}
	return best
}

// distance counts the letters to insert, delete, replace or swap with their
// neighbour to make b out of a (optimal string alignment).
func distance(a, b string) int {
	before, prev, cur := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range prev {
		prev[j] = j
	}
	for i := 1; i <= len(a); i++ {
		cur[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			cur[j] = min(prev[j]+1, cur[j-1]+1, prev[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				cur[j] = min(cur[j], before[j-2]+1)
			}
		}
		before, prev, cur = prev, cur, before
	}
	return prev[len(b)]
}
