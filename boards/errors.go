package boards

import (
	"fmt"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/internal/spelling"
)

// far is how many typing errors a suggested name may be away.
const far = 2

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
	for _, near := range spelling.Nearest(key, b.lineNames(), far) {
		if !slices.Contains(e.Suggestions, near) && len(e.Suggestions) < 3 {
			e.Suggestions = append(e.Suggestions, near)
		}
	}
	if len(e.Suggestions) == 0 || b.lines {
		e.Reason = fmt.Sprintf("write %q if it is the kernel's name of a line", "line:"+strings.TrimSpace(name))
	}
	return e
}

// lineNames are the names and signals of the lines on headers.
func (b *Board) lineNames() (names []string) {
	for _, h := range b.Headers {
		for _, p := range h.Pins {
			if p.IsLine() {
				names = append(names, p.Name, p.Signal)
			}
		}
	}
	return names
}
