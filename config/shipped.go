package config

import (
	"go.yaml.in/yaml/v3"

	"github.com/ioclet/ioclet/instruments"
)

// Instrument is what an instrument file says of itself.
type Instrument struct {
	Name       string   // what instrument: calls it
	About      string   // which instruments it is for
	Manual     []string // what it was written from
	Parameters []Parameter
	PVs        []string // their names, without the device's
}

// Parameter is one of an instrument file.
type Parameter struct {
	Name     string
	Doc      string
	Expected string // "a whole number from 1 to 247"
	Default  string // "" if a value must be given
	Required bool
}

// Shipped lists the instrument files that come with ioclet, by name. It panics if one of
// them cannot be read, which a test excludes.
func Shipped() []Instrument {
	var all []Instrument
	for _, name := range instruments.Names() {
		i, err := describeInstrument(name)
		if err != nil {
			panic("config: " + err.Error())
		}
		all = append(all, i)
	}
	return all
}

func describeInstrument(name string) (Instrument, error) {
	i := Instrument{Name: name}
	data, err := instruments.FS.ReadFile(name + ".yaml")
	if err != nil {
		return i, err
	}
	var problems Problems
	d := &decoder{in: &origin{path: shippedPlace + name + ".yaml"}, problems: &problems}
	tree := parseYAML(d.in, data, &problems)
	if tree == nil {
		return i, problems.err()
	}
	d.mapping(tree, func(k, v *yaml.Node) {
		switch k.Value {
		case "about":
			i.About = d.text(v)
		case "manual":
			for _, m := range v.Content {
				i.Manual = append(i.Manual, d.text(m))
			}
		case "parameters":
			var declared ordered[parameterKeys]
			declared.decode(d, v)
			for _, p := range declared {
				one := Parameter{Name: p.Name, Doc: p.Value.Doc.Value, Expected: p.Value.expected(), Required: !p.Value.Default.Set}
				if !one.Required {
					one.Default = p.Value.Default.Value.Elements[0]
				}
				i.Parameters = append(i.Parameters, one)
			}
		case "pvs":
			d.mapping(v, func(k, _ *yaml.Node) { i.PVs = append(i.PVs, k.Value) })
		}
	})
	return i, problems.err()
}
