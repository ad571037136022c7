package main

import "os"

// isTerminal reports whether f is a terminal, or another device that somebody looks at.
func isTerminal(f *os.File) bool {
	info, err := f.Stat()
	return err == nil && info.Mode()&os.ModeCharDevice != 0
}

// coloured reports whether output is for a terminal that shows colours.
func (p *program) coloured() bool {
	no, _ := p.lookup("NO_COLOR") // no-color.org: set, and not empty
	term, _ := p.lookup("TERM")
	return p.terminal && no == "" && term != "dumb"
}

// paint gives text the look of an SGR parameter (ECMA-48) on a terminal with colours.
func (p *program) paint(look, text string) string {
	if !p.coloured() {
		return text
	}
	return "\x1b[" + look + "m" + text + "\x1b[0m"
}
