package config

import (
	"reflect"
	"slices"
	"strings"
	"time"
)

// Block is a block of the language: a set of keys that may stand together.
type Block struct {
	// Places are where it may stand: "devices.NAME.port"; "" is the file itself. The
	// PVs of a device are not told from others. What stands in an instrument file
	// besides a device's keys begins with [InstrumentFile].
	Places []string
	Keys   []Key // in the order in which they are explained best
}

// InstrumentFile is the place of what stands in an instrument file.
const InstrumentFile = "an instrument file"

// Key is a key of the language.
type Key struct {
	Name  string
	Value string   // what is written behind it: "time", "yes or no"
	Words []string // that it can have, if it is one of some words
	Doc   string
	// Of are the sources of a PV ("gpio", "text" …), or the connections of a device,
	// that it is for; none: all.
	Of []string
}

// Language lists the blocks of the configuration language, the file itself first. It
// is made from the same place as the parser.
func Language() []Block {
	w := walker{index: map[reflect.Type]int{}}
	w.walk(reflect.TypeFor[fileKeys](), "")
	w.walk(reflect.TypeFor[definitionKeys](), InstrumentFile)
	return w.blocks
}

// walker gathers the blocks.
type walker struct {
	blocks []Block
	index  map[reflect.Type]int // among blocks
}

func (w *walker) walk(t reflect.Type, place string) {
	if t == reflect.TypeFor[connectionKeys]() {
		t = reflect.TypeFor[portKeys]() // or a name
	}
	if strings.HasSuffix(place, "pvs.NAME") {
		place = "pvs.NAME"
	}
	if i, ok := w.index[t]; ok {
		if b := &w.blocks[i]; !slices.Contains(b.Places, place) {
			b.Places = append(b.Places, place)
		}
		return
	}
	i := len(w.blocks)
	w.index[t] = i
	w.blocks = append(w.blocks, Block{Places: []string{place}})
	w.keys(t, place, i)
}

// keys adds the keys of a struct and of those embedded in it to block i.
func (w *walker) keys(t reflect.Type, place string, i int) {
	for _, k := range keysOf(t) {
		inner := strings.TrimPrefix(place+"."+k.name, ".")
		v := valueType(k.Type)
		w.blocks[i].Keys = append(w.blocks[i].Keys, Key{Name: k.name, Value: valueText(v), Words: k.oneOf, Doc: k.Tag.Get("doc"), Of: k.of})
		if v.Kind() == reflect.Slice {
			if v = v.Elem(); isNamed(v) {
				v, inner = valueType(valueType(v)), inner+".NAME"
			}
		}
		if isBlock(v) {
			w.walk(v, inner)
		}
	}
}

// valueType is the type of the value of a key, or of an entry with a name.
func valueType(t reflect.Type) reflect.Type {
	if isNamed(t) || t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "key[") {
		value, _ := t.FieldByName("Value")
		return value.Type
	}
	return t
}

func isNamed(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && strings.HasPrefix(t.Name(), "named[")
}

// isBlock reports whether t is a struct of keys.
func isBlock(t reflect.Type) bool {
	return t.Kind() == reflect.Struct && len(keysOf(t)) > 0
}

// valueText says what is written for a value of type t.
func valueText(t reflect.Type) string {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return "time"
	case reflect.TypeFor[counting]():
		return "whole number or word"
	case reflect.TypeFor[pinList]():
		return "text or list of texts"
	case reflect.TypeFor[limits]():
		return "[low, high]"
	case reflect.TypeFor[frequency]():
		return "frequency"
	case reflect.TypeFor[scan]():
		return "period or word"
	case reflect.TypeFor[literal]():
		return "number, text or list"
	case reflect.TypeFor[connectionKeys]():
		return "block or name"
	case reflect.TypeFor[serialKeys]():
		return "path or block"
	case reflect.TypeFor[disconnectKeys]():
		return "text or block"
	case reflect.TypeFor[statusWish]():
		return "yes, no or a word"
	case reflect.TypeFor[rs485Keys]():
		return "yes, no or block"
	case reflect.TypeFor[limitKeys]():
		return "number or block"
	}
	switch t.Kind() {
	case reflect.Slice:
		if t.Elem() == reflect.TypeFor[key[string]]() {
			return "list of texts"
		}
		if t.Elem() == reflect.TypeFor[key[[]key[string]]]() {
			return "list of lists"
		}
		return "block of names"
	case reflect.Struct:
		return "block"
	case reflect.Bool:
		return "yes or no"
	case reflect.Float64:
		return "number"
	case reflect.String:
		return "text"
	}
	return "whole number"
}

// placesOf are the blocks that have the key.
func placesOf(key string) (places []string) {
	for _, b := range Language() {
		if slices.ContainsFunc(b.Keys, func(k Key) bool { return k.Name == key }) {
			for _, p := range b.Places {
				if p == "" {
					p = "the file itself"
				}
				places = append(places, p)
			}
		}
	}
	return places
}
