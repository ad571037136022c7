package boards

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Diagram draws the headers as they lie on the board, odd pins left, even pins right,
// with a label at each pin that label has one for. A nil label is no labels. Each line
// ends with a newline.
func (b *Board) Diagram(label func(Pin) string) string {
	if label == nil {
		label = func(Pin) string { return "" }
	}
	var s strings.Builder
	for i, h := range b.Headers {
		if i > 0 {
			s.WriteByte('\n')
		}
		h.draw(&s, label)
	}
	return s.String()
}

func (h *Header) draw(s *strings.Builder, label func(Pin) string) {
	var labelWidth, signalWidth, rightWidth int
	for i, p := range h.Pins {
		if i%2 == 0 {
			labelWidth = max(labelWidth, utf8.RuneCountInString(label(p)))
			signalWidth = max(signalWidth, len(p.Signal))
		} else {
			rightWidth = max(rightWidth, len(p.Signal))
		}
	}
	left := signalWidth
	if labelWidth > 0 {
		left += labelWidth + 2
	}
	fmt.Fprintf(s, "%*s\n", left+4+len(h.Name)/2, h.Name)
	for i := 0; i < len(h.Pins); i += 2 {
		p := h.Pins[i]
		row := fmt.Sprintf("%*s %2d |", signalWidth, p.Signal, p.Number)
		if labelWidth > 0 {
			row = fmt.Sprintf("%*s  %s", labelWidth, label(p), row)
		}
		if i+1 < len(h.Pins) {
			q := h.Pins[i+1]
			row += fmt.Sprintf(" %-2d %-*s  %s", q.Number, rightWidth, q.Signal, label(q))
		}
		s.WriteString(strings.TrimRight(row, " ") + "\n")
	}
}
