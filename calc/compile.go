package calc

import (
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/internal/spelling"
)

// maxOperators is the depth of base's operator stack.
const maxOperators = 79

// compiler puts the operators of a text behind their operands (Dijkstra's
// shunting yard), keeping book as base does so that it finds the same errors.
type compiler struct {
	src      string
	pos      int
	opts     *Options
	extended bool
	funcs    map[string]Func

	code  []instr
	calls []call
	stack []token // operators that wait for their operand
	depth int     // values on the stack when the code so far has run
	conds int     // ? without : so far
	needs bool    // an operand comes next
}

func (c *compiler) fail(at int, code Code, reason string) error {
	return &Error{Expr: c.src, Column: at + 1, Code: code, Reason: reason}
}

func (c *compiler) run() error {
	switch {
	case c.src == "":
		return c.fail(0, Empty, "")
	case len(c.src) > MaxLength:
		return c.fail(MaxLength, Overflow, "longer than "+strconv.Itoa(MaxLength)+" bytes")
	}
	c.needs = true
	for {
		for c.pos < len(c.src) && isSpace(c.src[c.pos]) {
			c.pos++
		}
		if c.pos >= len(c.src) {
			break
		}
		t, err := c.next()
		if err != nil {
			return err
		}
		if err := c.take(t); err != nil {
			return err
		}
		switch {
		case c.depth < 0:
			return c.fail(t.at, Underflow, "")
		case c.depth >= MaxStack || len(c.stack) > maxOperators:
			return c.fail(t.at, Overflow, "")
		}
	}
	if err := c.popAll(); err != nil {
		return err
	}
	switch {
	case c.conds != 0:
		return c.fail(c.pos, BadConditional, "")
	case c.needs || c.depth != 1:
		return c.fail(c.pos, Incomplete, c.incomplete())
	}
	return c.link()
}

func (c *compiler) incomplete() string {
	switch {
	case c.needs:
		return "the expression ends where an operand is expected"
	case c.depth > 1:
		return "more than one result, or a function with too many arguments"
	default:
		return "no result, or a function with too few arguments"
	}
}

// next is the token at pos.
func (c *compiler) next() (token, error) {
	at := c.pos
	src := c.src[at:]
	if !c.needs {
		t, ok := find([][]token{operators}, src, c.extended)
		if !ok {
			return t, c.fail(at, BadSyntax, "expected an operator, found "+quoteToken(src))
		}
		t.at = at
		c.pos += len(t.name)
		return t, nil
	}
	if isDigit(src[0]) || src[0] == '.' {
		return c.number(src)
	}
	if src[0] == ')' && c.atEmptyCall() {
		c.pos++
		return token{name: ")", class: emptyCall, at: at}, nil
	}
	if c.extended && (isLetter(src[0]) || src[0] == '{') {
		return c.name(src)
	}
	t, ok := find([][]token{prefixes, constants, letters, literalWords}, src, false)
	switch {
	case !ok:
		return t, c.fail(at, BadSyntax, "expected an operand, found "+quoteToken(src))
	case t.class == number:
		return c.number(src)
	}
	t.at = at
	c.pos += len(t.name)
	return t, nil
}

// atEmptyCall reports whether the parenthesis just opened is that of a caller's
// function, which may have no arguments.
func (c *compiler) atEmptyCall() bool {
	n := len(c.stack)
	return n >= 2 && c.stack[n-1].op == opNone && c.stack[n-1].effect == 0 && c.stack[n-2].call != nil &&
		strings.TrimSpace(c.src[c.stack[n-1].at+1:c.pos]) == ""
}

// quoteToken is the word or character that src begins with.
func quoteToken(src string) string {
	if n := nameEnd(src); n > 0 {
		return src[:n]
	}
	for i := range src {
		if i > 0 {
			return src[:i]
		}
	}
	return src
}

// letters are the variables of EPICS mode; literalWords begin a number.
var (
	letters = func() []token {
		list := make([]token, MaxVars)
		for i := range list {
			list[i] = token{name: string(rune('A' + i)), op: opFetch, effect: 1, n: i}
		}
		return list
	}()
	literalWords = []token{{name: "INF", class: number}, {name: "NAN", class: number}}
)

