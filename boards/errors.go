package boards

import (
	"fmt"
	"slices"
	"strings"
)

// UnknownError says that there is no pin or board of a name.
type UnknownError struct {
	Kind        string   // "pin" or "board"
	Name        string   // what was asked for
	Board       string   // for a pin: on which board
	Reason      string   // more about it, if there is more to say
	Suggestions []string // names that may have been meant, the likeliest first
}

func (e *UnknownError) Error() string {
	var s strings.Builder
	fmt.Fprintf(&s, "no %s %q", e.Kind, e.Name)
	if e.Board != "" {
		s.WriteString(" on " + e.Board)
	}
	if e.Reason != "" {
		s.WriteString(": " + e.Reason)
	}
	if len(e.Suggestions) > 0 {
		s.WriteString(" (did you mean " + strings.Join(e.Suggestions, " or ") + "?)")
	}
	return s.String()
}

// NotLineError says that a pin is there but is power, ground or the like.
type NotLineError struct {
	Name  string // what was asked for
	Board string
	Pin   Pin
}

func (e *NotLineError) Error() string {
	return fmt.Sprintf("%q on %s is %s, not a GPIO line", e.Name, e.Board, e.Pin.Signal)
}

func (b *Board) unknown(name, key string) error {
	e := &UnknownError{Kind: "pin", Name: name, Board: b.Name}
	digits := key[len(strings.TrimRight(key, "0123456789")):]
	if p, ok := b.signals["GPIO"+digits]; ok && digits != "" {
		e.Suggestions = append(e.Suggestions, p.Name)
	}
	if digits == key && digits != "" {
		e.Reason = "a number alone is ambiguous"
		if n, ok := parseIndex(digits); ok && len(b.Headers) > 0 {
			if _, err := b.at(&b.Headers[0], n, name); err == nil {
				e.Suggestions = append(e.Suggestions, b.Headers[0].Name+"_"+digits)
			}
		}
		return e
	}
	if key == "" {
		e.Reason = "the name is empty"
		return e
	}
	var names []string
	for _, h := range b.Headers {
		for _, p := range h.Pins {
			if p.IsLine() {
				names = append(names, p.Name, p.Signal)
			}
		}
	}
	for _, near := range nearest(key, names) {
		if !slices.Contains(e.Suggestions, near) && len(e.Suggestions) < 3 {
			e.Suggestions = append(e.Suggestions, near)
		}
	}
	if len(e.Suggestions) == 0 {
		e.Reason = fmt.Sprintf("write %q if it is the kernel's name of a line", "line:"+strings.TrimSpace(name))
	}
	return e
}

// nearest picks, of the names that are at most two typing errors away from what was
// typed, those that are nearest, in the order of names.
func nearest(typed string, names []string) []string {
	const far = 2
	var found [far + 1][]string
	for _, name := range names {
		if d := distance(strings.ToUpper(typed), strings.ToUpper(name), far); d <= far && !slices.Contains(found[d], name) {
			found[d] = append(found[d], name)
		}
	}
	for _, same := range found {
		if len(same) > 0 {
			return same
		}
	}
	return nil
}

// distance is the number of letters to insert, remove, replace or swap with their
// neighbour that make a into b (optimal string alignment); limit+1 if it is more than
// limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
