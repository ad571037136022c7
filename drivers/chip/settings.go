package chip

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/internal/spelling"
)

// settings are Settings that were checked, complete with the defaults.
type settings struct {
	words   map[string][]string // as Parameter.Choices has them
	numbers map[string]float64  // of parameters without choices
}

// list are the words of a parameter with choices, in the order in which they were given.
func (s settings) list(name string) []string { return s.words[name] }

// word is the one of a parameter that is no List.
func (s settings) word(name string) string { return s.words[name][0] }

// has reports whether word is one of a List.
func (s settings) has(name, word string) bool { return slices.Contains(s.words[name], word) }

// number is that of a parameter that has none but numbers to choose from.
func (s settings) number(name string) float64 {
	if x, ok := s.numbers[name]; ok {
		return x
	}
	x, err := strconv.ParseFloat(s.word(name), 64)
	if err != nil {
		panic("chip: parameter " + name + " has words to choose from, not numbers")
	}
	return x
}

// parseSettings checks s by the parameters. All that is wrong is reported, joined, in
// the order of the parameters.
func parseSettings(parameters []Parameter, s Settings) (settings, error) {
	parsed := settings{words: map[string][]string{}, numbers: map[string]float64{}}
	var errs []error
	known := make([]string, len(parameters))
	for i, p := range parameters {
		known[i] = p.Name
		words, given := s[p.Name]
		if !given {
			words = strings.Fields(p.Default)
		}
		if err := parsed.take(p, words, given); err != nil {
			errs = append(errs, &SettingError{p.Name, err})
		}
	}
	for _, name := range slices.Sorted(maps.Keys(s)) {
		if !slices.Contains(known, name) {
			errs = append(errs, &SettingError{name, noSetting(name, known)})
		}
	}
	return parsed, errors.Join(errs...)
}

// noSetting says that there is no setting of a name, and which there are.
func noSetting(name string, known []string) error {
	near := suggest(spelling.Nearest(name, known, far))
	if near == "" && len(known) > 0 {
		near = ": want one of " + strings.Join(known, ", ")
	}
	return errors.New("no such setting" + near)
}

// take stores what was said to p.
func (s *settings) take(p Parameter, words []string, given bool) error {
	switch {
	case p.List:
		for _, w := range words {
			choice, err := p.choose(w)
			switch {
			case err != nil:
				return err
			case s.has(p.Name, choice):
				return fmt.Errorf("%s twice", choice)
			}
			s.words[p.Name] = append(s.words[p.Name], choice)
		}
		return nil
	case !given && p.Required():
		return fmt.Errorf("must be given: %s", p.expected())
	case len(words) != 1:
		return fmt.Errorf("want one word: %s", p.expected())
	case p.Choices != nil:
		choice, err := p.choose(words[0])
		s.words[p.Name] = []string{choice}
		return err
	}
	x, ok := parseNumber(words[0], p.Units)
	if !ok || !(x >= p.Min && x <= p.Max) { // NaN neither
		return fmt.Errorf("%q: want %s", words[0], p.expected())
	}
	s.numbers[p.Name] = x
	return nil
}

// choose is the choice that a word names.
func (p *Parameter) choose(word string) (string, error) {
	x, isNumber := parseNumber(word, p.Units)
	for _, c := range p.Choices {
		if strings.EqualFold(c, word) {
			return c, nil
		}
		if y, err := strconv.ParseFloat(c, 64); err == nil && isNumber && x == y {
			return c, nil
		}
	}
	return "", fmt.Errorf("%q: want %s", word, p.expected())
}

// expected says what can be given.
func (p *Parameter) expected() string {
	units := ""
	if p.Units != "" {
		units = " " + p.Units
	}
	if p.Choices == nil {
		return fmt.Sprintf("a number from %v to %v%s", p.Min, p.Max, units)
	}
	if p.List {
		return "some of " + strings.Join(p.Choices, ", ") + units
	}
	return "one of " + strings.Join(p.Choices, ", ") + units
}

// prefixes are those of units: by what a number is multiplied, and divided.
var prefixes = map[string][2]float64{"": {1, 1}, "u": {1, 1e6}, "m": {1, 1e3}, "k": {1e3, 1}, "M": {1e6, 1}}

// parseNumber reads a number that may be followed by its units, with a prefix or
// without: "50", "50Hz", "0.05 kHz".
func parseNumber(text, units string) (float64, bool) {
	text = strings.TrimSpace(text)
	prefix := prefixes[""]
	if before, ok := strings.CutSuffix(text, units); ok && units != "" {
		number := strings.TrimRight(before, "umkM")
		known := false
		if prefix, known = prefixes[before[len(number):]]; !known {
			return 0, false
		}
		text = strings.TrimSpace(number)
	}
	x, err := strconv.ParseFloat(text, 64)
	return x * prefix[0] / prefix[1], err == nil // divided, 256m is exactly 0.256
}
