package boards

import (
	"embed"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"sync"

	"github.com/ioclet/ioclet/internal/spelling"
)

//go:embed data/*.txt
var data embed.FS

// generic is the name of the board that a machine is if no table knows it.
const generic = "generic"

// entry is a line of boards.txt.
type entry struct {
	board     *Board
	types     []uint32 // type fields of new-style revision codes
	revisions []uint32 // old-style revision codes
}

// tables holds all boards; made once, then only read.
var tables = sync.OnceValue(func() []entry {
	t, err := load()
	if err != nil {
		panic("boards: " + err.Error()) // a broken embedded file: every test would have found it
	}
	return t
})

// Names lists the boards, in the order of the table.
func Names() []string {
	var names []string
	for _, e := range tables() {
		names = append(names, e.board.Name)
	}
	return names
}

// ByName is the board of that name, an [*UnknownError] if there is none.
func ByName(name string) (*Board, error) {
	key := strings.ToLower(strings.TrimSpace(name))
	for _, e := range tables() {
		if e.board.Name == key {
			return e.board, nil
		}
	}
	err := &UnknownError{Kind: "board", Name: name, Suggestions: spelling.Nearest(key, Names(), far)}
	if len(err.Suggestions) == 0 {
		for _, n := range Names() {
			if key != "" && strings.Contains(n, key) {
				err.Suggestions = append(err.Suggestions, n)
			}
		}
	}
	return nil, err
}

// Generic is the board of a machine that is in no table.
func Generic() *Board {
	b, err := ByName(generic)
	if err != nil {
		panic("boards: " + err.Error())
	}
	return b
}

// load reads all tables.
func load() ([]entry, error) {
	rows, err := lines("boards.txt")
	if err != nil {
		return nil, err
	}
	var all []entry
	for _, row := range rows {
		cells := strings.Split(row, "|")
		if len(cells) != 5 {
			return nil, fmt.Errorf("boards.txt: %q: want 5 cells", row)
		}
		for i := range cells {
			cells[i] = strings.TrimSpace(cells[i])
		}
		e := entry{board: &Board{Name: cells[0], Model: cells[1], signals: map[string]Pin{}}}
		for _, code := range strings.FieldsFunc(cells[2], func(r rune) bool { return r == ',' || r == ' ' }) {
			n, err := strconv.ParseUint(code, 16, 32)
			if err != nil {
				return nil, fmt.Errorf("boards.txt: %q: %w", row, err)
			}
			if len(code) == 2 {
				e.types = append(e.types, uint32(n))
			} else {
				e.revisions = append(e.revisions, uint32(n))
			}
		}
		buses, err := e.board.readGPIO("gpio-" + cells[4] + ".txt")
		if err != nil {
			return nil, err
		}
		if err := e.board.readHeaders("header-" + cells[3] + ".txt"); err != nil {
			return nil, err
		}
		if err := e.board.wire(buses); err != nil {
			return nil, fmt.Errorf("%s: %w", cells[0], err)
		}
		all = append(all, e)
	}
	return all, nil
}

// readGPIO reads which signal is which line, and what it says of buses. The pins get
// their places later.
func (b *Board) readGPIO(file string) (buses []busLine, err error) {
	rows, err := lines(file)
	if err != nil {
		return nil, err
	}
	chip := ""
	for _, row := range rows {
		row, hazard, dangerous := strings.Cut(row, " ! ")
		f := strings.Fields(row)
		switch {
		case f[0] == "chip" && len(f) == 2:
			chip = f[1]
		case f[0] == "lines" && len(f) == 1:
			b.lines = true
		case f[0] == "bus" && len(f) >= 3:
			buses = append(buses, busLine{f[1], f[2:]})
		case b.lines && len(f) == 1:
			b.signals[f[0]] = Pin{Signal: f[0], Line: f[0]}
		case chip != "" && len(f) >= 2:
			offset, ok := parseIndex(f[1])
			if !ok {
				return nil, fmt.Errorf("%s: %q: bad offset", file, row)
			}
			p := Pin{Signal: f[0], Chip: chip, Offset: offset}
			for _, function := range f[2:] {
				p.Functions = append(p.Functions, strings.ReplaceAll(function, "_", " "))
			}
			if dangerous {
				p.Hazards = []string{hazard}
			}
			b.signals[f[0]] = p
		default:
			return nil, fmt.Errorf("%s: %q: not understood", file, row)
		}
	}
	for _, bus := range buses {
		for _, pin := range bus.pins {
			if _, ok := b.signals[strings.TrimSuffix(pin, "?")]; !ok {
				return nil, fmt.Errorf("%s: bus %s: no pin %s", file, bus.name, pin)
			}
		}
	}
	return buses, nil
}

// readHeaders reads where the signals are, and drops signals that are on no header.
func (b *Board) readHeaders(file string) error {
	rows, err := lines(file)
	if err != nil {
		return err
	}
	wired := map[string]Pin{}
	for _, row := range rows {
		row, hazard, _ := strings.Cut(row, " ! ")
		f := strings.Fields(row)
		if len(f) == 3 && f[0] == "header" {
			b.Headers = append(b.Headers, Header{Name: f[1], byPosition: f[2] == "position"})
			continue
		}
		if len(f) != 2 || len(b.Headers) == 0 {
			return fmt.Errorf("%s: %q: not understood", file, row)
		}
		h := &b.Headers[len(b.Headers)-1]
		if f[0] != strconv.Itoa(len(h.Pins)+1) {
			return fmt.Errorf("%s: %q: out of order", file, row)
		}
		p, isLine := b.signals[f[1]]
		p.Name, p.Signal, p.Header, p.Number = f[1], f[1], h.Name, len(h.Pins)+1
		if hazard != "" {
			p.Hazards = append([]string{hazard}, p.Hazards...)
		}
		if isLine && h.byPosition {
			p.Name = p.position()
		}
		h.Pins = append(h.Pins, p)
		if isLine {
			wired[strings.ToUpper(f[1])] = p
		}
	}
	b.signals = wired
	return nil
}

// lines are the lines of a data file without comments and empty ones.
func lines(file string) ([]string, error) {
	text, err := data.ReadFile("data/" + file)
	if err != nil {
		return nil, err
	}
	all := strings.Split(string(text), "\n")
	return slices.DeleteFunc(all, func(s string) bool { return strings.TrimSpace(s) == "" || s[0] == '#' }), nil
}
