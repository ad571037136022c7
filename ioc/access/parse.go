package access

import (
	"fmt"
	"io"
	"math"
	"os"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/calc"
	"github.com/ioclet/ioclet/protocol"
)

// MaxFile is the largest access security file, in bytes.
const MaxFile = 1 << 20

// Load reads and parses the file path, see [Parse]. The error is [Problems], unless
// the file cannot be read.
func Load(path string, macros map[string]string) (*Rules, error) {
	if info, err := os.Stat(path); err == nil && !info.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is no file", path) // a pipe would have to be waited for
	}
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, MaxFile+1))
	if err != nil {
		return nil, err
	}
	return Parse(path, text, macros)
}

// Parse reads access security rules as EPICS base 7.0.10 does; file is their name in
// messages. $(X), ${X} and $(X=default) outside of comments are replaced by the
// values of macros. The error is [Problems], with everything that is wrong.
//
// As in base, blocks that it does not know are passed over, and so is a rule with an
// access right or a condition that it does not know; [Rules.Warnings] lists them.
func Parse(file string, text []byte, macros map[string]string) (*Rules, error) {
	var problems Problems
	if len(text) > MaxFile {
		return nil, Problems{{Pos: Pos{File: file}, What: fmt.Sprintf("the file is larger than %d MiB", MaxFile>>20)}}
	}
	s := newSource(file, string(text), &problems)
	s.expand(macros)
	p := parser{
		source: s, tokens: s.tokens(), problems: &problems,
		users: map[string]names{}, hosts: map[string]names{}, rules: &Rules{groups: map[string]*group{}},
	}
	p.file()
	if len(problems) > 0 {
		problems.sort()
		return nil, problems
	}
	p.rules.warnings.sort()
	return p.rules, nil
}

// names is a group of users or hosts.
type names map[string]bool

type parser struct {
	source   *source
	tokens   []token // the last is endOfFile
	next     int
	problems *Problems

	users, hosts map[string]names
	rules        *Rules
}

// unexpected ends the parsing of a block or of a part of one; it has been reported.
type unexpected struct{}

// attempt parses something; false if it is not to be understood.
func attempt(parse func()) (ok bool) {
	defer func() {
		if e := recover(); e != nil {
			if _, stopped := e.(unexpected); !stopped {
				panic(e)
			}
		}
	}()
	parse()
	return true
}

func (p *parser) peek() *token { return &p.tokens[p.next] }

func (p *parser) take() *token {
	t := p.peek()
	if t.kind != endOfFile {
		p.next++
	}
	return t
}

func (p *parser) problem(at *token, expected, format string, args ...any) {
	p.problems.add(Problem{Pos: p.source.pos(at.at), What: fmt.Sprintf(format, args...), Expected: expected})
}

func (p *parser) warn(at *token, format string, args ...any) {
	p.warnAt(p.source.pos(at.at), format, args...)
}

func (p *parser) warnAt(at Pos, format string, args ...any) {
	p.rules.warnings.add(Problem{Pos: at, What: fmt.Sprintf(format, args...)})
}

// stop reports what does not fit and gives the block up.
func (p *parser) stop(expected string) {
	t := p.peek()
	p.problem(t, expected, "%v", t)
	panic(unexpected{})
}

// want takes a sign.
func (p *parser) want(text string) {
	if !p.peek().is(text) {
		p.stop(strconv.Quote(text))
	}
	p.take()
}

// accept takes a sign if it is there.
func (p *parser) accept(text string) bool {
	if p.peek().is(text) {
		p.take()
		return true
	}
	return false
}

// word takes a bare or quoted word.
func (p *parser) word(expected string) *token {
	if p.peek().kind != word {
		p.stop(expected)
	}
	return p.take()
}

// words takes words with commas between them, up to the sign that ends them.
func (p *parser) words(expected, end string, f func(*token)) {
	for {
		f(p.word(expected))
		if !p.accept(",") {
			break
		}
	}
	if !p.peek().is(end) {
		p.stop(`"," or ` + strconv.Quote(end))
	}
	p.take()
}

const topLevel = "UAG, HAG or ASG"

