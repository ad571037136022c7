package config

import (
	"fmt"
	"os"
	"reflect"
	"slices"
	"strings"
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/ioc/record"
)

// checker turns keys into a model and collects what does not fit together.
type checker struct {
	in       *origin
	problems *Problems
	keys     *fileKeys
	model    *Model

	// A file can have 100,000 of each: what is looked for is looked up.
	taken  map[string]Pos        // names of PVs
	gpios  map[lineID]*lineModel // that have the line first
	lines  map[lineID]PinUse     // by what uses them first
	wires  map[string]Pos        // what the ports are connected to
	shared map[string]hub        // those of ports:, by name
	buses  map[string]*busModel
	places map[sysfs.Place]*placeModel
	ids    map[string]*sensorModel // of 1-Wire sensors
	groups map[string]Pos          // of access security, where a PV first names them
}

// check makes the model of a file's keys. It is good only if no problem was found.
func check(in *origin, keys *fileKeys, problems *Problems) *Model {
	c := &checker{
		in: in, problems: problems, keys: keys, taken: map[string]Pos{}, gpios: map[lineID]*lineModel{}, lines: map[lineID]PinUse{}, wires: map[string]Pos{}, shared: map[string]hub{},
		buses: map[string]*busModel{}, places: map[sysfs.Place]*placeModel{}, ids: map[string]*sensorModel{}, groups: map[string]Pos{}, model: &Model{
			Name: keys.IOC.Name.Value, Prefix: keys.IOC.Prefix.Value,
		},
	}
	c.letters(keys.IOC.Prefix.Pos, keys.IOC.Prefix.Value)
	c.model.ReadOnly, c.model.RecSync = keys.IOC.ReadOnly.Value, keys.RecSync.Value
	c.model.engineer, c.model.location = keys.IOC.Engineer.Value, keys.IOC.Location.Value
	c.server()
	c.clock()
	c.board()
	c.common(&keys.Defaults)
	c.ports()
	for i := range keys.Devices {
		if problems.full() {
			break
		}
		c.device(&keys.Devices[i])
	}
	top := scope{prefix: c.model.Prefix, defaults: []*commonKeys{&keys.Defaults}}
	for i := range keys.PVs {
		if problems.full() {
			break
		}
		c.pv(&keys.PVs[i], top)
	}
	c.simWires()
	if len(*problems) == 0 {
		c.sharedPorts()
		c.status()
		c.unusedPorts()
		c.syncStates()
	}
	c.access()
	c.putLog()
	if len(c.model.PVs) == 0 && len(*problems) == 0 {
		c.problem(Pos{in: in}, "pvs: or devices: with at least one PV", "no PVs")
	}
	return c.model
}

func (c *checker) problem(at Pos, expected, format string, args ...any) {
	c.problems.add(Problem{Pos: at, What: fmt.Sprintf(format, args...), Expected: expected})
}

// onlyIf reports a key that is set though it does not fit.
func (c *checker) onlyIf(fits, set bool, at Pos, what, needs string) {
	if set && !fits {
		c.problem(at, "", "%s needs %s", what, needs)
	}
}

// notLong checks a time that somebody waits for.
func (c *checker) notLong(what string, k key[time.Duration]) {
	if k.Value > time.Hour {
		c.problem(k.Pos, "at most 1h", "%s: %v", what, k.Value)
	}
}

// board finds the board whose pin names are used.
func (c *checker) board() {
	c.model.Board = boards.Generic()
	name := c.keys.Board.or("auto")
	if name == "auto" {
		if b, err := boards.Detect(os.DirFS("/")); err == nil {
			c.model.Board = b
		}
		return // a machine that does not say what it is has pins by chip and offset
	}
	b, err := boards.ByName(name)
	if err != nil {
		p := Problem{Pos: c.keys.Board.Pos, What: fmt.Sprintf("unknown board %q", name), Meant: nearest(name, boards.Names())}
		if p.Meant == "" {
			p.Expected = "auto or one of " + strings.Join(boards.Names(), ", ")
		}
		c.problems.add(p)
		return
	}
	c.model.Board = b
}

// letters checks the letters of a part of a PV's name.
func (c *checker) letters(at Pos, part string) {
	if strings.ContainsFunc(part, func(r rune) bool {
		return !(r >= 'a' && r <= 'z' || r >= 'A' && r <= 'Z' || r >= '0' && r <= '9' || strings.ContainsRune("_-+:[]<>;", r))
	}) {
		c.problem(at, "letters, digits and any of _ - + : [ ] < > ;", "the name %q", part)
	}
}

// name checks a name that the user gives to something.
func (c *checker) name(at Pos, name string) {
	if name == "" {
		c.problem(at, "a name", "the name is empty")
	}
	c.letters(at, name)
}

// pvName checks the whole name of a PV, whose parts are good.
func (c *checker) pvName(p *PV) {
	if len(p.Name) > record.MaxName {
		c.problem(p.Pos, fmt.Sprintf("at most %d", record.MaxName), "the name %s has %d characters", p.Name, len(p.Name))
		return
	}
	if first, ok := c.taken[p.Name]; ok {
		c.problem(p.Pos, "", "the name %s is taken already by line %d", p.Name, first.Line)
		return
	}
	c.taken[p.Name] = p.Pos
}

// strangers reports keys of the block that belong to others of its kind: to PVs with
// other sources, to devices with other connections. message says so of what they belong
// to and of what there is.
func (c *checker) strangers(block reflect.Value, is, message string) {
	for _, key := range keysOf(block.Type()) {
		if len(key.of) == 0 || slices.Contains(key.of, is) {
			continue
		}
		if m := markOf(key.in(block)); m.Set {
			c.problem(m.Pos, "", "%s "+message, key.name, inWords(key.of, "or"), is)
		}
	}
}
