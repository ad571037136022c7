package config

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"
	"periph.io/x/conn/v3/physic"
)

// literal is a value as it is written: a number, a text, or a list of either.
type literal struct {
	Elements []string // one for a scalar
	List     bool
	Numbers  bool // every element is a number that is not in quotes
}

func (l *literal) decode(d *decoder, n *yaml.Node) {
	*l = literal{}
	nodes := []*yaml.Node{n}
	if n.Kind == yaml.SequenceNode {
		l.List, nodes = true, n.Content
	}
	l.Numbers = true
	for _, e := range nodes {
		e = resolve(e)
		if e.Kind != yaml.ScalarNode || isNothing(e) {
			d.problem(e, "a number or a text", "%s", describe(e))
		}
		l.Elements = append(l.Elements, e.Value)
		_, err := parseNumber(e.Value)
		l.Numbers = l.Numbers && err == nil && e.Style&(yaml.SingleQuotedStyle|yaml.DoubleQuotedStyle) == 0
	}
}

// frequency is written with its unit.
type frequency physic.Frequency

func (f *frequency) decode(d *decoder, n *yaml.Node) {
	var x physic.Frequency
	if _, err := strconv.ParseFloat(n.Value, 64); n.Kind != yaml.ScalarNode || err == nil || x.Set(n.Value) != nil {
		d.problem(n, "a frequency with its unit such as 500kHz or 1MHz", "%s", describe(n))
		return
	}
	*f = frequency(x)
}

// limits is a range written [low, high].
type limits struct{ Low, High float64 }

func (l *limits) decode(d *decoder, n *yaml.Node) {
	const expected = "[low, high]"
	if n.Kind != yaml.SequenceNode || len(n.Content) != 2 {
		d.problem(n, expected, "%s", describe(n))
		return
	}
	before := len(*d.problems)
	l.Low, l.High = d.number(resolve(n.Content[0])), d.number(resolve(n.Content[1]))
	if l.Low >= l.High && len(*d.problems) == before {
		d.problem(n, expected, "%v is not below %v", l.Low, l.High)
	}
}

// scan says when a record is processed.
type scan struct {
	Kind   scanKind
	Period time.Duration // of scanPeriodic
}

type scanKind uint8

const (
	scanPassive scanKind = iota
	scanOnce
	scanEvent
	scanPeriodic
)

func (s *scan) decode(d *decoder, n *yaml.Node) {
	const expected = "a period such as 500ms, or once, passive or event"
	var err error
	if *s, err = parseScan(n.Value); n.Kind != yaml.ScalarNode || err != nil {
		p := Problem{Pos: d.pos(n), What: describe(n), Expected: expected, Meant: nearest(n.Value, []string{"once", "passive", "event"})}
		if err != nil && n.Kind == yaml.ScalarNode {
			p.What = err.Error()
		}
		d.report(p)
	}
}

// reads reports whether the scan asks for the value now and then.
func (k scanKind) reads() bool { return k == scanOnce || k == scanPeriodic }

// shortestScan keeps a slip of the pen (1us for 1s) from filling the processor.
const shortestScan = time.Millisecond

// parseScan reads our words and those of EPICS's SCAN menu (".1 second",
// "I/O Intr").
func parseScan(text string) (scan, error) {
	switch strings.ToLower(text) {
	case "passive":
		return scan{Kind: scanPassive}, nil
	case "once":
		return scan{Kind: scanOnce}, nil
	case "event", "i/o intr":
		return scan{Kind: scanEvent}, nil
	}
	var period time.Duration
	if number, ok := strings.CutSuffix(text, " second"); ok {
		x, err := strconv.ParseFloat(number, 64)
		if err != nil || math.IsNaN(x) {
			return scan{}, fmt.Errorf("%q", text)
		}
		period = time.Duration(x * float64(time.Second))
	} else {
		var err error
		if period, err = time.ParseDuration(text); err != nil {
			if _, err := strconv.ParseFloat(text, 64); err == nil {
				return scan{}, fmt.Errorf("%s has no unit", text)
			}
			return scan{}, fmt.Errorf("%q", text)
		}
	}
	if period < shortestScan || period > 24*time.Hour {
		return scan{}, fmt.Errorf("%s is not between %v and 24h", text, shortestScan)
	}
	return scan{scanPeriodic, period}, nil
}
