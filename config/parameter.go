package config

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ioclet/ioclet/format"
)

// parameter is a value of an instrument file's parameter.
type parameter struct {
	text string
	arg  format.Arg // for {NAME:%…}
}

var parameterName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

// parameters checks the parameters of an instrument file and what is given for them. It
// reports false if some have no value.
func (d *decoder) parameters(tree *yaml.Node, u *use) (values map[string]parameter, ok bool) {
	before := len(*d.problems)
	var declared ordered[parameterKeys]
	d.mapping(tree, func(k, v *yaml.Node) {
		if k.Value == "parameters" {
			declared.decode(d, v)
		}
	})
	given := map[string]key[literal]{}
	var names []string
	for _, w := range u.with {
		given[w.Name] = w.Value
	}
	values, is := map[string]parameter{}, map[string]bool{}
	for _, p := range declared {
		names, is[p.Name] = append(names, p.Name), true
		if p.Bad {
			continue
		}
		if !parameterName.MatchString(p.Name) {
			d.problems.add(Problem{Pos: p.Pos, What: fmt.Sprintf("parameter %q", p.Name), Expected: "a name of small letters, digits and _"})
			continue
		}
		k := &p.Value
		if !d.declared(p) {
			continue
		}
		if k.Default.Set {
			v, why := k.value(k.Default.Value)
			if why != "" {
				d.problems.add(Problem{Pos: k.Default.Pos, What: "default: " + describeLiteral(k.Default.Value), Expected: why})
			}
			values[p.Name] = v
		}
		g, isGiven := given[p.Name]
		switch {
		case !isGiven && !k.Default.Set:
			d.problems.add(Problem{
				Pos:      u.name.Pos,
				What:     fmt.Sprintf("%s needs a value for %s, see %v", u.name.Value, p.Name, p.Pos.here()),
				Expected: fmt.Sprintf("with: {%s: …}, %s", p.Name, k.expected()),
			})
		case isGiven && g.Set:
			v, why := k.value(g.Value)
			if why != "" {
				d.problems.add(Problem{
					Pos:      g.Pos,
					What:     fmt.Sprintf("with: %s: %s", p.Name, describeLiteral(g.Value)),
					Expected: fmt.Sprintf("%s, see %v", why, p.Pos.here()),
				})
			}
			values[p.Name] = v
		}
	}
	for _, w := range u.with {
		if d.problems.full() {
			break
		}
		if is[w.Name] {
			continue
		}
		p := Problem{Pos: w.Pos, What: fmt.Sprintf("with: %s has no parameter %q", d.in.path, w.Name), Meant: nearest(w.Name, names)}
		if few := names[:min(len(names), maxListed)]; p.Meant == "" && len(few) > 0 {
			p.Expected = "one of " + strings.Join(few, ", ")
		}
		d.problems.add(p)
	}
	return values, len(*d.problems) == before
}

// declared checks the keys of a parameter.
func (d *decoder) declared(p named[parameterKeys]) (good bool) {
	k, before := &p.Value, len(*d.problems)
	wrong := func(at Pos, expected, format string, args ...any) {
		d.problems.add(Problem{Pos: at, What: fmt.Sprintf("parameter "+p.Name+": "+format, args...), Expected: expected})
	}
	number := k.Type.Value == "int" || k.Type.Value == "float"
	if k.Range.Set && !number {
		wrong(k.Range.Pos, "type: int or type: float", "range is for numbers")
	}
	switch choice := k.Type.Value == "choice"; {
	case choice && len(k.Choices.Value) == 0:
		wrong(p.Pos, "choices: such as [A, B]", "a choice of nothing")
	case !choice && k.Choices.Set:
		wrong(k.Choices.Pos, "type: choice", "choices are for a choice")
	}
	return len(*d.problems) == before
}

func describeLiteral(l literal) string {
	if l.List {
		return "a list"
	}
	return strconv.Quote(l.Elements[0])
}

// expected says what values there are.
func (k *parameterKeys) expected() string {
	between := ""
	if k.Range.Set {
		between = fmt.Sprintf(" from %v to %v", k.Range.Value.Low, k.Range.Value.High)
	}
	switch k.Type.Value {
	case "int":
		return "a whole number" + between
	case "float":
		return "a number" + between
	case "bool":
		return "yes or no"
	case "choice":
		return "one of " + strings.Join(names(k.Choices.Value), ", ")
	}
	return "a text"
}