// file parses all blocks, going on behind those that have mistakes.
func (p *parser) file() {
	if p.peek().kind == endOfFile && len(*p.problems) == 0 {
		p.problem(p.peek(), topLevel, "nothing")
	}
	for p.peek().kind != endOfFile && len(*p.problems) < maxProblems {
		if !attempt(p.block) {
			p.nextBlock()
		}
	}
	if p.rules.groups[defaultGroup] == nil {
		p.rules.groups[defaultGroup] = &group{name: defaultGroup}
	}
}

// block parses one block.
func (p *parser) block() {
	switch t := p.peek(); {
	case t.is("UAG"):
		p.members("User", "user", p.users, func(s string) string { return s })
	case t.is("HAG"):
		p.members("Host", "host", p.hosts, strings.ToLower)
	case t.is("ASG"):
		p.group()
	case t.kind == word:
		p.warn(t, "%v is not known and passed over", t)
		p.take()
		p.anything()
	default:
		p.stop(topLevel)
	}
}

// nextBlock goes on to where the next block seems to begin.
func (p *parser) nextBlock() {
	for t := p.peek(); !p.atEnd() && !((t.is("UAG") || t.is("HAG")) && t.depth == 0); t = p.peek() {
		p.take()
	}
}

// nextItem goes on to where the next item of a group at that depth of braces seems to
// begin, or to its end.
func (p *parser) nextItem(depth int) {
	for t := p.peek(); !(t.depth == depth && isItem(t)) && !(t.depth < depth && t.is("}")); t = p.peek() {
		if p.atEnd() {
			panic(unexpected{})
		}
		p.take()
	}
}

func isItem(t *token) bool { return t.is("RULE") || t.kind == keyword && inputIndex(t.text) >= 0 }

// atEnd reports whether a block cannot go on.
func (p *parser) atEnd() bool { return p.peek().kind == endOfFile || p.peek().is("ASG") }

// members parses UAG(name) {user, …} or HAG(name) {host, …}.
func (p *parser) members(kind, member string, groups map[string]names, normal func(string) string) {
	p.take()
	p.want("(")
	name := p.word("the group's name")
	p.want(")")
	if groups[name.text] != nil {
		p.problem(name, "", "%s access group %v is there already", strings.ToLower(kind), name)
	}
	list := names{}
	if p.accept("{") {
		p.words("the name of a "+member, "}", func(t *token) {
			n := normal(t.text)
			if list[n] {
				p.warn(t, "%s %v is in the group twice", member, t)
			}
			list[n] = true
		})
	}
	groups[name.text] = list
}

// group parses ASG(name) {…}.
func (p *parser) group() {
	p.take()
	p.want("(")
	name := p.word("the group's name")
	p.want(")")
	if g := p.rules.groups[name.text]; g != nil && (name.text != defaultGroup || !g.empty()) {
		p.problem(name, "", "access security group %v is there already", name)
	}
	g := &group{name: name.text}
	p.rules.groups[name.text] = g
	depth := p.peek().depth + 1
	if !p.accept("{") {
		return
	}
	for first := true; first || !p.accept("}"); first = false {
		if !attempt(func() { p.item(g) }) {
			p.nextItem(depth)
		}
	}
	for i := range g.rules {
		r := &g.rules[i]
		if r.calc != nil && r.uses&g.declared() == 0 {
			p.warnAt(r.at, "CALC(%q) uses none of the group's inputs, so that it is never true", r.calc)
		}
	}
}

// item parses one rule or input of a group.
func (p *parser) item(g *group) {
	switch t := p.peek(); {
	case !isItem(t):
		p.stop("RULE or INPA to INPU")
	case t.is("RULE"):
		p.rule(g)
	default:
		p.input(g)
	}
}

// input parses INPA(pv).
func (p *parser) input(g *group) {
	t := p.take()
	p.want("(")
	name := p.word("the name of a PV")
	p.want(")")
	i := inputIndex(t.text)
	if g.inputs[i].PV != "" {
		p.warn(t, "%s is there already, the last counts", t.text)
	}
	g.inputs[i] = Input{Group: g.name, PV: name.text, Pos: p.source.pos(name.at)}
}

