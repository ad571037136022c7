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
	return w.schema("rpi-ioc configuration", reflect.TypeFor[fileKeys]())
}

// InstrumentSchema is that of instrument files: every value may be made of parameters.
func InstrumentSchema() []byte {
	w := schemaWriter{blocks: map[string]*schema{}, parameters: true}
	return w.schema("rpi-ioc instrument", reflect.TypeFor[definitionKeys](), reflect.TypeFor[deviceKeys]())
}

// SimulationSchema is that of the NAME.sim.yaml beside an instrument file.
func SimulationSchema() []byte {
	w := schemaWriter{blocks: map[string]*schema{}, parameters: true}
	return w.schema("rpi-ioc simulated instrument", reflect.TypeFor[behaviourKeys]())
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
type schemaWriter struct {
	blocks     map[string]*schema
	parameters bool // stand for values
}

// schema is that of a file with the keys of the structs.
func (w *schemaWriter) schema(title string, structs ...reflect.Type) []byte {
	root := &schema{
		Version: "http://json-schema.org/draft-07/schema#", Title: title,
		Type: "object", Keys: map[string]*schema{}, Others: false,
	}
	for _, t := range structs {
		w.keys(root, t)
	}
	root.Blocks = w.blocks
	b, err := json.MarshalIndent(root, "", "  ")
	if err != nil {
		panic(err) // of such a struct?
	}
	return append(b, '\n')
}

const durationPattern = `([0-9]+\.?[0-9]*|\.[0-9]+)(ns|us|µs|ms|s|m|h)`

var (
	// Texts are taken as they are written: "Off" and "1" too.
	anyScalar = []string{"string", "number", "boolean"}
	// yesOrNo are those of the words for truth that YAML 1.2 takes for texts.
	yesOrNo = []any{true, false, "yes", "no", "on", "off", "Yes", "No", "On", "Off", "YES", "NO", "ON", "OFF"}
)

// value is the schema of a value of type t.
func (w *schemaWriter) value(t reflect.Type) *schema {
	s := w.literally(valueType(t))
	if !w.parameters || s.Type == "object" || s.Ref != "" {
		return s
	}
	// "{rate}" in quotes is a text, {rate} without is a block to YAML.
	return &schema{AnyOf: []*schema{s, {Type: []string{"string", "object"}, Pattern: `\{`}}}
}

// literally is the schema of a value that is given as such.
func (w *schemaWriter) literally(t reflect.Type) *schema {
	switch t {
	case reflect.TypeFor[time.Duration]():
		return &schema{Type: "string", Pattern: "^(" + durationPattern + ")+$"}
	case reflect.TypeFor[limits]():
		return &schema{Type: "array", Items: w.value(reflect.TypeFor[float64]()), MinItems: 2, MaxItems: 2}
	case reflect.TypeFor[scan]():
		return &schema{Type: "string", Pattern: "^((" + durationPattern + ")+|[Pp]assive|[Oo]nce|[Ee]vent|I/O Intr|.* second)$"}
	case reflect.TypeFor[pinList]():
		pin := w.value(reflect.TypeFor[string]())
		return &schema{AnyOf: []*schema{pin, {Type: "array", Items: pin}}}
	case reflect.TypeFor[literal]():
		return &schema{Type: append([]string{"array"}, anyScalar...)}
	}
	if _, ok := reflect.New(t).Interface().(decodable); ok && t.Kind() != reflect.Slice && !isBlock(t) {
		return &schema{} // whatever it takes
	}
	switch t.Kind() {
	case reflect.Pointer:
		return w.value(t.Elem())
	case reflect.Slice:
		if e := t.Elem(); isNamed(e) {
			return &schema{Type: "object", Others: w.value(valueType(e))}
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

// block refers to the schema of a struct of keys.
func (w *schemaWriter) block(t reflect.Type) *schema {
	name := strings.TrimSuffix(t.Name(), "Keys")
	if w.blocks[name] == nil {
		b := &schema{Type: "object", Keys: map[string]*schema{}, Others: false}
		w.blocks[name] = b // before its keys: blocks can be nested in themselves
		w.keys(b, t)
	}
	ref := &schema{Ref: "#/definitions/" + name}
	if valueText(t) != "block" { // "path or block"
		return &schema{AnyOf: []*schema{{Type: anyScalar}, ref}}
	}
	return ref
}

// keys adds the keys of a struct to a block.
func (w *schemaWriter) keys(b *schema, t reflect.Type) {
	for _, k := range keysOf(t) {
		b.Keys[k.name] = w.key(k)
	}
}

// key is the schema of a key of a block.
func (w *schemaWriter) key(k *blockKey) *schema {
	s := w.value(k.Type)
	if len(k.oneOf) > 0 {
		s = &schema{}
		for _, word := range k.oneOf {
			s.Enum = append(s.Enum, word)
		}
	}
	if s.Ref != "" { // draft 7 passes over what stands beside a reference
		s = &schema{AnyOf: []*schema{s}}
	}
	s.Description = k.Tag.Get("doc")
	if len(k.of) > len(k.is) {
		s.Description += " (for " + strings.Join(k.of, ", ") + ")"
	}
	return s
}
