package config

import (
	"fmt"
	"math"
	"reflect"
	"slices"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
)

// key is the value of one key of the file together with its place. The keys of a
// block are the fields of a struct, each with its name and its meaning in tags;
// nothing else knows the language, so that error messages and the reference page
// come from the one place.
type key[T any] struct {
	mark
	Value T
}

// mark is where a key stands, and whether it does.
type mark struct {
	Pos Pos
	Set bool
	Bad bool // it is there, but not to be understood, and so not Set
}

// markOf is the mark of a key that is a field of a block.
func markOf(key reflect.Value) *mark {
	return key.Addr().Interface().(interface{ itself() *mark }).itself()
}

func (m *mark) itself() *mark { return m }

// or is the key's value, or otherwise if the key is not there.
func (k key[T]) or(otherwise T) T {
	if k.Set {
		return k.Value
	}
	return otherwise
}

// given is a key as if it stood in the file.
func given[T any](at Pos, v T) key[T] {
	return key[T]{mark: mark{Pos: at, Set: true}, Value: v}
}

// decode takes the place of what an instrument file says of the key; a block is added to.
func (k *key[T]) decode(d *decoder, n *yaml.Node) {
	before, block := len(*d.problems), isBlock(reflect.TypeFor[T]())
	var nothing T
	if !block {
		k.Value = nothing
	}
	k.Pos, k.Set, k.Bad = d.pos(n), true, false
	d.value(n, reflect.ValueOf(&k.Value).Elem())
	if len(*d.problems) > before && !block {
		k.Value, k.Set, k.Bad = nothing, false, true
	}
}

// named is one entry of a block whose keys are the user's own names.
type named[T any] struct {
	Name  string
	Pos   Pos // of the name
	Value T
	Bad   bool // something in it could not be understood
}

// ordered is such a block, in the file's order.
type ordered[T any] []named[T]

// decode adds the block's entries; those of an entry that an instrument file has go into
// that.
func (o *ordered[T]) decode(d *decoder, n *yaml.Node) {
	known := map[string]int{}
	for i, e := range *o {
		known[e.Name] = i
	}
	*o = slices.Grow(*o, len(n.Content)/2) // entries are large
	d.mapping(n, func(k, v *yaml.Node) {
		i, ok := known[k.Value]
		if !ok {
			i = len(*o)
			*o = append(*o, named[T]{Name: k.Value, Pos: d.pos(k)})
		}
		e := &(*o)[i]
		outer := d.key
		d.key = k.Value
		before := len(*d.problems)
		d.value(v, reflect.ValueOf(&e.Value).Elem())
		e.Bad = e.Bad || len(*d.problems) > before
		d.key = outer
	})
}

// decodable is a type that reads itself from a node.
type decodable interface {
	decode(d *decoder, n *yaml.Node)
}

// decoder turns nodes into values and collects what is wrong with them.
type decoder struct {
	in          *origin
	key         string // that is being read, for messages
	problems    *Problems
	definitions *definitions
	chip        bool // in a device whose chip brings the values of its PVs
}

func (d *decoder) pos(n *yaml.Node) Pos { return Pos{d.in, int32(n.Line), int32(n.Column)} }

// problem reports something about the value of the present key.
func (d *decoder) problem(n *yaml.Node, expected, format string, args ...any) {
	d.report(Problem{Pos: d.pos(n), What: fmt.Sprintf(format, args...), Expected: expected})
}

func (d *decoder) report(p Problem) {
	if d.key != "" {
		p.What = d.key + ": " + p.What
	}
	d.problems.add(p)
}

// describe names what stands at n.
func describe(n *yaml.Node) string {
	switch n.Kind {
	case yaml.MappingNode:
		return "a block"
	case yaml.SequenceNode:
		return "a list"
	}
	if isNothing(n) {
		return "nothing"
	}
	return strconv.Quote(n.Value)
}

// isNothing reports whether n is a place that was left empty.
func isNothing(n *yaml.Node) bool { return n.Kind == yaml.ScalarNode && n.Tag == "!!null" }

// resolve follows an alias to what it stands for.
func resolve(n *yaml.Node) *yaml.Node {
	for n.Kind == yaml.AliasNode {
		n = n.Alias
	}
	return n
}

