package config

import (
	"fmt"
	"maps"
	"math"
	"slices"
	"strings"
	"time"

	"github.com/ioclet/ioclet/drivers/gpio"
	"go.yaml.in/yaml/v3"
)

// counting is what count: says: how many elements there are, or which edges are counted.
type counting struct {
	Elements uint32
	Edges    string
}

// pinList is one pin, or several in a list.
type pinList []key[string]

// quantities are the keys that make something else than its level of an input, with the
// unit of what they make and the digits worth showing.
func quantities(k *pvKeys) []quantity {
	return []quantity{
		{"count", k.Count.Set, k.Count.Pos, gpio.Count, k.Count.Value.Edges, "", 0},
		{"frequency", k.Frequency.Set, k.Frequency.Pos, gpio.Frequency, k.Frequency.Value, "Hz", 3},
		{"interval", k.Interval.Set, k.Interval.Pos, gpio.Interval, k.Interval.Value, "s", 6},
		{"width", k.Width.Set, k.Width.Pos, gpio.Width, k.Width.Value, "s", 6},
		{"duty", k.Duty.Value, k.Duty.Pos, gpio.Duty, "", "%", 1},
		{"latch", k.Latch.Set, k.Latch.Pos, gpio.Latch, k.Latch.Value, "", 0},
		{"lost", k.Lost.Value, k.Lost.Pos, gpio.Lost, "", "", 0},
		{"heartbeat", k.Heartbeat.Set, k.Heartbeat.Pos, gpio.Level, "", "", 0},
	}
}

type quantity struct {
	key   string
	set   bool
	pos   Pos
	is    gpio.Quantity
	edges string
	unit  string
	prec  int16
}

// measured is the key that says what is told of a pin, "" if it is its level.
func (*checker) measured(k *pvKeys) string {
	for _, q := range quantities(k) {
		if q.set {
			return q.key
		}
	}
	return ""
}

// measure reads what is told of a pin.
func (c *checker) measure(k *pvKeys) (m gpio.Measure, ok bool) {
	ok = !k.Count.Bad && !k.Frequency.Bad && !k.Interval.Bad && !k.Width.Bad && !k.Duty.Bad && !k.Latch.Bad && !k.Lost.Bad && !k.Heartbeat.Bad
	var found *quantity
	for _, q := range quantities(k) {
		switch {
		case !q.set:
		case found != nil:
			c.problem(q.pos, "a PV for each, with the same pin", "%s beside %s", q.key, found.key)
			return m, false
		default:
			found = &q
			m.Quantity, m.Edge = q.is, edges[q.edges]
		}
	}
	if m.Quantity == gpio.Count && k.Per.Set {
		m.Quantity = gpio.Rate
	}
	gated := m.Quantity == gpio.Rate || m.Quantity == gpio.Frequency || m.Quantity == gpio.Interval || m.Quantity == gpio.Duty
	timed := m.Quantity == gpio.Frequency || m.Quantity == gpio.Interval
	scaled := timed || m.Quantity == gpio.Count || m.Quantity == gpio.Rate || m.Quantity == gpio.Width
	if (timed || m.Quantity == gpio.Width) && m.Edge == gpio.Both {
		return m, false // reported by the decoder
	}
	c.onlyIf(gated, k.Per.Set, k.Per.Pos, "per", "count, frequency, interval or duty")
	c.onlyIf(timed, k.Timeout.Set, k.Timeout.Pos, "timeout of a pin", "frequency or interval")
	c.onlyIf(scaled, k.Scale.Set, k.Scale.Pos, "scale of a pin", "count, frequency, interval or width")
	c.notLong("per", k.Per)
	if k.Per.Set && k.Per.Value < 10*time.Millisecond {
		c.problem(k.Per.Pos, "at least 10ms", "per: %v", k.Per.Value)
	}
	c.worth(k.Scale, "")
	if k.Timeout.Value > 24*time.Hour {
		c.problem(k.Timeout.Pos, "at most 24h", "timeout: %v", k.Timeout.Value)
	}
	m.Per, m.Timeout, m.Scale = k.Per.Value, k.Timeout.Value, k.Scale.Value
	k.Count = key[counting]{} // is none of an array
	return m, ok
}

// unitOf sets the unit of what is told of a pin, unless a scale makes another of it.
func (*checker) unitOf(k *pvKeys, nat *nature) {
	for _, q := range quantities(k) {
		if q.set && !k.Scale.Set {
			nat.units, nat.prec = q.unit, q.prec
		}
	}
}

// measureText says what is told of a pin, "" if it is its level.
func measureText(k *pvKeys, m gpio.Measure) string {
	if m.Quantity <= gpio.Polled {
		return ""
	}
	words := []string{"", m.Quantity.String()}
	if m.Quantity == gpio.Rate {
		words[1] = "count"
	}
	for name, e := range edges {
		if e == m.Edge && m.Quantity != gpio.Duty && m.Quantity != gpio.Lost {
			words = append(words, name)
		}
	}
	if k.Per.Set {
		words = append(words, fmt.Sprintf("per %v", k.Per.Value))
	}
	return strings.Join(words, " ")
}

func (l *counting) decode(d *decoder, n *yaml.Node) {
	if _, ok := edges[n.Value]; ok && n.Kind == yaml.ScalarNode {
		l.Edges = n.Value
		return
	}
	before := len(*d.problems)
	l.Elements = uint32(d.integer(n, 0, math.MaxUint32))
	if p := *d.problems; len(p) > before && n.Kind == yaml.ScalarNode {
		words := slices.Sorted(maps.Keys(edges))
		p[before].Meant = nearest(n.Value, words)
		if _, err := parseInt(n.Value); err != nil {
			p[before].Expected += ", or " + strings.Join(words, ", ")
		}
	}
}

// decode takes a pin alone for a list of one.
func (l *pinList) decode(d *decoder, n *yaml.Node) {
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		nodes = n.Content
	}
	for _, n := range nodes {
		var k key[string]
		k.decode(d, resolve(n))
		*l = append(*l, k)
	}
}
