package access

import (
	"iter"
	"maps"
	"slices"

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
	inputs [maxInputs]string // names of PVs, "" for those that are not declared
	rules  []rule
}

func (g *group) empty() bool { return len(g.rules) == 0 && g.declared() == 0 }

// declared has a bit for each input that the group has.
func (g *group) declared() (bits uint32) {
	for i, pv := range g.inputs {
		if pv != "" {
			bits |= 1 << i
		}
	}
	return bits
}

// rule grants access to fields of its level and below.
type rule struct {
	at     *token
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

// Inputs lists the groups with the PVs that their rules depend on, in no order.
func (r *Rules) Inputs() iter.Seq2[string, string] {
	return func(yield func(group, pv string) bool) {
		for _, g := range r.groups {
			for _, pv := range g.inputs {
				if pv != "" && !yield(g.name, pv) {
					return
				}
			}
		}
	}
}

// find is the group of that name, or DEFAULT.
func (r *Rules) find(name string) *group {
	if g := r.groups[name]; g != nil {
		return g
	}
	return r.groups[defaultGroup]
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
