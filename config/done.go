package config

import (
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// done checks how the end of what a write begins is found out; nil if it is not.
func (c *checker) done(name string, k *pvKeys, t *textDevice) *serial.Done {
	if !k.Done.Set {
		return nil
	}
	d := &k.Done.Value
	c.onlyIf(k.Write.Set, true, k.Done.Pos, "done", "write:")
	for _, lacks := range []struct {
		not bool
		key string
	}{{!d.Ask.Set, `ask: such as "MS?"`}, {!d.Reply.Set, `reply: such as "%d"`}, {!d.Until.Set, "until: the answer that ends the wait"}} {
		if lacks.not {
			c.problem(k.Done.Pos, lacks.key, "done of %s", name)
		}
	}
	c.notLong("done: every", d.Every)
	if d.Timeout.Set && d.Every.or(0) > d.Timeout.Value {
		c.problem(d.Every.Pos, fmt.Sprintf("less than timeout: %v", d.Timeout.Value), "done: every: %v", d.Every.Value)
	}
	done := &serial.Done{Ask: d.Ask.Value, Reply: d.Reply.Value, Every: d.Every.Value, Timeout: d.Timeout.Value}
	if d.Sim.Set {
		t.port.dones[sim.ChannelID{Device: t.name, Channel: name}] = d.Sim.Value
	}
	switch conv := c.converter("done: reply", d.Reply, format.Input, name); {
	case !d.Until.Set:
	case conv == nil: // the driver says that the reply yields no value
		done.Until = []pv.Value{pv.Int64Value(0)}
	default:
		done.Until = c.until(d.Until, conv)
	}
	return done
}

// until reads the answers that end the wait, as conv scans them.
func (c *checker) until(k key[literal], conv *format.Converter) (answers []pv.Value) {
	kind, states, _ := kindOf(conv)
	for _, text := range k.Value.Elements {
		switch kind {
		case pv.String:
			answers = append(answers, pv.StringValue(text))
		case pv.Enum:
			i, ok := stateIndex(states, text)
			if !ok {
				c.noState(k.Pos, text, states)
				continue
			}
			answers = append(answers, pv.Int64Value(conv.Choices[i].Value))
		default:
			x, err := parseNumber(text)
			if err != nil {
				c.problem(k.Pos, "a number, as "+conv.Source+" scans", "until: %q", text)
				continue
			}
			answers = append(answers, pv.Float64Value(x))
		}
	}
	return answers
}

// lineAt is where the key stands that an error's text begins with.
func (k *doneKeys) lineAt(text string, otherwise Pos) Pos {
	name, _, _ := strings.Cut(text, ":")
	for of, at := range map[string]key[string]{"ask": k.Ask, "reply": k.Reply, "sim": k.Sim} {
		if of == name && at.Set {
			return at.Pos
		}
	}
	return otherwise
}
