package config

import (
	"os"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"testing"

	"go.yaml.in/yaml/v3"

	"github.com/ioclet/ioclet/drivers/modbus"
	"github.com/ioclet/ioclet/drivers/sim"
)

var keyName = regexp.MustCompile(`^[a-z][a-z0-9_]*$`)

func TestLanguage(t *testing.T) {
	kinds := []string{string(soft), string(signal), string(gpioLine), string(pulses), string(text), string(register), string(ofChip), string(ofSlave), string(kernelFile), string(ofHost), "port", "i2c", "spi", "onewire"}
	seen := map[string]bool{}
	for _, b := range Language() {
		for _, k := range b.Keys {
			id := b.Places[0] + " " + k.Name
			if seen[id] {
				t.Errorf("%s is there twice", id)
			}
			seen[id] = true
			switch {
			case !keyName.MatchString(k.Name):
				t.Errorf("%s is not a name for a key", id)
			case len(k.Doc) < 5 || strings.HasSuffix(k.Doc, "."):
				t.Errorf("%s is explained as %q", id, k.Doc)
			case k.Value == "":
				t.Errorf("%s: what is written there?", id)
			}
			for _, of := range k.Of {
				if !slices.Contains(kinds, of) {
					t.Errorf("%s is for %q, which is nothing", id, of)
				}
			}
		}
	}
}

// words that stand in tags of keys.go must be those that the packages below know.
func TestWords(t *testing.T) {
	for _, c := range []struct {
		key   string
		words []string
	}{
		{"type", append(append(namesOf(busTypes), namesOf(modbusTypes)...), "int", "float", "string", "bool", "choice")}, // of registers, of parameters
		{"signal", texts(sim.Shapes())},
		{"severity", wordsOf(severities)},
		{"parity", wordsOf(parities)},
		{"pull", wordsOf(pulls)},
		{"output_stage", wordsOf(drives)},
		{"latch", wordsOf(edges)},
		{"byte_order", wordsOf(byteOrders)},
		{"block", wordsOf(blockKinds)},
		{"order", modbus.OrderNames()},
		{"flow", wordsOf(flows)},
		{"host", hostWords()},
	} {
		var got []string
		for _, b := range Language() {
			for _, k := range b.Keys {
				if k.Name == c.key {
					got = append(got, k.Words...)
				}
			}
		}
		got = slices.Compact(slices.Sorted(slices.Values(got)))
		if want := slices.Compact(slices.Sorted(slices.Values(c.words))); !slices.Equal(got, want) {
			t.Errorf("%s: words %q in keys.go, %q in the code", c.key, got, want)
		}
	}
}

func texts[T ~string](list []T) []string {
	var s []string
	for _, x := range list {
		s = append(s, string(x))
	}
	return s
}

func wordsOf[T any](m map[string]T) []string {
	var s []string
	for k := range m {
		s = append(s, k)
	}
	return s
}

// fields of the record with keys of the same name must not be set by both.
func TestOwnKeys(t *testing.T) {
	known := map[string]bool{}
	for _, b := range Language() {
		for _, k := range b.Keys {
			known[k.Name] = true
		}
	}
	for field, key := range ownKeys {
		if name, _, _ := strings.Cut(key, ":"); key != "" && !known[name] {
			t.Errorf("field %s is said to have the key %q", field, key)
		}
	}
	for _, f := range reflect.VisibleFields(reflect.TypeFor[commonKeys]()) {
		name := f.Tag.Get("key")
		if ownKeys[strings.ToUpper(name)] != name {
			t.Errorf("key %s can be set as a field too", name)
		}
	}
}

// every key of the language stands in one of the example files.
func TestEveryKeyUsed(t *testing.T) {
	used := map[string]bool{}
	for _, file := range append(wordsOf(examples), gaugeFile, gaugeSim) {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		var n yaml.Node
		if err := yaml.Unmarshal(data, &n); err != nil {
			t.Fatal(err)
		}
		keysIn(&n, used)
	}
	for _, b := range Language() {
		for _, k := range b.Keys {
			if !used[k.Name] {
				t.Errorf("no example has the key %s of %q", k.Name, b.Places[0])
			}
		}
	}
}

// keysIn gathers the keys of all blocks below n.
func keysIn(n *yaml.Node, used map[string]bool) {
	for i, c := range n.Content {
		if n.Kind == yaml.MappingNode && i%2 == 0 {
			used[c.Value] = true
		}
		keysIn(c, used)
	}
}
