package initrd

import (
	"bytes"
	"debug/elf"
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
)

// Module is a kernel module: its name and the content of its file.
type Module struct {
	Name string
	File []byte
}

// Modules finds the modules of the given names and all that they depend on, each after
// those it needs. tree is what is searched, such as lib/modules/VERSION; a module that
// it does not have is an error if it was asked for, and taken to be built into the
// kernel if another depends on it.
func Modules(tree fs.FS, names ...string) ([]Module, error) {
	files := map[string]string{}
	err := fs.WalkDir(tree, ".", func(p string, _ fs.DirEntry, err error) error {
		if name, ok := strings.CutSuffix(path.Base(p), ".ko"); ok {
			files[canonical(name)] = p
		}
		return err
	})
	if err != nil {
		return nil, err
	}
	var out []Module
	seen := map[string]bool{}
	var visit func(name string) error
	visit = func(name string) error {
		name = canonical(name)
		if seen[name] || files[name] == "" {
			return nil
		}
		seen[name] = true
		content, err := fs.ReadFile(tree, files[name])
		if err != nil {
			return err
		}
		needs, err := dependencies(content)
		if err != nil {
			return fmt.Errorf("%s: %w", files[name], err)
		}
		for _, n := range needs {
			if err := visit(n); err != nil {
				return err
			}
		}
		out = append(out, Module{Name: name, File: content})
		return nil
	}
	for _, name := range names {
		if files[canonical(name)] == "" {
			return nil, fmt.Errorf("module %s: %w", name, fs.ErrNotExist)
		}
		if err := visit(name); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// canonical: a dash in a module's name is as good as an underscore.
func canonical(name string) string { return strings.ReplaceAll(name, "-", "_") }

// dependencies are the modules that a module's file says it needs, in its section
// .modinfo of lines KEY=VALUE that end with a zero byte.
func dependencies(module []byte) ([]string, error) {
	f, err := elf.NewFile(bytes.NewReader(module))
	if err != nil {
		return nil, err
	}
	section := f.Section(".modinfo")
	if section == nil {
		return nil, errors.New("no kernel module")
	}
	info, err := section.Data()
	if err != nil {
		return nil, err
	}
	var out []string
	for line := range strings.SplitSeq(string(info), "\x00") {
		if list, ok := strings.CutPrefix(line, "depends="); ok {
			out = append(out, strings.Split(list, ",")...)
		}
		if list, ok := strings.CutPrefix(line, "softdep=pre:"); ok {
			out = append(out, strings.Fields(list)...)
		}
	}
	return slices.DeleteFunc(out, func(name string) bool { return name == "" }), nil
}
