package config

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"go.yaml.in/yaml/v3"

	"github.com/ioclet/ioclet/instruments"
)

// maxDefinition is the largest instrument file, in bytes.
const maxDefinition = 256 << 10

// shippedPlace is what the names of shipped files begin with in messages.
const shippedPlace = "shipped instruments/"

// definitions finds and keeps the instrument files of a configuration.
type definitions struct {
	dir   string
	files map[string]definition // by the name that a device uses
	trees map[string]*yaml.Node // by file; nil: there is something wrong with it
	nodes int                   // of all uses
}

// definition is what stands behind a name.
type definition struct {
	file string
	data []byte
	err  error
}

func newDefinitions(dir string) *definitions {
	return &definitions{dir: dir, files: map[string]definition{}, trees: map[string]*yaml.Node{}}
}

// use is how a device uses an instrument file.
type use struct {
	name key[string]
	with ordered[key[literal]]
}

// define fills k from the instrument file that the device n names, if it names one.
func (d *decoder) define(k *deviceKeys, n *yaml.Node) {
	var u use
	silent := &decoder{in: d.in, problems: new(Problems)} // all is read again, aloud
	silent.mapping(n, func(k, v *yaml.Node) {
		switch k.Value {
		case "instrument":
			u.name.decode(silent, resolve(v))
		case "with":
			u.with.decode(silent, v)
		case "chip", "onewire":
			d.chip = true
		}
	})
	k.undefined = u.name.Set || u.name.Bad
	if !u.name.Set {
		return
	}
	file, tree := d.definition(u.name)
	if tree == nil {
		return
	}
	inner := &decoder{in: &origin{file, &u.name.Pos}, problems: d.problems, definitions: d.definitions}
	values, ok := inner.parameters(tree, &u)
	if !ok {
		return
	}
	s := substitution{decoder: inner, values: values, nodes: len(values)}
	filled := s.block(tree)
	if !d.fits(n, s.nodes) {
		return
	}
	var own definitionKeys
	type block deviceKeys
	inner.block(filled, blockOf(&own), blockOf((*block)(k)))
	if k.Instrument.Set {
		inner.problems.add(Problem{Pos: k.Instrument.Pos, What: "instrument: an instrument file cannot be made of another"})
	}
	k.Instrument, k.With, k.undefined = key[string]{}, nil, false
	d.behaviour(k, n, &u, file, values)
}

// fits counts the nodes that the use of an instrument file by the device n takes, and
// reports false if that is too much with all others.
func (d *decoder) fits(n *yaml.Node, nodes int) bool {
	if d.definitions.nodes += nodes; d.definitions.nodes > maxNodes {
		d.problem(n, "", "the instrument files are too large, once they are put in place")
		return false
	}
	return true
}

// behaviour takes what the NAME.sim.yaml beside an instrument file says, if there is one.
func (d *decoder) behaviour(k *deviceKeys, n *yaml.Node, u *use, file string, values map[string]parameter) {
	name := strings.TrimSuffix(file, filepath.Ext(file)) + ".sim.yaml"
	tree, known := d.definitions.trees[name]
	if !known {
		data, err := readBehaviour(name)
		var problems Problems
		switch {
		case errors.Is(err, fs.ErrNotExist):
		case err != nil:
			problems.add(Problem{Pos: u.name.Pos, What: fmt.Sprintf("instrument: %v", err)})
		default:
			tree = parseYAML(&origin{path: name}, data, &problems)
		}
		for _, p := range problems {
			d.problems.add(p)
		}
		d.definitions.trees[name] = tree
	}
	if tree == nil {
		return
	}
	inner := &decoder{in: &origin{name, &u.name.Pos}, problems: d.problems}
	s := substitution{decoder: inner, values: values}
	filled := s.node(tree)
	if d.fits(n, s.nodes) {
		k.Sim.decode(inner, filled)
	}
}

// readBehaviour reads a NAME.sim.yaml.
func readBehaviour(name string) ([]byte, error) {
	if shipped, ok := strings.CutPrefix(name, shippedPlace); ok {
		return instruments.FS.ReadFile(shipped)
	}
	return readDefinition(name)
}

// definition is the tree of an instrument file and its name in messages; tree is nil if
// there is none.
func (d *decoder) definition(name key[string]) (file string, tree *yaml.Node) {
	file, data, err := d.definitions.find(name.Value)
	if err != nil {
		p := Problem{Pos: name.Pos, What: fmt.Sprintf("instrument: %v", err), Meant: nearest(name.Value, instruments.Names())}
		if errors.Is(err, fs.ErrNotExist) {
			p.What = fmt.Sprintf("instrument: no file %q", name.Value)
			p.Expected = "a file beside this one, or one of " + strings.Join(instruments.Names(), ", ")
		}
		d.problems.add(p)
		return file, nil
	}
	tree, known := d.definitions.trees[file]
	if known {
		if tree == nil {
			d.problems.add(Problem{Pos: name.Pos, What: "instrument: " + file + " cannot be read, as is said elsewhere"})
		}
		return file, tree
	}
	var problems Problems
	tree = parseYAML(&origin{file, &name.Pos}, data, &problems)
	for _, p := range problems {
		d.problems.add(p)
	}
	d.definitions.trees[file] = tree
	return file, tree
}

// find reads an instrument file: one beside the configuration, or a shipped one.
func (ds *definitions) find(name string) (file string, data []byte, err error) {
	f, known := ds.files[name]
	if !known {
		f.file, f.data, f.err = ds.read(name)
		ds.files[name] = f
	}
	return f.file, f.data, f.err
}

func (ds *definitions) read(name string) (file string, data []byte, err error) {
	path := name
	if !filepath.IsAbs(path) {
		path = filepath.Join(ds.dir, path)
	}
	isFile := slices.Contains([]string{".yaml", ".yml"}, filepath.Ext(name))
	if !isFile {
		path += ".yaml"
	}
	data, err = readDefinition(path)
	if !errors.Is(err, fs.ErrNotExist) || isFile {
		return path, data, err
	}
	data, err = instruments.FS.ReadFile(name + ".yaml")
	return shippedPlace + name + ".yaml", data, err
}

func readDefinition(path string) ([]byte, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	if s, err := f.Stat(); err != nil || !s.Mode().IsRegular() {
		return nil, fmt.Errorf("%s is not a file", path)
	}
	data, err := io.ReadAll(io.LimitReader(f, maxDefinition+1))
	if len(data) > maxDefinition {
		return nil, fmt.Errorf("%s is larger than %d KiB", path, maxDefinition>>10)
	}
	return data, err
}
