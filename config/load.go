package config

import (
	"errors"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"

	"go.yaml.in/yaml/v3"
)

// MaxFile is the largest configuration file, in bytes.
const MaxFile = 4 << 20

// Load reads and checks the file path. The error is [Problems], with everything
// that is wrong in the file, unless the file cannot be read.
func Load(path string) (*Model, error) {
	data, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	return Parse(path, data)
}

// Parse checks a configuration that has been read already; file is its name in
// messages.
func Parse(file string, data []byte) (*Model, error) {
	var problems Problems
	if len(data) > MaxFile {
		problems = append(problems, Problem{Pos: Pos{File: file}, What: "the file is larger than 4 MiB"})
		return nil, problems.err()
	}
	var document yaml.Node
	if err := yaml.Unmarshal(data, &document); err != nil {
		problems = append(problems, syntaxProblem(file, err))
		return nil, problems.err()
	}
	if document.Kind == 0 {
		problems = append(problems, Problem{Pos: Pos{File: file}, What: "the file is empty", Expected: "pvs: or devices:"})
		return nil, problems.err()
	}
	var keys fileKeys
	d := &decoder{file: file, problems: &problems}
	d.value(document.Content[0], blockOf(&keys))
	model := check(file, &keys, &problems)
	if err := problems.err(); err != nil {
		return nil, err
	}
	if model.Name == "" {
		model.Name = strings.TrimSuffix(filepath.Base(file), filepath.Ext(file))
	}
	return model, nil
}

var lineOfError = regexp.MustCompile(`line (\d+): (.*)`)

// syntaxProblem is an error of the YAML parser, which knows the line but not the
// column.
func syntaxProblem(file string, err error) Problem {
	p := Problem{Pos: Pos{File: file}, What: "not YAML: " + strings.TrimPrefix(err.Error(), "yaml: ")}
	if m := lineOfError.FindStringSubmatch(err.Error()); m != nil {
		p.Pos.Line, _ = strconv.Atoi(m[1])
		p.Pos.Col = 1
		p.What = "not YAML: " + m[2]
	}
	return p
}

// IsProblem reports whether err is a mistake in a configuration, as opposed to a
// file that cannot be read.
func IsProblem(err error) bool {
	var ps Problems
	return errors.As(err, &ps)
}
