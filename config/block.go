package config

import (
	"reflect"
	"slices"
	"strings"
	"sync"
)

// blockKey is a key that a block can have: a field of its struct.
type blockKey struct {
	reflect.StructField
	name  string
	oneOf []string // the words that it can have, none if any
	is    []string // the kinds of which the block can be with it, none if it does not say
	of    []string // the kinds of blocks that it is for, none if all
}

// blockKeys are the keys of a block in the order of its struct, those of embedded structs
// among them.
type blockKeys []*blockKey

// knownBlocks has the blockKeys of structs, by their type: a file has a block a PV, and
// reading tags takes longer than reading the block.
var knownBlocks sync.Map

// keysOf are the keys of the block whose struct t is.
func keysOf(t reflect.Type) blockKeys {
	if known, ok := knownBlocks.Load(t); ok {
		return known.(blockKeys)
	}
	var keys blockKeys
	for _, f := range reflect.VisibleFields(t) {
		if name := f.Tag.Get("key"); name != "" {
			is, of := strings.Fields(f.Tag.Get("is")), strings.Fields(f.Tag.Get("of"))
			if len(of) == 0 {
				of = is
			}
			keys = append(keys, &blockKey{f, name, strings.Fields(f.Tag.Get("oneof")), is, of})
		}
	}
	knownBlocks.Store(t, keys)
	return keys
}

// find is the key with the name, nil if there is none.
func (ks blockKeys) find(name string) *blockKey {
	for _, k := range ks {
		if k.name == name {
			return k
		}
	}
	return nil
}

func (ks blockKeys) names() []string {
	names := make([]string, len(ks))
	for i, k := range ks {
		names[i] = k.name
	}
	return names
}

// kinds are those of which the block can be with the keys that it has, none if they do not
// say it.
func (ks blockKeys) kinds(block reflect.Value) (kinds []string) {
	for _, k := range ks {
		if len(k.is) == 0 {
			continue
		}
		switch m := markOf(k.in(block)); {
		case !m.Set && !m.Bad:
		case kinds == nil:
			kinds = slices.Clone(k.of)
		default:
			kinds = slices.DeleteFunc(kinds, func(kind string) bool { return !slices.Contains(k.of, kind) })
		}
	}
	return kinds
}

// fitting are the names of the keys that a block of these kinds can have besides those that it
// has, and then of those that any block can have.
func (ks blockKeys) fitting(block reflect.Value, kinds []string) (names []string) {
	var general []string
	for _, k := range ks {
		switch {
		case !k.in(block).IsZero():
		case len(k.of) == 0:
			general = append(general, k.name)
		case slices.ContainsFunc(k.of, func(kind string) bool { return slices.Contains(kinds, kind) }):
			names = append(names, k.name)
		}
	}
	return append(names, general...)
}

// deciding are the names of the keys that say of what kind a block is, none if there are no
// kinds.
func (ks blockKeys) deciding() (names []string) {
	for _, k := range ks {
		if len(k.is) > 0 {
			names = append(names, k.name)
		}
	}
	return names
}

// in is the key's field of a block.
func (k *blockKey) in(block reflect.Value) reflect.Value { return block.FieldByIndex(k.Index) }

// blockOf is the struct that p points to.
func blockOf(p any) reflect.Value { return reflect.ValueOf(p).Elem() }
