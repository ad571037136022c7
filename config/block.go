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
	of    []string // the kinds of blocks that it is for, none if all
}

// blockKeys are the keys of a block in the order of its struct, those of embedded structs
// among them.
type blockKeys []blockKey

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
			keys = append(keys, blockKey{f, name, strings.Fields(f.Tag.Get("oneof")), strings.Fields(f.Tag.Get("of"))})
		}
	}
	knownBlocks.Store(t, keys)
	return keys
}

// find is the key with the name, nil if there is none.
func (ks blockKeys) find(name string) *blockKey {
	i := slices.IndexFunc(ks, func(k blockKey) bool { return k.name == name })
	if i < 0 {
		return nil
	}
	return &ks[i]
}

func (ks blockKeys) names() []string {
	names := make([]string, len(ks))
	for i := range ks {
		names[i] = ks[i].name
	}
	return names
}

// in is the key's field of a block.
func (k *blockKey) in(block reflect.Value) reflect.Value { return block.FieldByIndex(k.Index) }

// blockOf is the struct that p points to.
func blockOf(p any) reflect.Value { return reflect.ValueOf(p).Elem() }
