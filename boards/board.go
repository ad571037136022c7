package boards

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/internal/spelling"
)

// Board is one model of computer and its pins. Boards are shared and not to be
// changed; their methods may be called from any goroutine.
type Board struct {
	// Name is the name in a configuration: "raspberry-pi-4b".
	Name string
	// Model is what the machine calls itself if the board was detected, else what
	// such a machine would call itself; "" if that is not known.
	Model string
	// Headers are the pin headers, the main one first.
	Headers []Header
	// Buses are those that have pins on the headers.
	Buses []Bus

	lines   bool           // names that are in no table are names of lines
	signals map[string]Pin // by signal, in capitals
}

// Header is one connector.
type Header struct {
	Name string // as printed on the board or in its manual: "J8", "P9"
	Pins []Pin  // pin 1 first; odd numbers are in the left column

	byPosition bool // a pin's name is P9_12, not the name of its signal
}

// Pin is one pin of a header, or a line that is on no header. The zero Offset is a
// valid offset if Chip is set.
type Pin struct {
	// Name is the one name that the pin has in messages: "GPIO17", "P9_12",
	// "gpiochip2:5"; "GND" and the like for pins that are no lines.
	Name string
	// Signal is what the maker of the chip calls it: "GPIO17", "GPIO1_28", "3V3".
	Signal string
	// Header and Number say where the pin is, numbers from 1; "" and 0 if it is on no
	// header.
	Header string
	Number int
	// Chip is the GPIO chip: its label ("pinctrl-bcm2711"), the name of the hardware
	// device behind it ("4804c000.gpio") or of its device node ("gpiochip0"). Offset is
	// the line's index on it. If Chip is "" the line is to be found by name.
	Chip   string
	Offset int
	// Line is the name of the line, on whichever chip has it, if Chip is "".
	Line string
	// Functions are what else the pin can be, such as "I2C1 SDA".
	Functions []string
	// Hazards are reasons to look twice before using the pin.
	Hazards []string
}

// IsLine reports whether the pin can be read or driven: power, ground and the like
// cannot.
func (p Pin) IsLine() bool { return p.Chip != "" || p.Line != "" }

// Same reports whether p and q are the same line as far as the tables can tell. That
// gpiochip0 is a chip with some label, and that a line has some name, only the running
// machine can tell.
func (p Pin) Same(q Pin) bool {
	return p.IsLine() && p.Chip == q.Chip && p.Offset == q.Offset && p.Line == q.Line
}

// String is the name, with the position if that is not in the name: "GPIO17 (J8 pin 11)".
func (p Pin) String() string {
	if p.Number == 0 || p.Name == p.position() {
		return p.Name
	}
	return p.Name + " (" + p.Header + " pin " + strconv.Itoa(p.Number) + ")"
}

func (p Pin) position() string { return p.Header + "_" + strconv.Itoa(p.Number) }

// IsGeneric reports whether b stands for a machine that is in no table.
func (b *Board) IsGeneric() bool { return b.lines }

// Resolve finds a pin by what a person calls it. Capitals and blanks do not matter:
//
//	GPIO17, GPIO1_28           the signal
//	pin 11                     the position on the only or main header
//	J8_11, P9_12, P9.12        header and position
//	gpiochip0:17               chip, by device node, and offset
//	pinctrl-bcm2711:17         chip, by label, and offset
//	line:RELAY1                the kernel's name of the line
//	RELAY1                     the same, on the generic board only, unless it looks
//	                           like a pin that was mistyped
//
// The error is an [*UnknownError] or, for a pin that is power, ground or the like, a
// [*NotLineError].
func (b *Board) Resolve(name string) (Pin, error) {
	if line, ok := cutPrefixFold(strings.TrimSpace(name), "line:"); ok {
		if line = strings.TrimSpace(line); line != "" {
			return Pin{Name: line, Line: line}, nil
		}
		return Pin{}, &UnknownError{Kind: "pin", Name: name, Board: b.Name, Reason: "no name after line:"}
	}
	key := strings.ToUpper(strings.Join(strings.Fields(name), ""))
	if p, ok := b.signals[key]; ok {
		return p, nil
	}
	if p, ok, err := b.byPosition(name, key); ok || err != nil {
		return p, err
	}
	if p, ok := b.byOffset(strings.TrimSpace(name)); ok {
		return p, nil
	}
	if line := strings.TrimSpace(name); b.lines && isLineName(line) && !b.mistyped(key) {
		return Pin{Name: line, Line: line}, nil
	}
	return Pin{}, b.unknown(name, key)
}