func (c *compiler) number(src string) (token, error) {
	at := c.pos
	n, hex := numberEnd(src)
	v, ok := parseNumber(src[:n], hex)
	if !ok {
		return token{}, c.fail(at, BadLiteral, "")
	}
	c.pos += n
	if c.extended {
		if u := nameEnd(src[n:]); u > 0 {
			scale, ok := units[src[n:n+u]]
			if !ok {
				return token{}, c.fail(c.pos, BadLiteral, "unknown unit "+src[n:n+u]+", expected h, m, s, ms, us or ns")
			}
			v *= scale
			c.pos += u
		}
	}
	return token{op: opLiteral, effect: 1, v: v, at: at}, nil
}

// name is a name of the extended language.
func (c *compiler) name(src string) (token, error) {
	at := c.pos
	if src[0] == '{' {
		end := strings.IndexByte(src, '}')
		if end < 0 {
			return token{}, c.fail(at, BadSyntax, "{ without }")
		}
		c.pos += end + 1
		name := strings.TrimSpace(src[1:end])
		if t, ok, err := c.variable(at, name); ok || err != nil {
			return t, err
		}
		return token{}, c.unknown(at, name, "variable", slices.Clone(c.opts.Names))
	}
	n := nameEnd(src)
	name := src[:n]
	c.pos += n
	word, builtin := find([][]token{prefixes, constants, literalWords}, src, true)
	word.at = at
	if strings.EqualFold(name, "NOT") {
		return word, nil
	}
	if strings.HasPrefix(strings.TrimLeft(src[n:], " \t"), "(") {
		if f, ok := c.funcs[strings.ToLower(name)]; ok {
			return token{name: name, class: variadic, op: opCall, stack: 7, income: 8, call: &pending{name, f}, at: at}, nil
		}
		if builtin && (word.class == prefix || word.class == variadic) {
			return word, nil
		}
		return token{}, c.unknown(at, name, "function", c.functionNames())
	}
	if t, ok, err := c.variable(at, name); ok || err != nil {
		return t, err
	}
	switch {
	case !builtin:
		return token{}, c.unknown(at, name, "name", c.operandNames())
	case word.class == number:
		c.pos = at
		return c.number(src)
	}
	return word, nil
}

func (c *compiler) variable(at int, name string) (t token, ok bool, err error) {
	i := slices.Index(c.opts.Names, name)
	ok = i >= 0
	if !ok && c.opts.Resolve != nil {
		i, ok = c.opts.Resolve(name)
	}
	if ok && (i < 0 || i >= MaxNames) {
		return t, false, c.fail(at, Overflow, "too many variables")
	}
	return token{name: name, op: opFetch, effect: 1, n: i, at: at}, ok, nil
}

// unknown says that a name is not known, which one may be meant, and sorts known.
func (c *compiler) unknown(at int, name, what string, known []string) error {
	err := &Error{Expr: c.src, Column: at + 1, Code: BadSyntax, Reason: "unknown " + what + " " + name}
	slices.Sort(known)
	if near := spelling.Nearest(name, known, 1+len(name)/3); len(near) > 0 {
		err.Suggestion = near[0]
	}
	return err
}

func (c *compiler) functionNames() []string {
	var names []string
	for name := range c.opts.Funcs {
		names = append(names, name)
	}
	for _, t := range prefixes {
		if isLetter(t.name[0]) {
			names = append(names, t.name)
		}
	}
	return names
}

func (c *compiler) operandNames() []string {
	names := slices.Clone(c.opts.Names)
	for _, t := range constants {
		names = append(names, t.name)
	}
	return names
}

func lowerKeys(funcs map[string]Func) map[string]Func {
	lower := make(map[string]Func, len(funcs))
	for name, f := range funcs {
		lower[strings.ToLower(name)] = f
	}
	return lower
}

