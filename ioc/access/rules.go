package access

import (
	"cmp"
	"maps"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/calc"
	"github.com/ioclet/ioclet/protocol"
)

// Rules are what an access security file says. They are immutable: a [Control] applies
// them, several may apply the same.
type Rules struct {
	groups   map[string]*group
	warnings Problems
}

// defaultGroup is the group of records without ASG, or with one that the rules do not
// have.
const defaultGroup = "DEFAULT"

// maxInputs is the number of INPA to INPU.
const maxInputs = calc.MaxVars

// group is an access security group.
type group struct {
	name   string
	inputs [maxInputs]Input // without PV those that are not declared
	rules  []rule
}

func (g *group) empty() bool { return len(g.rules) == 0 && g.declared() == 0 }

// declared has a bit for each input that the group has.
func (g *group) declared() (bits uint32) {
	for i := range g.inputs {
		if g.inputs[i].PV != "" {
			bits |= 1 << i
		}
	}
	return bits
}

// rule grants access to fields of its level and below.
type rule struct {
	at     Pos
	level  int
	access protocol.Access
	trap   bool
	users  names // nil: anybody
	hosts  names // nil: from anywhere
	calc   *calc.Program
	uses   uint32 // a bit for each input that calc reads
}

// Warnings lists what was passed over or cannot work, in the order of the file.
func (r *Rules) Warnings() []Problem { return r.warnings }

// Groups lists the names of the access security groups, sorted. DEFAULT is always
// one of them.
func (r *Rules) Groups() []string { return slices.Sorted(maps.Keys(r.groups)) }

// Input is an INPx of an access security group.
type Input struct {
	Group, PV string
	Pos       Pos // where it stands
}

// Inputs lists what the rules depend on, in the order of the file.
func (r *Rules) Inputs() []Input {
	var list []Input
	for _, g := range r.groups {
		for _, in := range g.inputs {
			if in.PV != "" {
				list = append(list, in)
			}
		}
	}
	slices.SortFunc(list, func(a, b Input) int {
		return cmp.Or(a.Pos.compare(b.Pos), strings.Compare(a.Group, b.Group), strings.Compare(a.PV, b.PV))
	})
	return list
}

// grant is what somebody may do: the highest right of the rules that match, and
// whether the first rule that gives it says TRAPWRITE (base: asComputePvt in
// asLibRoutines.c). met says whether the CALC of rule i is true.
func (g *group) grant(level int, user string, from func(hosts names) bool, met func(i int) bool) (access protocol.Access, trap bool) {
	for i := range g.rules {
		r := &g.rules[i]
		switch {
		case r.access <= access || level > r.level:
		case r.users != nil && !r.users[user]:
		case r.hosts != nil && !from(r.hosts):
		case r.calc != nil && !met(i):
		default:
			access, trap = r.access, r.trap
		}
	}
	return access, trap
}
