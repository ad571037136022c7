package config

import (
	"encoding/json"
	"math"
	"reflect"
	"strings"
	"time"
)

// Schema is the JSON Schema (draft 7) of the configuration language, for editors: it
// knows keys, their meaning, and what a value looks like, but not what fits together,
// which "rpi-ioc check" finds. It is made from the same place as the parser.
func Schema() []byte {
	w := schemaWriter{blocks: map[string]*schema{}}
	w.value(reflect.TypeFor[fileKeys]())
	root := w.blocks["file"]
	delete(w.blocks, "file") // beside a reference to it the definitions would not count
	root.Version, root.Title = "http://json-schema.org/draft-07/schema#", "rpi-ioc configuration"
	root.Blocks = w.blocks
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // of such a struct?
	}
	return append(b, '\n')
}

// schema is a JSON Schema, as far as this language needs it.
type schema struct {
	Version     string             `json:"$schema,omitempty"`
	Title       string             `json:"title,omitempty"`
	Description string             `json:"description,omitempty"`
	Type        any                `json:"type,omitempty"` // a word or several
	Ref         string             `json:"$ref,omitempty"`
	AnyOf       []*schema          `json:"anyOf,omitempty"`
	Enum        []any              `json:"enum,omitempty"`
	Pattern     string             `json:"pattern,omitempty"`
	Minimum     *float64           `json:"minimum,omitempty"`
	Maximum     *float64           `json:"maximum,omitempty"`
	Items       *schema            `json:"items,omitempty"`
	MinItems    int                `json:"minItems,omitempty"`
	MaxItems    int                `json:"maxItems,omitempty"`
	Keys        map[string]*schema `json:"properties,omitempty"`
	Others      any                `json:"additionalProperties,omitempty"` // false, or a schema
	Blocks      map[string]*schema `json:"definitions,omitempty"`
}

// schemaWriter gathers the blocks that are referred to.
type schemaWriter struct{ blocks map[string]*schema }

const durationPattern = `([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h)`

var (
	// Texts are taken as they are written: "Off" and "1" too.
	anyScalar = []string{"string", "number", "boolean"}
	// yesOrNo are those of the words for truth that YAML 1.2 takes for texts.
	yesOrNo = []any{true, false, "yes", "no", "on", "off", "Yes", "No", "On", "Off", "YES", "NO", "ON", "OFF"}
)

// value is the schema of a value of type t.
func (w *schemaWriter) value(t reflect.Type) *schema {
	t = valueType(t)
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &schema{Type: "string", Pattern: "^(" + durationPattern + ")+$"}
	case reflect.TypeFor[limits]():
		return &schema{Type: "array", Items: &schema{Type: "number"}, MinItems: 2, MaxItems: 2}
	case reflect.TypeFor[scan]():
		return &schema{Type: "string", Pattern: "^((" + durationPattern + ")+|[Pp]assive|[Oo]nce|[Ee]vent|I/O Intr|.* seconds?)$"}
	case reflect.TypeFor[literal]():
		return &schema{Type: append([]string{"array"}, anyScalar...)}
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.value(t.Elem())
	case reflect.Slice:
		if e := t.Elem(); e.Kind() == reflect.Struct && strings.HasPrefix(e.Name(), "named[") {
			return &schema{Type: "object", Others: w.value(e.Field(2).Type)}
		}
		return &schema{Type: "array", Items: w.value(t.Elem())}
	case reflect.Struct:
		return w.block(t)
	case reflect.Bool:
		return &schema{Enum: yesOrNo}
	case reflect.Float64:
		return &schema{Type: "number"}
	case reflect.Uint8, reflect.Uint16, reflect.Uint32:
		low, high := 0.0, math.Pow(2, float64(t.Bits()))-1
		return &schema{Type: "integer", Minimum: &low, Maximum: &high}
	case reflect.Int:
		return &schema{Type: "integer"}
	}
	return &schema{Type: anyScalar}
}

// block refers to the schema of a struct of keys. One that decodes itself takes a scalar
// for the whole block too. A struct without keys says nothing of what it takes.
func (w *schemaWriter) block(t reflect.Type) *schema {
	if !isBlock(t) {
		return &schema{}
	}
	name := strings.TrimSuffix(t.Name(), "Keys")
	if w.blocks[name] == nil {
		b := &schema{Type: "object", Keys: map[string]*schema{}, Others: false}
		w.blocks[name] = b // before its keys: blocks can be nested in themselves
		for _, f := range reflect.VisibleFields(t) {
			if key := f.Tag.Get("key"); key != "" {
				b.Keys[key] = w.key(f)
			}
		}
	}
	ref := &schema{Ref: "#/definitions/" + name}
	if _, ok := reflect.New(t).Interface().(decodable); ok {
		return &schema{AnyOf: []*schema{{Type: anyScalar}, ref}}
	}
	return ref
}

// key is the schema of a key of a block.
func (w *schemaWriter) key(f reflect.StructField) *schema {
	s := w.value(f.Type)
	if words := strings.Fields(f.Tag.Get("oneof")); len(words) > 0 {
		s = &schema{}
		for _, word := range words {
			s.Enum = append(s.Enum, word)
		}
	}
	if s.Ref != "" { // draft 7 passes over what stands beside a reference
		s = &schema{AnyOf: []*schema{s}}
	}
	s.Description = f.Tag.Get("doc")
	if of := strings.Fields(f.Tag.Get("of")); len(of) > 0 {
		s.Description += " (for " + strings.Join(of, ", ") + ")"
	}
	return s
}
