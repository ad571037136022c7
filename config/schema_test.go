package config

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"
)

// judge says what is wrong with v, as a validator of JSON Schema would: the parts of
// draft 7 that Schema uses. where is the way to v.
func judge(root, s map[string]any, v any, where string) (wrong []string) {
	complain := func(format string, args ...any) {
		wrong = append(wrong, where+": "+fmt.Sprintf(format, args...))
	}
	for keyword, x := range s {
		switch keyword {
		case "$schema", "title", "description", "definitions":
		case "$ref":
			name := strings.TrimPrefix(x.(string), "#/definitions/")
			wrong = append(wrong, judge(root, root["definitions"].(map[string]any)[name].(map[string]any), v, where)...)
		case "type":
			words := []any{x}
			if several, ok := x.([]any); ok {
				words = several
			}
			if !slices.ContainsFunc(words, func(word any) bool { return isA(v, word.(string)) }) {
				complain("%v is no %v", v, x)
			}
		case "anyOf":
			var all []string
			good := false
			for _, one := range x.([]any) {
				w := judge(root, one.(map[string]any), v, where)
				good = good || len(w) == 0
				all = append(all, w...)
			}
			if !good {
				wrong = append(wrong, all...)
			}
		case "enum":
			if !slices.Contains(x.([]any), v) {
				complain("%v is none of %v", v, x)
			}
		case "pattern":
			if text, ok := v.(string); ok && !regexp.MustCompile(x.(string)).MatchString(text) {
				complain("%q does not match %v", v, x)
			}
		case "minimum", "maximum":
			if n, ok := v.(float64); ok && (keyword == "minimum" && n < x.(float64) || keyword == "maximum" && n > x.(float64)) {
				complain("%v is beyond the %s %v", v, keyword, x)
			}
		case "minItems", "maxItems":
			if list, ok := v.([]any); ok && (keyword == "minItems" && len(list) < int(x.(float64)) || keyword == "maxItems" && len(list) > int(x.(float64))) {
				complain("%d elements, %s %v", len(list), keyword, x)
			}
		case "items":
			list, _ := v.([]any)
			for i, e := range list {
				wrong = append(wrong, judge(root, x.(map[string]any), e, fmt.Sprintf("%s[%d]", where, i))...)
			}
		case "properties":
			block, _ := v.(map[string]any)
			for name, e := range block {
				if p, ok := x.(map[string]any)[name]; ok {
					wrong = append(wrong, judge(root, p.(map[string]any), e, where+"."+name)...)
				}
			}
		case "additionalProperties":
			known, _ := s["properties"].(map[string]any)
			block, _ := v.(map[string]any)
			for name, e := range block {
				if _, ok := known[name]; ok {
					continue
				}
				if x == false {
					complain("unknown key %q", name)
				} else {
					wrong = append(wrong, judge(root, x.(map[string]any), e, where+"."+name)...)
				}
			}
		default:
			complain("the schema has the keyword %q", keyword)
		}
	}
	return wrong
}

func isA(v any, word string) bool {
	switch v := v.(type) {
	case string:
		return word == "string"
	case bool:
		return word == "boolean"
	case float64:
		return word == "number" || word == "integer" && v == float64(int64(v))
	case []any:
		return word == "array"
	case map[string]any:
		return word == "object"
	}
	return false
}

// verdict is what the schema says of a file.
func verdict(t *testing.T, schema, text []byte) []string {
	t.Helper()
	var root map[string]any
	if err := json.Unmarshal(schema, &root); err != nil {
		t.Fatal(err)
	}
	var tree any
	if err := yaml.Unmarshal(text, &tree); err != nil {
		t.Fatal(err)
	}
	b, err := json.Marshal(tree)
	if err != nil {
		t.Fatal(err)
	}
	if err := json.Unmarshal(b, &tree); err != nil {
		t.Fatal(err)
	}
	wrong := judge(root, root, tree, "")
	slices.Sort(wrong)
	return slices.Compact(wrong)
}

// What is shown to people as good is good for their editors too.
func TestSchemaTakesExamples(t *testing.T) {
	for _, test := range []struct {
		files  string
		schema []byte
	}{
		{"../examples/*/*.yaml", Schema()},
		{"testdata/lab.yaml", Schema()},
		{"testdata/gauge.yaml", InstrumentSchema()},
		{"testdata/gauge.sim.yaml", SimulationSchema()},
		{"../instruments/*.yaml", InstrumentSchema()},
	} {
		files, err := filepath.Glob(test.files)
		if err != nil || len(files) == 0 {
			t.Errorf("no files %s: %v", test.files, err)
		}
		for _, file := range files {
			text, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			schema := test.schema
			if bytes.Contains(text, []byte("\nparameters:")) {
				schema = InstrumentSchema() // beside the configuration that uses it
			}
			if strings.HasSuffix(file, ".sim.yaml") {
				schema = SimulationSchema()
			}
			for _, w := range verdict(t, schema, text) {
				t.Errorf("%s%s", file, w)
			}
		}
	}
}