// take handles one token.
func (c *compiler) take(t token) error {
	switch t.class {
	case operand:
		c.code = append(c.code, instr{op: t.op, n: t.n, v: t.v})
		c.depth += t.effect
		c.needs = false
	case assign:
		return c.assign(t)
	case prefix, variadic:
		if err := c.popWhile(func(top *token) bool { return top.stack >= t.income }); err != nil {
			return err
		}
		c.stack = append(c.stack, t)
	case infix:
		if err := c.popWhile(func(top *token) bool { return top.stack >= t.income }); err != nil {
			return err
		}
		c.stack = append(c.stack, t)
		c.needs = true
	case comma:
		if err := c.popToParen(t, BadSeparator); err != nil {
			return err
		}
		c.stack[len(c.stack)-1].effect--
		c.needs = true
	case closing:
		return c.close(t)
	case emptyCall:
		c.stack = c.stack[:len(c.stack)-1]
		c.stack[len(c.stack)-1].effect = 1
		c.needs = false
	case question, colon:
		return c.conditional(t)
	case terminator:
		return c.terminate(t)
	}
	return nil
}

// assign turns the variable just read into the target of a store.
func (c *compiler) assign(t token) error {
	last := len(c.code) - 1
	if last < 0 || len(c.stack) > 0 || c.code[last].op != opFetch {
		return c.fail(t.at, BadAssignment, "")
	}
	t.n = c.code[last].n
	c.code = c.code[:last]
	c.stack = append(c.stack, t)
	c.depth--
	c.needs = true
	return nil
}

func (c *compiler) close(t token) error {
	if err := c.popToParen(t, ParenNotOpen); err != nil {
		return err
	}
	paren := c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
	// A function of several arguments takes as many as the parenthesis held.
	if n := len(c.stack); n > 0 && c.stack[n-1].class == variadic {
		c.stack[n-1].effect = paren.effect
	}
	return nil
}

func (c *compiler) conditional(t token) error {
	if err := c.popWhile(func(top *token) bool { return top.stack > t.income }); err != nil {
		return err
	}
	c.code = append(c.code, instr{op: t.op})
	c.depth += t.effect
	if t.class == question {
		c.conds++
	} else {
		if c.conds--; c.conds < 0 {
			return c.fail(t.at, BadConditional, "")
		}
		c.stack = append(c.stack, token{name: "?:", class: colon, op: opEnd, at: t.at})
	}
	c.needs = true
	return nil
}

func (c *compiler) terminate(t token) error {
	if err := c.popAll(); err != nil {
		return err
	}
	switch {
	case c.conds != 0:
		return c.fail(t.at, BadConditional, "")
	case c.depth > 1:
		return c.fail(t.at, TooMany, "")
	}
	c.needs = true
	return nil
}

// pop moves the top operator to the code.
func (c *compiler) pop() error {
	t := c.stack[len(c.stack)-1]
	c.stack = c.stack[:len(c.stack)-1]
	c.depth += t.effect
	in := instr{op: t.op, n: t.n}
	if t.class == variadic {
		in.n = 1 - t.effect
	}
	if t.call != nil {
		if reason := t.call.f.check(t.call.name, in.n); reason != "" {
			return c.fail(t.at, BadSyntax, reason)
		}
		c.calls = append(c.calls, call{f: t.call.f.New(), n: in.n})
		in.n = len(c.calls) - 1
	}
	c.code = append(c.code, in)
	return nil
}

func (c *compiler) popWhile(more func(*token) bool) error {
	for len(c.stack) > 0 && more(&c.stack[len(c.stack)-1]) {
		if err := c.pop(); err != nil {
			return err
		}
	}
	return nil
}

// popToParen pops until the open parenthesis that t belongs to is on top.
func (c *compiler) popToParen(t token, missing Code) error {
	if err := c.popWhile(func(top *token) bool { return top.op != opNone }); err != nil {
		return err
	}
	if len(c.stack) == 0 {
		return c.fail(t.at, missing, "")
	}
	return nil
}

func (c *compiler) popAll() error {
	for len(c.stack) > 0 {
		if t := c.stack[len(c.stack)-1]; t.op == opNone {
			return c.fail(t.at, ParenOpen, "")
		}
		if err := c.pop(); err != nil {
			return err
		}
	}
	return nil
}