// mapping calls f for each entry of the block n, those merged by << included, and
// reports keys that stand twice.
func (d *decoder) mapping(n *yaml.Node, f func(k, v *yaml.Node)) {
	n = resolve(n)
	if n.Kind != yaml.MappingNode {
		d.problem(n, "a block of keys", "%s", describe(n))
		return
	}
	seen := map[string]int{}
	var merged []*yaml.Node
	for i := 0; i+1 < len(n.Content) && !d.problems.full(); i += 2 {
		k, v := resolve(n.Content[i]), n.Content[i+1]
		line, twice := seen[k.Value]
		switch {
		case k.Tag == "!!merge":
			merged = append(merged, v)
		case k.Kind != yaml.ScalarNode || isNothing(k):
			d.problem(k, "a word", "%s where a key should be", describe(k))
		case twice:
			d.problems.add(Problem{
				Pos: d.pos(k), What: fmt.Sprintf("key %q stands here for the second time, first in line %d", k.Value, line),
			})
		default:
			seen[k.Value] = k.Line
			f(k, v)
		}
	}
	for _, m := range merged {
		d.merge(m, func(k, v *yaml.Node) {
			if _, ok := seen[k.Value]; !ok {
				seen[k.Value] = k.Line
				f(k, v)
			}
		})
	}
}

// merge calls f for the entries of what stands behind <<: a block or a list of
// blocks, of which the first that has a key counts.
func (d *decoder) merge(n *yaml.Node, f func(k, v *yaml.Node)) {
	if n = resolve(n); n.Kind != yaml.SequenceNode {
		d.mapping(n, f)
		return
	}
	for _, e := range n.Content {
		d.mapping(e, f)
	}
}

// block decodes the mapping n into structs, whose fields name their keys in
// `key:"…"` tags. Embedded structs contribute their fields.
func (d *decoder) block(n *yaml.Node, into ...reflect.Value) {
	var unknown []*yaml.Node
	d.mapping(n, func(k, val *yaml.Node) {
		for _, block := range into {
			if key := keysOf(block.Type()).find(k.Value); key != nil {
				d.field(val, key, key.in(block))
				return
			}
		}
		unknown = append(unknown, k)
	})
	if len(unknown) > 0 {
		d.unknown(unknown, into)
	}
}

// field decodes n, the value of a key, into the field v.
func (d *decoder) field(n *yaml.Node, key *blockKey, v reflect.Value) {
	outer, before := d.key, len(*d.problems)
	d.key = key.name
	d.value(n, v)
	if w := resolve(n).Value; len(key.oneOf) > 0 && !slices.Contains(key.oneOf, w) {
		*d.problems = (*d.problems)[:before] // that it is no text is said thereby
		d.report(Problem{
			Pos: d.pos(n), What: describe(resolve(n)),
			Expected: "one of " + strings.Join(key.oneOf, ", "), Meant: nearest(w, key.oneOf),
		})
	}
	d.key = outer
}

// unknown reports keys that a block does not have. Which are good depends on the keys that it
// has; the kind of an instrument file is not known.
func (d *decoder) unknown(keys []*yaml.Node, into []reflect.Value) {
	var names, good []string
	for _, block := range into {
		known := keysOf(block.Type())
		names = append(names, known.names()...)
		kinds, deciding := known.kinds(block), known.deciding()
		if d.chip && len(kinds) == 0 && block.Type() == reflect.TypeFor[pvKeys]() {
			kinds = []string{string(ofChip)}
		}
		switch {
		case len(kinds) > 0 || len(deciding) == 0:
			good = append(good, known.fitting(block, kinds)...)
		case len(into) == 1:
			good = append(good, deciding...)
		default:
			good = append(good, known.names()...)
		}
	}
	for _, k := range keys {
		if d.problems.full() {
			return
		}
		d.problems.add(unknownKey(d.pos(k), k.Value, names, good))
	}
}

// unknownKey is a key that a block, whose keys are names, does not have; good are those that
// it can have.
func unknownKey(at Pos, key string, names, good []string) Problem {
	p := Problem{Pos: at, What: fmt.Sprintf("unknown key %q", key)}
	if places := placesOf(key); len(places) > 0 {
		p.What = fmt.Sprintf("key %q does not belong here", key)
		p.Expected = "it in " + inWords(places, "or")
		return p
	}
	if p.Meant = nearest(key, slices.Concat(good, names)); p.Meant == "" {
		p.Expected = "one of " + strings.Join(good, ", ")
	}
	return p
}

// inWords is a list for people: "a, b and c".
func inWords(list []string, last string) string {
	if len(list) < 2 {
		return strings.Join(list, "")
	}
	n := len(list) - 1
	return strings.Join(list[:n], ", ") + " " + last + " " + list[n]
}

