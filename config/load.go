package config

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"os"
	"path/filepath"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxFile is the largest configuration file, in bytes.
const MaxFile = 4 << 20

// Load reads and checks the file path. The error is [Problems], with everything
// that is wrong in the file, unless the file cannot be read.
func Load(path string) (*Model, error) {
	f, err := os.Open(path)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	data, err := io.ReadAll(io.LimitReader(f, MaxFile+1)) // a device file has no end
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse checks a configuration that has been read already; file is its name in
// messages. The error is [Problems].
func Parse(file string, data []byte) (*Model, error) {
	var problems Problems
	in := &origin{path: file}
	document := parseYAML(in, data, &problems)
	if document == nil {
		return nil, problems.err()
	}
	var keys fileKeys
	d := &decoder{in: in, problems: &problems, definitions: newDefinitions(filepath.Dir(file))}
	d.value(document, blockOf(&keys))
	model := check(in, &keys, &problems)
	if err := problems.err(); err != nil {
		return nil, err
	}
	if model.Name == "" {
		model.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	return model, nil
}

// parseYAML is the tree of the file's one document, nil if there is a problem.
func parseYAML(in *origin, data []byte, problems *Problems) *yaml.Node {
	problem := func(at Pos, expected, what string) {
		at.in = in
		problems.add(Problem{Pos: at, What: what, Expected: expected})
	}
	if len(data) > MaxFile {
		problem(Pos{}, "", fmt.Sprintf("the file is larger than %d MiB", MaxFile>>20))
		return nil
	}
	if at, what := illegible(data); what != "" {
		problem(at, "a text file in UTF-8", what)
		return nil
	}
	var first, second yaml.Node
	documents := yaml.NewDecoder(bytes.NewReader(data))
	err := documents.Decode(&first)
	switch {
	case errors.Is(err, io.EOF) || err == nil && isNothing(first.Content[0]):
		problem(Pos{}, "pvs: or devices:", "the file is empty")
		return nil
	case err != nil:
		problems.add(syntaxProblem(in, data, err))
		return nil
	}
	switch err := documents.Decode(&second); {
	case errors.Is(err, io.EOF):
	case err != nil:
		problems.add(syntaxProblem(in, data, err))
		return nil
	default:
		problem(Pos{Line: int32(second.Line), Col: int32(second.Column)}, "one document in a file", "a second document begins here")
		return nil
	}
	s := size{open: map[*yaml.Node]bool{}}
	if at, what := s.measure(&first, 0); what != "" {
		problem(Pos{Line: int32(at.Line), Col: int32(at.Column)}, "", what)
		return nil
	}
	return first.Content[0]
}

// Limits of a file with all its aliases put in place: enough for 100,000 PVs of one
// line, too little for a file that grows out of all proportion.
const (
	maxNodes = 2_000_000
	maxDepth = 40
)

// size is how large a tree is with its aliases put in place.
type size struct {
	nodes int
	open  map[*yaml.Node]bool // blocks with an anchor that are being measured
}

// measure adds n, and says where and why it is too large to go on with.
func (s *size) measure(n *yaml.Node, depth int) (at *yaml.Node, what string) {
	s.nodes++
	switch {
	case s.nodes > maxNodes:
		return n, "the file is too large once its aliases are put in place"
	case depth > maxDepth:
		return n, fmt.Sprintf("blocks are nested more than %d deep", maxDepth)
	case n.Kind == yaml.AliasNode && s.open[n.Alias]:
		return n, fmt.Sprintf("alias *%s stands within what it stands for", n.Value)
	case n.Kind == yaml.AliasNode:
		return s.measure(n.Alias, depth+1)
	}
	if n.Anchor != "" {
		s.open[n] = true
		defer delete(s.open, n)
	}
	for _, c := range n.Content {
		if at, what := s.measure(c, depth+1); what != "" {
			return at, what
		}
	}
	return nil, ""
}
