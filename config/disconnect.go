package config

import (
	"log/slog"
	"strings"
	"time"

	"go.yaml.in/yaml/v3"

	"github.com/ioclet/ioclet/pv"
)

// disconnectGrace is how long clients may be away if nothing is said.
const disconnectGrace = 10 * time.Second

// disconnectKeys are what an output is set to when nobody watches it any more.
type disconnectKeys struct {
	Set   key[string]        `key:"set" doc:"what the output is set to"`
	After key[time.Duration] `key:"after" doc:"how long there must have been no client; 10s if not given"`
}

// decode takes a value alone for {set: …}.
func (k *disconnectKeys) decode(d *decoder, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		k.Set.decode(d, n)
		return
	}
	type block disconnectKeys
	d.block(n, blockOf((*block)(k)))
	if !k.Set.Set && n.Kind == yaml.MappingNode {
		d.problem(n, "set:", "a time without a value")
	}
}

// onDisconnect checks what the output p is set to when the last client has left. Its
// record is known.
func (c *checker) onDisconnect(p *PV, k *pvKeys, nat nature) {
	set := k.OnDisconnect.Value.Set
	switch {
	case !set.Set || strings.EqualFold(set.Value, "keep"):
		return
	case !nat.output:
		c.problem(set.Pos, "", "on_disconnect: a PV that is only read cannot be set")
		return
	case p.spec.Type.Array():
		c.problem(set.Pos, "one value", "on_disconnect: %s is an array", p.Name)
		return
	}
	c.notLong("after", k.OnDisconnect.Value.After)
	p.alone.after = k.OnDisconnect.Value.After.or(disconnectGrace)
	switch kind := p.spec.Type.Kind(); kind {
	case pv.String:
		p.alone.value = pv.StringValue(set.Value)
	case pv.Enum:
		states := p.spec.Info.Choices
		i, ok := stateIndex(states, set.Value)
		if on := strings.EqualFold(set.Value, "on"); !ok && len(states) == 2 && (on || strings.EqualFold(set.Value, "off")) {
			i, ok = map[bool]uint16{true: 1}[on], true
		}
		if !ok {
			c.noState(set.Pos, set.Value, states, "keep")
		}
		p.alone.value = pv.EnumValue(i)
	default:
		x, err := parseNumber(set.Value)
		if err != nil {
			c.problem(set.Pos, "a number, or keep", "on_disconnect: %q", set.Value)
			return
		}
		c.inDrive(k, set.Pos, "on_disconnect", pv.Float64Value(x))
		p.alone.value = pv.Float64Value(x)
	}
}

// alone is what a PV is set to when there has been no client for that long.
type alone struct {
	value pv.Value // Invalid: what it is
	after time.Duration
}

// whenAlone has the output p set when the last client has left.
func (b *builder) whenAlone(p *PV) {
	value, name := p.alone.value, p.Name
	if value.Kind() == pv.Invalid {
		return
	}
	r := b.ioc.Database().Record(name)
	done := setAlone{b.log.With("pv", name, "value", value.String())}
	b.ioc.OnDisconnect(p.alone.after, func() {
		if err := r.Value().Put(value, done); err != nil {
			done.PutDone(err)
		}
	})
}

// setAlone logs what has become of such a put. record.Completion.
type setAlone struct{ log *slog.Logger }

// PutDone says whether it was done.
func (s setAlone) PutDone(err error) {
	if err != nil {
		s.log.Warn("not set though the last client has left", "err", err)
		return
	}
	s.log.Info("set, since the last client has left")
}
