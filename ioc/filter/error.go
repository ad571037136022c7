package filter

import "fmt"

// Error says why a text is no filter that a channel can have.
type Error struct {
	Text   string // from the first bracket or brace on
	Offset int    // of the mistake, in bytes
	Reason string
}

func (e *Error) Error() string {
	text := e.Text
	if len(text) > maxShown {
		text = text[:maxShown] + "…"
	}
	return fmt.Sprintf("filter %#q, byte %d: %s", text, e.Offset, e.Reason)
}

// maxShown is how much of a text an error shows.
const maxShown = 100
