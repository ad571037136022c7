package filter

import (
	"math"
	"strings"
)

// argument is a value in a filter's braces.
type argument struct {
	lex *lexer
	token
}

func (a argument) fault(reason string) *Error { return a.lex.fault(a.at, reason) }

// exactInteger is an integer that is written as one.
func (a argument) exactInteger() (int32, error) {
	if a.kind != tokInteger {
		return 0, a.fault("an integer is expected")
	}
	return a.inRange(a.integer)
}

func (a argument) inRange(x int64) (int32, error) {
	if int64(int32(x)) != x {
		return 0, a.fault("no integer of 32 bits")
	}
	return int32(x), nil
}

// toInteger is whatever can be made an integer: a number is cut, of a text the integer
// at its front is taken, true is 1.
func (a argument) toInteger() (int32, error) {
	switch a.kind {
	case tokInteger, tokBool:
		return a.inRange(a.integer)
	case tokNumber:
		switch {
		case a.number != a.number:
			return math.MinInt32, nil // as the C server, where it runs on x86
		case a.number >= math.MinInt32 && a.number <= math.MaxInt32:
			return int32(a.number), nil
		}
		return 0, a.fault("no integer of 32 bits")
	case tokText:
		if x, n := cInteger(a.text); n > 0 {
			return a.inRange(x)
		}
	}
	return 0, a.fault("an integer is expected")
}

// toNumber is whatever can be made a number.
func (a argument) toNumber() (float64, error) {
	switch a.kind {
	case tokInteger, tokBool:
		x, err := a.inRange(a.integer)
		return float64(x), err
	case tokNumber:
		return a.number, nil
	case tokText:
		if x, ok := cNumber(a.text); ok {
			return x, nil
		}
	}
	return 0, a.fault("a number is expected")
}

// word is a text.
func (a argument) word() (string, error) {
	if a.kind != tokText {
		return "", a.fault("a string is expected")
	}
	return a.text, nil
}

// choice is the index of a word in choices: the first that it is, or that it begins.
func (a argument) choice(choices ...string) (int, error) {
	if a.kind == tokText {
		for i, c := range choices {
			if strings.HasPrefix(c, a.text) {
				return i, nil
			}
		}
	}
	return 0, a.fault("one of " + strings.Join(choices, ", ") + " is expected")
}

// toChoice is choice, or the index itself.
func (a argument) toChoice(choices ...string) (int, error) {
	if a.kind == tokInteger && a.integer >= 0 && a.integer < int64(len(choices)) {
		return int(a.integer), nil
	}
	return a.choice(choices...)
}
