package main

import (
	"bytes"
	"errors"
	"fmt"
	"os"
)

// The databases, by name; the one of n still PVs is sized(n).
const (
	counting = "counting" // B:C0 …: they change ten times a second
	still    = "still"    // B:P0 … and two arrays, filled by the load
)

const (
	counters   = 10_000
	few        = 100       // PVs of still
	bigLen     = 1_000_000 // elements of B:BIG: 8 MB of doubles
	profileLen = 1_000     // elements of B:PROFILE
)

// sizes are the numbers of PVs over which the cost of an operation is drawn.
var sizes = []int{10, 100, 1000, 10_000, 100_000}

func sized(n int) string { return fmt.Sprintf("pvs%d", n) }

// names are those of n PVs of a letter.
func names(letter string, n int) []string {
	all := make([]string, n)
	for i := range all {
		all[i] = fmt.Sprintf("B:%s%d", letter, i)
	}
	return all
}

// database is the same PVs in YAML and as EPICS records.
type database struct{ yaml, db bytes.Buffer }

func newDatabase() *database {
	d := &database{}
	d.yaml.WriteString("ioc: {name: bench, prefix: \"B:\"}\npvs:\n")
	return d
}

// add adds a PV; its name lacks the prefix, fields are what a record says of it.
func (d *database) add(name, yaml, record, fields string) {
	fmt.Fprintf(&d.yaml, "  %s: {%s}\n", name, yaml)
	fmt.Fprintf(&d.db, "record(%s, \"B:%s\") { %s }\n", record, name, fields)
}

// still adds n PVs that change only when somebody writes them.
func (d *database) still(n int) {
	for i := range n {
		d.add(fmt.Sprintf("P%d", i), "value: 1.0", "ao", `field(VAL, "1") field(PINI, "YES")`)
	}
}

func (d *database) array(name string, n int) {
	d.add(name, fmt.Sprintf("value: [0.0], record: waveform, count: %d", n), "waveform",
		fmt.Sprintf(`field(FTVL, "DOUBLE") field(NELM, "%d")`, n))
}

func (d *database) write(s *shop, name string) error {
	return errors.Join(os.WriteFile(s.file(name+".yaml"), d.yaml.Bytes(), 0o644),
		os.WriteFile(s.file(name+".db"), d.db.Bytes(), 0o644))
}

func (s *shop) writeDatabases() error {
	changing, unchanging := newDatabase(), newDatabase()
	for i := range counters {
		changing.add(fmt.Sprintf("C%d", i), "signal: counter, scan: 100ms", "calc", `field(SCAN, ".1 second") field(CALC, "VAL+1")`)
	}
	unchanging.still(few)
	unchanging.array("BIG", bigLen)
	unchanging.array("PROFILE", profileLen)
	err := errors.Join(changing.write(s, counting), unchanging.write(s, still), s.writeEdges())
	for _, n := range sizes {
		d := newDatabase()
		d.still(n)
		err = errors.Join(err, d.write(s, sized(n)))
	}
	return err
}
