package config

import (
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/pv"
)

// stateModel is a state of the IOC and the PV that it follows.
type stateModel struct{ name, pv string }

// syncStates checks the states of channel filters, once all PVs are known.
func (c *checker) syncStates() {
	if len(c.keys.States) == 0 {
		return
	}
	pvs, names := map[string]*PV{}, []string{}
	for i := range c.model.PVs {
		p := &c.model.PVs[i]
		pvs[p.Name] = p
		names = append(names, strings.TrimPrefix(p.Name, c.model.Prefix))
	}
	for _, s := range c.keys.States {
		if c.problems.full() {
			return
		}
		if s.Bad {
			continue
		}
		c.name(s.Pos, s.Name)
		name := c.model.Prefix + s.Value.Value
		p := pvs[name]
		if p == nil {
			c.problems.add(Problem{
				Pos: s.Value.Pos, What: fmt.Sprintf("state %s: no PV %q", s.Name, s.Value.Value),
				Expected: "a PV of this file, without the prefix", Meant: nearest(s.Value.Value, names),
			})
			continue
		}
		if t := p.Type; t.Array() || t.Kind() == pv.String {
			c.problem(s.Value.Pos, "a number, or a PV with states", "state %s: %s is of type %s", s.Name, s.Value.Value, t)
		}
		c.model.states = append(c.model.states, stateModel{s.Name, name})
	}
}

// follow makes the states of the IOC, whose PVs are there.
func (b *builder) follow(s stateModel) error {
	return b.ioc.FollowState(s.name, b.ioc.Database().Record(s.pv))
}
