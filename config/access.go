package config

import (
	"errors"
	"fmt"
	"log/slog"
	"path/filepath"
	"slices"
	"strings"

	"github.com/ioclet/ioclet/ioc/access"
)

// accessModel is access: with the rules as they were when the configuration was read.
type accessModel struct {
	file      string
	macros    map[string]string
	byAddress bool
	rules     *access.Rules
}

// putLogModel is put_log:.
type putLogModel struct {
	file    string // "": the IOC's own log
	all     bool
	changes bool
}

// access reads the access security file.
func (c *checker) access() {
	keys := &c.keys.Access
	if !keys.File.Set {
		c.onlyIf(false, keys.Hosts.Set, keys.Hosts.Pos, "hosts", "file")
		for _, m := range keys.Macros {
			c.problem(m.Pos, "", "macros: need file")
			break
		}
		return
	}
	m := &accessModel{file: c.beside(keys.File.Value), macros: map[string]string{}, byAddress: keys.Hosts.Value == "address"}
	for _, k := range keys.Macros {
		m.macros[k.Name] = k.Value.Value
	}
	rules, err := access.Load(m.file, m.macros)
	var wrong access.Problems
	switch {
	case errors.As(err, &wrong):
		for _, p := range wrong {
			c.problems.add(problemOf(p))
		}
		return
	case err != nil:
		c.problem(keys.File.Pos, "an access security file", "file: %v", err)
		return
	}
	m.rules = rules
	c.model.access = m
	for _, p := range rules.Warnings() {
		c.model.Warnings = append(c.model.Warnings, problemOf(p))
	}
	c.unknownGroups(rules)
	c.unknownInputs(rules)
}

func problemOf(p access.Problem) Problem {
	return Problem{Pos: posOf(p.Pos), What: p.What, Expected: p.Expected}
}

func posOf(p access.Pos) Pos { return Pos{&origin{path: p.File}, int32(p.Line), int32(p.Col)} }

// beside is a path that the file names, seen from where the program runs.
func (c *checker) beside(path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(filepath.Dir(c.in.path), path)
}

// group notes where the group of a PV is named first.
func (c *checker) group(k key[string]) {
	if _, known := c.groups[k.Value]; k.Set && !known {
		c.groups[k.Value] = k.Pos
	}
}

// unknownGroups warns of PVs that are in groups which the rules do not have.
func (c *checker) unknownGroups(rules *access.Rules) {
	known := rules.Groups()
	var list []Problem
	for name, at := range c.groups {
		if !slices.Contains(known, name) {
			list = append(list, Problem{Pos: at, What: fmt.Sprintf("asg: no group %q in the access security file, DEFAULT applies", name), Meant: nearest(name, known)})
		}
	}
	slices.SortFunc(list, func(a, b Problem) int { return a.Pos.compare(b.Pos) })
	c.model.Warnings = append(c.model.Warnings, list...)
}

// unknownInputs warns of inputs of rules that are no PVs of this IOC.
func (c *checker) unknownInputs(rules *access.Rules) {
	for _, in := range rules.Inputs() {
		name, _, _ := strings.Cut(in.PV, ".")
		if _, known := c.taken[name]; !known {
			c.model.Warnings = append(c.model.Warnings, Problem{
				Pos:  posOf(in.Pos),
				What: fmt.Sprintf("ASG(%s): input %q is no PV of this IOC, rules that use it do not match", in.Group, in.PV),
			})
		}
	}
}

func (c *checker) putLog() {
	if !c.keys.PutLog.Set {
		return
	}
	k := &c.keys.PutLog.Value
	m := &putLogModel{all: k.Puts.or("all") == "all", changes: !k.Unchanged.or(true)}
	if k.File.Set {
		m.file = c.beside(k.File.Value)
	}
	c.onlyIf(c.keys.Access.File.Set, !m.all, k.Puts.Pos, "puts: trapped", "access: with a file")
	c.model.putLog = m
}

// AccessLoader reads the access security file again, for [ioc.IOC.UseAccess]; it is nil
// if the configuration has none. Its error is [access.Problems], unless the file cannot
// be read.
func (m *Model) AccessLoader() func() (*access.Rules, error) {
	if m.access == nil {
		return nil
	}
	file, macros := m.access.file, m.access.macros // not the model, which is large
	return func() (*access.Rules, error) { return access.Load(file, macros) }
}

// secure says who may do what, but for the rules: their inputs are not there yet.
func (b *builder) secure() {
	b.ioc.ReadOnly = b.model.ReadOnly
	if a := b.model.access; a != nil {
		b.ioc.HostsByAddress = a.byAddress
	}
	l := b.model.putLog
	if l == nil {
		return
	}
	handler := b.log.Handler()
	if l.file != "" {
		handler = slog.NewJSONHandler(&access.LogFile{Path: l.file}, nil)
	}
	b.ioc.PutLog = &access.PutLog{Handler: handler, All: l.all, Changes: l.changes, Log: b.log}
}
