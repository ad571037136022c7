package boards

import (
	"fmt"
	"strings"
	"unicode/utf8"
)

// Look is how a diagram of a board looks. The zero value is the bare pins.
type Look struct {
	// Label is the text beside a pin, "" for none.
	Label func(Pin) string
	// Paint puts what a terminal needs to colour it around a text that belongs to the pin:
	// its signal or its label.
	Paint func(p Pin, text string) string
}

// Diagram draws the headers as they lie on the board, odd pins left, even pins right.
// Each line ends with a newline.
func (b *Board) Diagram(look Look) string {
	if look.Label == nil {
		look.Label = func(Pin) string { return "" }
	}
	if look.Paint == nil {
		look.Paint = func(_ Pin, text string) string { return text }
	}
	var s strings.Builder
	for i, h := range b.Headers {
		if i > 0 {
			s.WriteByte('\n')
		}
		h.draw(&s, look)
	}
	return s.String()
}

func (h *Header) draw(s *strings.Builder, look Look) {
	var labelWidth, signalWidth, rightWidth int
	for i, p := range h.Pins {
		if i%2 == 0 {
			labelWidth = max(labelWidth, utf8.RuneCountInString(look.Label(p)))
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
		if labelWidth > 0 {
			label := look.Label(p)
			s.WriteString(blanks(labelWidth-utf8.RuneCountInString(label)) + paint(look, p, label) + "  ")
		}
		fmt.Fprintf(s, "%s%s %2d |", blanks(signalWidth-len(p.Signal)), paint(look, p, p.Signal), p.Number)
		if i+1 < len(h.Pins) {
			q := h.Pins[i+1]
			fmt.Fprintf(s, " %-2d %s", q.Number, paint(look, q, q.Signal))
			if label := look.Label(q); label != "" {
				s.WriteString(blanks(rightWidth-len(q.Signal)) + "  " + paint(look, q, label))
			}
		}
		s.WriteByte('\n')
	}
}

func paint(look Look, p Pin, text string) string {
	if text == "" {
		return ""
	}
	return look.Paint(p, text)
}

func blanks(n int) string { return strings.Repeat(" ", n) }