type schemaCase struct{ name, file, want string }

// schema is that of instrument files for what is called one.
func (c schemaCase) schema() []byte {
	if strings.HasPrefix(c.name, "an instrument") {
		return InstrumentSchema()
	}
	return Schema()
}

func TestSchemaFindsMistakes(t *testing.T) {
	for _, test := range []schemaCase{
		{"an unknown key", "pvs: {A: {vale: 1}}", `.pvs.A: unknown key "vale"`},
		{"a text for a block", "pvs: {A: 7}", ".pvs.A: 7 is no object"},
		{"a time without unit", `pvs: {A: {signal: sine, period: 10, scan: 1s}}`, ".pvs.A.period: 10 is no string"},
		{"a time in other units", `pvs: {A: {signal: sine, period: 1min, scan: 1s}}`, `.pvs.A.period: "1min" does not match`},
		{"another word", "pvs: {A: {signal: sin}}", ".pvs.A.signal: sin is none of [sine"},
		{"limits of one number", "pvs: {A: {value: 1, drive: [1]}}", ".pvs.A.drive: 1 elements, minItems 2"},
		{"no truth", "ioc: {read_only: maybe}", ".ioc.read_only: maybe is none of [true"},
		{"a large number", "server: {port: 70000}", ".server.port: 70000 is beyond the maximum 65535"},
		{"no number", "pvs: {A: {value: 1, hyst: wide}}", ".pvs.A.hyst: wide is no number"},
		{"a number for a limit", "pvs: {A: {value: 1, alarm: {high: 7}}}", ""},
		{"a limit with severity", "pvs: {A: {value: 1, alarm: {high: {at: 7, severity: major}}}}", ""},
		{"a limit with a mistake", "pvs: {A: {value: 1, alarm: {high: {at: 7, severe: major}}}}", `unknown key "severe"`},
		{"a word for states", "pvs: {A: {value: 1, states: Off}}", ".pvs.A.states: Off is no array"},
		{"states that look like truth", "pvs: {A: {value: 1, states: [off, true, 3]}}", ""},
		{"a period of EPICS", `pvs: {A: {signal: sine, scan: ".1 second"}}`, ""},
		{"an instrument with parameters", "parameters: {t: {type: float}}\ntimeout: '{t}s'\npvs: {A: {read: 'A{t}?', count: '{t}'}}", ""},
		{"an instrument with a mistake", "timeout: 3", ".timeout: 3 is no string"},
		{"an instrument without devices", "devices: {}", `unknown key "devices"`},
		{"a device with a mistake", "devices: {A: {portt: x}}", `.devices.A: unknown key "portt"`},
		{"a device that is a word", "devices: {A: x}", ".devices.A: x is no object"},
		{"a port by name or block", "ports: {p: {tcp: 'a:1'}}\ndevices: {A: {port: p, pvs: {}}, B: {port: {serial: {path: x, baud: 1}}, pvs: {}}}", ""},
	} {
		got := strings.Join(verdict(t, test.schema(), []byte(test.file)), "\n")
		if !strings.Contains(got, test.want) || (test.want == "") != (got == "") {
			t.Errorf("%s: %q, want %q", test.name, got, test.want)
		}
	}
}

// Every key of the language is in the schema, with its meaning.
func TestSchemaHasAllKeys(t *testing.T) {
	has := map[string]bool{}
	for _, schema := range [][]byte{Schema(), InstrumentSchema()} {
		var root map[string]any
		if err := json.Unmarshal(schema, &root); err != nil {
			t.Fatal(err)
		}
		blocks := root["definitions"].(map[string]any)
		blocks[""] = root
		for _, block := range blocks {
			for name, key := range block.(map[string]any)["properties"].(map[string]any) {
				if doc, _ := key.(map[string]any)["description"].(string); doc != "" {
					has[name+": "+strings.TrimSpace(strings.Split(doc, " (for ")[0])] = true
				}
			}
		}
	}
	for _, block := range Language() {
		for _, k := range block.Keys {
			if !has[k.Name+": "+strings.TrimSpace(strings.Split(k.Doc, " (for ")[0])] {
				t.Errorf("%v: no key %s in the schema", block.Places, k.Name)
			}
		}
	}
}
