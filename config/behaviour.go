package config

import (
	"github.com/ioclet/ioclet/drivers/sim"
)

// behaviour is what a device's sim: says.
func (c *checker) behaviour(k *behaviourKeys) *sim.Behaviour {
	c.notLong("sim: delay", k.Delay)
	c.notLong("sim: every", k.Every)
	b := &sim.Behaviour{Delay: k.Delay.Value, Every: k.Every.Value, Start: map[string]string{}}
	for _, s := range k.State {
		l := s.Value.Value
		switch {
		case s.Bad:
		case l.List:
			c.problem(s.Value.Pos, "a number or an expression", "sim: state %s: a list", s.Name)
		case l.Numbers:
			b.State = append(b.State, sim.State{Name: s.Name, Start: l.Elements[0]})
		default:
			b.State = append(b.State, sim.State{Name: s.Name, Expression: l.Elements[0]})
		}
	}
	for _, s := range k.Start {
		b.Start[s.Name] = s.Value.Value
	}
	for _, s := range k.Commands.Value {
		one := sim.Command{Line: s.Command.Value, Answer: s.Answer.Value}
		for _, a := range s.Set {
			one.Set = append(one.Set, sim.Assignment{Name: a.Name, Expression: a.Value.Value})
		}
		if one.Line == "" {
			c.problem(k.Commands.Pos, `command: such as "*RST"`, "sim: a command without a line")
			continue
		}
		b.Commands = append(b.Commands, one)
	}
	return b
}

// placeOf is where that stands of which be complains.
func (k *behaviourKeys) placeOf(be *sim.BehaviourError) (at Pos) {
	for _, s := range k.State {
		if be.Part == "state" && s.Name == be.Name {
			at = s.Value.Pos
		}
	}
	for _, s := range k.Start {
		if be.Part == "start" && s.Name == be.Name {
			at = s.Value.Pos
		}
	}
	for _, s := range k.Commands.Value {
		if be.Part == "commands" && s.Command.Value == be.Name {
			at = s.Command.Pos
		}
	}
	return at
}
