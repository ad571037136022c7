package filter

import (
	"slices"
	"strings"
)

// Limits of what a client may write behind a field's name, all of which a channel keeps.
// EPICS base has none.
const (
	maxText    = 1024 // bytes: no name that libca searches for by UDP is longer
	maxFilters = 8    // each costs a subscription some 100 bytes
	maxDepth   = 16   // braces within braces
)

// parser makes filters of a text.
type parser struct {
	lexer
	states  *States
	filters []filter
}

// parse reads "", "[…]", "{…}" or "[…]{…}".
func parse(text string, states *States) ([]filter, error) {
	p := parser{lexer: lexer{text: text}, states: states}
	if len(text) > maxText {
		return nil, p.fault(maxText, "it is too long")
	}
	if strings.HasPrefix(text, "[") {
		if err := p.slice(); err != nil {
			return nil, err
		}
	}
	if strings.HasPrefix(text[p.pos:], "{") {
		if err := p.braces(); err != nil {
			return nil, err
		}
	}
	if p.pos < len(text) {
		return nil, p.fault(p.pos, "a filter begins with [ or {, and there are no more than one of each")
	}
	return p.filters, nil
}

// slice reads [index], [start:end] or [start:step:end], of which any but a lone index
// may be left out.
func (p *parser) slice() error {
	f := arr{start: 0, step: 1, end: -1}
	p.pos++
	first, given, mark := p.bound()
	switch {
	case mark == ']' && given:
		f.start, f.end = first, first
		return p.add(f)
	case mark != ':':
		return p.fault(p.pos, "an index, or a range such as 1:3, and ] are expected")
	case given:
		f.start = first
	}
	second, given, mark := p.bound()
	if mark == ']' {
		if given {
			f.end = second
		}
		return p.add(f)
	}
	if given {
		f.step = second
	}
	if mark == ':' {
		third, given, mark := p.bound()
		if given {
			f.end = third
		}
		if mark == ']' {
			return p.add(f)
		}
	}
	return p.fault(p.pos, "] is expected")
}

// bound reads an integer, which may be missing, and the mark behind it. The integer is
// cut to 32 bits.
func (p *parser) bound() (x int32, given bool, mark byte) {
	y, n := cInteger(p.text[p.pos:])
	if p.pos += n; p.pos == len(p.text) {
		return 0, false, 0
	}
	mark = p.text[p.pos]
	if mark == ':' || mark == ']' {
		p.pos++
	}
	return int32(y), n > 0, mark
}

func (p *parser) add(f filter) error {
	if len(p.filters) == maxFilters {
		return p.fault(p.pos, "too many filters")
	}
	p.filters = append(p.filters, f)
	return nil
}

// braces reads {name: {…}, …} and what white space and comments follow.
func (p *parser) braces() error {
	p.pos++
	err := p.block(func(name, value token) error {
		if value.kind != '{' {
			return p.fault(value.at, "a filter's settings stand in braces")
		}
		f := settingsOf(name.text)
		if f == nil {
			return p.fault(name.at, "there is no such filter")
		}
		if err := p.settings(1, f); err != nil {
			return err
		}
		made, reason := f.finish(p.states)
		if reason != "" {
			return p.fault(name.at, reason)
		}
		return p.add(made)
	})
	if err != nil {
		return err
	}
	return p.space(true)
}

// settings reads the rest of a filter's {key: value, …}. Braces in the place of a value
// change nothing: what is in them belongs to the filter all the same.
func (p *parser) settings(depth int, f settings) error {
	if depth > maxDepth {
		return p.fault(p.pos, "braces are nested too deeply")
	}
	keys := f.keys()
	return p.block(func(key, value token) error {
		i := slices.IndexFunc(keys, func(k string) bool { return strings.HasPrefix(k, key.text) })
		switch {
		case i < 0:
			return p.fault(key.at, "the filter has no such setting")
		case value.kind == '{':
			return p.settings(depth+1, f)
		}
		return f.set(keys[i], argument{&p.lexer, value})
	})
}

// block reads the rest of {key: value, …}, behind the brace. The value that each is
// called with is a scalar, or an opening brace of which it reads the rest.
func (p *parser) block(each func(key, value token) error) error {
	for {
		key, err := p.next()
		switch {
		case err != nil:
			return err
		case key.kind == '}':
			return nil
		case key.text == "" && key.kind != tokText:
			return p.fault(key.at, "a key or } is expected")
		}
		colon, err := p.next()
		if err != nil {
			return err
		}
		if colon.kind != ':' {
			return p.fault(colon.at, ": is expected")
		}
		value, err := p.next()
		if err != nil {
			return err
		}
		switch value.kind {
		case tokText, tokInteger, tokNumber, tokBool, tokNull, '{':
		default:
			return p.fault(value.at, "a value is expected")
		}
		if err := each(key, value); err != nil {
			return err
		}
		comma, err := p.next()
		switch {
		case err != nil:
			return err
		case comma.kind == '}':
			return nil
		case comma.kind != ',':
			return p.fault(comma.at, ", or } is expected")
		}
	}
}