// value decodes n into v, of whatever type.
func (d *decoder) value(n *yaml.Node, v reflect.Value) {
	n = resolve(n)
	if u, ok := v.Addr().Interface().(decodable); ok {
		u.decode(d, n)
		return
	}
	if v.Type() == reflect.TypeFor[time.Duration]() {
		v.SetInt(int64(d.duration(n)))
		return
	}
	switch v.Kind() {
	case reflect.Struct:
		d.block(n, v)
	case reflect.Pointer:
		v.Set(reflect.New(v.Type().Elem()))
		d.value(n, v.Elem())
	case reflect.Slice:
		if n.Kind != yaml.SequenceNode {
			d.problem(n, "a list such as [a, b]", "%s", describe(n))
			return
		}
		s := reflect.MakeSlice(v.Type(), len(n.Content), len(n.Content))
		for i, e := range n.Content {
			d.value(e, s.Index(i))
		}
		v.Set(s)
	case reflect.String:
		v.SetString(d.text(n))
	case reflect.Bool:
		v.SetBool(d.truth(n))
	case reflect.Float64:
		v.SetFloat(d.number(n))
	case reflect.Int, reflect.Int64:
		most := int64(math.MaxInt64) >> (64 - v.Type().Bits())
		v.SetInt(d.integer(n, -most-1, most))
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		v.SetUint(uint64(d.integer(n, 0, int64(1)<<v.Type().Bits()-1)))
	default:
		panic("config: no way to decode " + v.Type().String())
	}
}

// text takes any scalar as it is written: YAML's booleans and numbers too, so
// that states: [Off, On] are two words.
func (d *decoder) text(n *yaml.Node) string {
	if n.Kind != yaml.ScalarNode || isNothing(n) {
		d.problem(n, "a text", "%s", describe(n))
		return ""
	}
	return n.Value
}

func (d *decoder) truth(n *yaml.Node) bool {
	yes, ok := parseTruth(n.Value)
	if !ok || n.Kind != yaml.ScalarNode {
		d.problem(n, "yes or no", "%s", describe(n))
		return false
	}
	return yes
}

// parseTruth reads the words for yes and no.
func parseTruth(text string) (yes, ok bool) {
	switch strings.ToLower(text) {
	case "true", "yes", "on":
		return true, true
	case "false", "no", "off":
		return false, true
	}
	return false, false
}

func (d *decoder) number(n *yaml.Node) float64 {
	if n.Kind == yaml.ScalarNode {
		if x, err := parseNumber(n.Value); err == nil {
			return x
		}
	}
	d.problem(n, "a number", "%s", describe(n))
	return 0
}

func (d *decoder) integer(n *yaml.Node, low, high int64) int64 {
	if n.Kind == yaml.ScalarNode {
		x, err := parseInt(n.Value)
		switch {
		case err == nil && x >= low && x <= high:
			return x
		case err == nil:
			d.problem(n, fmt.Sprintf("%d to %d", low, high), "%s is out of range", n.Value)
			return 0
		}
	}
	d.problem(n, "a whole number", "%s", describe(n))
	return 0
}

// parseInt reads decimal and 0x hexadecimal. A leading 0 does not make a number
// octal: nobody who writes 0755 on a bench means 493.
func parseInt(s string) (int64, error) {
	if sign, digits, ok := strings.Cut(s, "0x"); ok && (sign == "" || sign == "-") && !strings.HasPrefix(digits, "-") && !strings.HasPrefix(digits, "+") {
		return strconv.ParseInt(sign+digits, 16, 64)
	}
	return strconv.ParseInt(s, 10, 64)
}

// parseNumber reads a finite number.
func parseNumber(s string) (float64, error) {
	if i, err := parseInt(s); err == nil {
		return float64(i), nil
	}
	x, err := strconv.ParseFloat(s, 64)
	if err == nil && (math.IsInf(x, 0) || math.IsNaN(x)) {
		err = strconv.ErrRange
	}
	return x, err
}

const durationExample = "a time with its unit such as 20ms or 1s"

func (d *decoder) duration(n *yaml.Node) time.Duration {
	if n.Kind == yaml.ScalarNode {
		t, err := time.ParseDuration(n.Value)
		if err == nil && t > 0 {
			return t
		}
		if _, bad := strconv.ParseFloat(n.Value, 64); bad == nil {
			d.problem(n, durationExample, "%s has no unit", n.Value)
			return 0
		}
		if err == nil {
			d.problem(n, durationExample, "%s is not above 0", n.Value)
			return 0
		}
	}
	d.problem(n, durationExample, "%s", describe(n))
	return 0
}