// value is what a literal means; why says what was expected if it means nothing.
func (k *parameterKeys) value(l literal) (v parameter, why string) {
	if l.List {
		return v, k.expected()
	}
	text := l.Elements[0]
	switch k.Type.Value {
	case "int", "float":
		x, err := parseNumber(text)
		i, notInt := parseInt(text)
		outside := k.Range.Set && !(x >= k.Range.Value.Low && x <= k.Range.Value.High)
		if err != nil || outside || k.Type.Value == "int" && notInt != nil {
			return v, k.expected()
		}
		if k.Type.Value == "int" {
			return parameter{strconv.FormatInt(i, 10), format.Int(i)}, ""
		}
		return parameter{strconv.FormatFloat(x, 'g', -1, 64), format.Float(x)}, ""
	case "bool":
		switch yes, ok := parseTruth(text); {
		case !ok:
			return v, k.expected()
		case yes:
			return parameter{"yes", format.Int(1)}, ""
		}
		return parameter{"no", format.Int(0)}, ""
	case "choice":
		i := slices.IndexFunc(k.Choices.Value, func(c key[string]) bool { return c.Value == text })
		if i < 0 {
			return v, k.expected()
		}
		return parameter{text, format.Text(text)}, ""
	}
	return parameter{text, format.Text(text)}, ""
}

// reference is {NAME}, {NAME:%03d}, or {{ for a brace.
var reference = regexp.MustCompile(`\{\{|\{([a-z][a-z0-9_]*)(?::(%[^{}]+))?\}`)

// substitution puts values in the place of references.
type substitution struct {
	*decoder
	values map[string]parameter
	nodes  int // that were made
}

// block is a copy of the tree of an instrument file with all references replaced, but for
// the parameters' own descriptions.
func (s *substitution) block(n *yaml.Node) *yaml.Node {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		return n
	}
	c := *n
	c.Content = slices.Clone(n.Content)
	for i := 1; i < len(c.Content); i += 2 {
		if k := c.Content[i-1].Value; k != "parameters" && k != "about" && k != "manual" {
			c.Content[i] = s.node(c.Content[i])
		}
	}
	return &c
}

func (s *substitution) node(n *yaml.Node) *yaml.Node {
	s.nodes++
	n = resolve(n)
	c := *n
	c.Anchor = ""
	if name, ok := braced(n); ok {
		c = yaml.Node{Kind: yaml.ScalarNode, Tag: "!!str", Value: "{" + name + "}", Line: n.Line, Column: n.Column}
	}
	if c.Kind == yaml.ScalarNode {
		s.scalar(&c)
		return &c
	}
	c.Content = make([]*yaml.Node, len(n.Content))
	for i, e := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			c.Content[i] = e // a key
		} else {
			c.Content[i] = s.node(e)
		}
	}
	return &c
}

// braced reports whether n is {NAME} without quotes, which YAML takes for a block with
// one key.
func braced(n *yaml.Node) (name string, ok bool) {
	if n.Kind != yaml.MappingNode || n.Style&yaml.FlowStyle == 0 || len(n.Content) != 2 || !isNothing(resolve(n.Content[1])) || n.Content[1].Value != "" {
		return "", false
	}
	name = n.Content[0].Value
	return name, parameterName.MatchString(name)
}

// scalar replaces the references in a text. One that is all of the text is worth what it
// would be if it stood there without quotes.
func (s *substitution) scalar(n *yaml.Node) {
	if !strings.Contains(n.Value, "{") {
		return
	}
	whole := false
	text := n.Value
	n.Value = reference.ReplaceAllStringFunc(text, func(ref string) string {
		if ref == "{{" {
			return "{"
		}
		m := reference.FindStringSubmatch(ref)
		p, ok := s.values[m[1]]
		if !ok {
			problem := Problem{Pos: s.pos(n), What: fmt.Sprintf("no parameter %q", m[1]), Expected: "one of parameters:, or {{ for a brace"}
			problem.Meant = nearest(m[1], slices.Sorted(maps.Keys(s.values)))
			s.problems.add(problem)
			return ref
		}
		whole = len(ref) == len(text)
		if m[2] == "" {
			return p.text
		}
		f, err := format.Compile(m[2], format.Output)
		if err == nil {
			var b []byte
			if b, err = f.Append(nil, p.arg); err == nil {
				return string(b)
			}
		}
		s.problems.add(Problem{Pos: s.pos(n), What: fmt.Sprintf("%s: %v", ref, err)})
		return ref
	})
	if whole {
		n.Style, n.Tag = 0, "!!str"
	}
}