// rights are the words of a RULE for what it grants.
var rights = map[string]protocol.Access{
	"NONE": 0, "READ": protocol.AccessRead, "WRITE": protocol.AccessRead | protocol.AccessWrite,
}

// rule parses RULE(level, right) and its conditions.
func (p *parser) rule(g *group) {
	r := rule{at: p.source.pos(p.take().at)}
	p.want("(")
	r.level = p.level()
	p.want(",")
	right := p.word("NONE, READ or WRITE")
	access, known := rights[right.text]
	r.access = access
	if !known {
		p.warn(right, "the right %v is not known, the rule is passed over", right)
	}
	if p.accept(",") {
		switch t := p.word("TRAPWRITE or NOTRAPWRITE"); t.text {
		case "TRAPWRITE":
			r.trap = true
		case "NOTRAPWRITE":
		default:
			p.problem(t, "TRAPWRITE or NOTRAPWRITE", "%v", t)
		}
	}
	if !p.peek().is(")") {
		p.stop(`"," or ")"`)
	}
	p.take()
	if p.accept("{") {
		for first := true; first || !p.accept("}"); first = false {
			known = p.condition(&r) && known
		}
	}
	if known {
		g.rules = append(g.rules, r)
	}
}

func (p *parser) level() int {
	t := p.peek()
	if t.kind != integer {
		p.stop("the rule's level, 0 or 1")
	}
	p.take()
	n, err := strconv.ParseInt(t.text, 10, 64)
	if err != nil || n < 0 || n > math.MaxInt32 {
		p.problem(t, "0 or 1", "level %s", t.text)
	}
	return int(int32(n))
}

// condition parses UAG(…), HAG(…) or CALC(…) of a rule; false if it is something that
// is not known.
func (p *parser) condition(r *rule) bool {
	t := p.peek()
	if t.kind != word && t.kind != keyword {
		p.stop("UAG, HAG or CALC")
	}
	p.take()
	switch {
	case t.is("UAG"):
		r.users = p.union(r.users, "user", p.users)
	case t.is("HAG"):
		r.hosts = p.union(r.hosts, "host", p.hosts)
	case t.is("CALC"):
		p.want("(")
		expr := p.word("an expression, in quotes")
		p.want(")")
		p.calc(r, expr)
	default:
		p.warn(t, "the condition %v is not known, the rule is passed over", t)
		p.anything()
		return false
	}
	return true
}

// union parses (group, …) and adds their members to those of a rule.
func (p *parser) union(all names, kind string, groups map[string]names) names {
	if all == nil {
		all = names{}
	}
	p.want("(")
	p.words("the name of a "+kind+" access group", ")", func(t *token) {
		if groups[t.text] == nil {
			p.problem(t, "one that stands above", "no %s access group %v", kind, t)
		}
		for n := range groups[t.text] {
			all[n] = true
		}
	})
	return all
}

// calc compiles the expression of a rule.
func (p *parser) calc(r *rule, expr *token) {
	program, err := calc.Compile(expr.text, calc.Options{})
	switch {
	case err != nil:
		p.problem(expr, "", "%v", err)
		return
	case len(program.Writes()) > 0:
		p.problem(expr, "", "expression %q assigns", expr.text)
		return
	}
	r.calc, r.uses = program, 0
	for _, i := range program.Reads() {
		r.uses |= 1 << i
	}
}

// anything passes over (…) and {…} of something that is not known (base does so, for
// what later versions may bring).
func (p *parser) anything() {
	p.want("(")
	if !p.accept(")") {
		p.list(")")
	}
	if p.accept("{") {
		if after := p.tokens[min(p.next+1, len(p.tokens)-1)]; !after.is("(") {
			p.list("}")
			return
		}
		for first := true; first || !p.accept("}"); first = false {
			if t := p.peek(); t.kind != word && t.kind != keyword {
				p.stop("a word")
			}
			p.take()
			p.anything()
		}
	}
}

// list passes over words and numbers with commas between them.
func (p *parser) list(end string) {
	for {
		if t := p.peek(); t.kind == endOfFile || t.kind == sign {
			p.stop("a word or a number")
		}
		p.take()
		if !p.accept(",") {
			break
		}
	}
	p.want(end)
}