// byPosition reads "PIN11" and "P9_12".
func (b *Board) byPosition(name, key string) (p Pin, ok bool, err error) {
	if digits, found := strings.CutPrefix(key, "PIN"); found {
		n, isNumber := parseIndex(digits)
		if !isNumber {
			return p, false, nil
		}
		if len(b.Headers) > 1 && b.Headers[0].byPosition {
			var choices []string
			for _, h := range b.Headers {
				choices = append(choices, h.Name+"_"+strconv.Itoa(n))
			}
			return p, false, &UnknownError{
				Kind: "pin", Name: name, Board: b.Name, Reason: "the board has several headers", Suggestions: choices,
			}
		}
		p, err = b.at(&b.Headers[0], n, name)
		return p, err == nil, err
	}
	for i := range b.Headers {
		h := &b.Headers[i]
		rest, found := strings.CutPrefix(key, strings.ToUpper(h.Name))
		if !found || len(rest) < 2 || !strings.ContainsRune("_.-:", rune(rest[0])) {
			continue
		}
		if n, isNumber := parseIndex(rest[1:]); isNumber {
			p, err = b.at(h, n, name)
			return p, err == nil, err
		}
	}
	return p, false, nil
}

// at is pin n of h, if it is a line.
func (b *Board) at(h *Header, n int, name string) (Pin, error) {
	if n < 1 || n > len(h.Pins) {
		return Pin{}, &UnknownError{
			Kind: "pin", Name: name, Board: b.Name,
			Reason: "header " + h.Name + " has pins 1 to " + strconv.Itoa(len(h.Pins)),
		}
	}
	p := h.Pins[n-1]
	if !p.IsLine() {
		return Pin{}, &NotLineError{Name: name, Board: b.Name, Pin: p}
	}
	return p, nil
}

// byOffset reads "chip:offset". A line that is on a header comes with all that the
// tables know of it.
func (b *Board) byOffset(name string) (Pin, bool) {
	i := strings.LastIndexByte(name, ':')
	if i < 1 || strings.ContainsAny(name, " \t\r\n") {
		return Pin{}, false
	}
	offset, ok := parseIndex(name[i+1:])
	if !ok {
		return Pin{}, false
	}
	chip := name[:i]
	for _, p := range b.signals {
		if p.Chip == chip && p.Offset == offset {
			return p, true
		}
	}
	return Pin{Name: chip + ":" + strconv.Itoa(offset), Chip: chip, Offset: offset}, true
}

// maxOffset is more lines than any chip has: the kernel numbers lines with 16 bits.
const maxOffset = 1<<16 - 1

// parseIndex reads a pin number or an offset: digits only.
func parseIndex(s string) (int, bool) {
	if s == "" || strings.Trim(s, "0123456789") != "" {
		return 0, false
	}
	n, err := strconv.Atoi(s)
	return n, err == nil && n <= maxOffset
}

// isLineName keeps plain numbers and empty names from being taken for names of lines.
func isLineName(s string) bool { return strings.Trim(s, "0123456789 ") != "" }

// mistyped reports whether key looks like a pin of a header, which it is not, rather
// than like the name of a line.
func (b *Board) mistyped(key string) bool {
	prefix := strings.TrimRight(strings.TrimRight(key, "0123456789"), "_.-:")
	if prefix != key && slices.Contains([]string{"GPIO", "BCM", "PIN", "J8", "P1", "P8", "P9"}, prefix) {
		return true
	}
	return len(spelling.Nearest(key, b.lineNames(), far)) > 0
}

func cutPrefixFold(s, prefix string) (string, bool) {
	if len(s) < len(prefix) || !strings.EqualFold(s[:len(prefix)], prefix) {
		return s, false
	}
	return s[len(prefix):], true
}
