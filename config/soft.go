package config

import (
	"math"
	"slices"
	"strconv"
	"strings"

	"github.com/ioclet/ioclet/pv"
)

// softSource is a PV that is its own memory.
type softSource struct{}

func (softSource) describe() string { return "soft" }

func (softSource) support(bool) string { return "" }

func (softSource) build(b *builder, p *PV) error {
	_, err := b.ioc.Database().Add(b.spec(p))
	return err
}

// soft checks a PV with value:. What it holds says what it is.
func (c *checker) soft(k *pvKeys) nature {
	l := k.Value.Value
	nat := nature{source: softSource{}, output: true}
	switch {
	case k.Value.Bad || k.States.Bad || k.States.Set && len(k.States.Value) == 0:
		return nature{}
	case l.List && len(l.Elements) == 0 && !k.Count.Set:
		c.problem(k.Value.Pos, "at least one element, or count:", "value: an empty list")
		return nature{}
	case l.List && k.Count.Set && uint64(k.Count.Value.Elements) < uint64(len(l.Elements)):
		c.problem(k.Count.Pos, "", "count: %d is less than the %d elements of value", k.Count.Value.Elements, len(l.Elements))
		return nature{}
	case k.States.Set && l.List:
		c.problem(k.Value.Pos, "one state", "value: a list")
		return nature{}
	case k.States.Set:
		if i, ok := stateIndex(names(k.States.Value), l.Elements[0]); ok {
			nat.initial = pv.EnumValue(i)
		} else {
			c.noState(k.Value.Pos, l.Elements[0], names(k.States.Value))
		}
	case l.Numbers && l.List:
		x := make([]float64, len(l.Elements))
		for i, e := range l.Elements {
			x[i], _ = parseNumber(e) // tried when the literal was read
		}
		nat.kind, nat.initial = pv.Float64, pv.ArrayValue(x)
	case l.Numbers:
		x, _ := parseNumber(l.Elements[0])
		nat.kind, nat.initial = pv.Float64, pv.Float64Value(x)
		if strings.HasPrefix(k.Record.Value, "long") || strings.HasPrefix(k.Record.Value, "int64") {
			nat.kind = pv.Int64
			if x != math.Trunc(x) {
				c.problem(k.Value.Pos, "a whole number for "+k.Record.Value, "value: %s", l.Elements[0])
			}
		}
	case l.List:
		nat.kind, nat.initial = pv.String, pv.ArrayValue(l.Elements)
	default:
		nat.kind, nat.initial = pv.String, pv.StringValue(l.Elements[0])
	}
	return nat
}

// names are the values of a list of texts.
func names(list []key[string]) []string {
	texts := make([]string, len(list))
	for i, k := range list {
		texts[i] = k.Value
	}
	return texts
}

// stateIndex finds a state by its name, capitals aside, or by its number.
func stateIndex(states []string, text string) (uint16, bool) {
	for i, s := range states {
		if strings.EqualFold(s, text) {
			return uint16(i), true
		}
	}
	if i, err := strconv.ParseUint(text, 10, 16); err == nil && int(i) < len(states) {
		return uint16(i), true
	}
	return 0, false
}

// noState reports a text that is none of states.
func (c *checker) noState(at Pos, text string, states []string, also ...string) {
	all := slices.Concat(states, also)
	c.problems.add(Problem{
		Pos: at, What: strconv.Quote(text) + " is not a state", Expected: "one of " + strings.Join(all, ", "), Meant: nearest(text, all),
	})
}
