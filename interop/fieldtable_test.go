package interop_test

import (
	"cmp"
	"flag"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/ioc/record"
)

var update = flag.Bool("update", false, "write the files that are made of what is installed")

const fieldTable = "../ioc/record/fields.txt"

// TestFieldTable holds the table of record fields to the .dbd files of the EPICS base
// that is installed; with -update it makes the table of them ("go generate" then makes
// Go of it).
func TestFieldTable(t *testing.T) {
	t.Parallel()
	dirs, err := filepath.Glob("../.venv/lib/python*/site-packages/epicscorelibs/dbd")
	if err != nil || len(dirs) != 1 {
		t.Fatalf("%v, %v: want one directory of .dbd files", dirs, err)
	}
	d, err := readDefinitions(dirs[0], record.Types())
	if err != nil {
		t.Fatal(err)
	}
	want := d.table(record.Types())
	if *update {
		if err := os.WriteFile(fieldTable, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	have, err := os.ReadFile(fieldTable)
	if err != nil {
		t.Fatal(err)
	}
	if string(have) != want {
		a, b := strings.Split(string(have), "\n"), strings.Split(want, "\n")
		for i := range min(len(a), len(b)) {
			if a[i] != b[i] {
				t.Fatalf("fields.txt:%d: %q, in the .dbd files %q; go test ./interop -run TestFieldTable -update makes the table anew", i+1, a[i], b[i])
			}
		}
		t.Fatalf("fields.txt has %d lines, the .dbd files make %d", len(a), len(b))
	}
}

// definitions are the facts of .dbd files.
type definitions struct {
	menus  map[string][]string
	fields map[string][]definition // by record type, the common ones first
	common map[string]bool         // names of the common fields

	files map[string][]definition // fields in files that others include
}

// definition is a field: its name and its attributes, the type under "".
type definition struct {
	name       string
	attributes map[string]string
}

// readDefinitions reads those of the record types.
func readDefinitions(dir string, types []string) (*definitions, error) {
	d := &definitions{
		menus: make(map[string][]string), fields: make(map[string][]definition), common: make(map[string]bool),
		files: make(map[string][]definition),
	}
	files, err := filepath.Glob(filepath.Join(dir, "*.dbd"))
	if err != nil {
		return nil, err
	}
	for _, file := range files {
		name := filepath.Base(file)
		typ, isType := strings.CutSuffix(name, "Record.dbd")
		if !slices.Contains(types, typ) && (isType || !strings.HasPrefix(name, "menu")) {
			continue
		}
		words, err := dbdWords(file)
		if err != nil {
			return nil, err
		}
		if err := d.read(dir, words); err != nil {
			return nil, fmt.Errorf("%s: %w", name, err)
		}
	}
	common, err := d.included(filepath.Join(dir, "dbCommon.dbd"))
	for _, f := range common {
		d.common[f.name] = true
	}
	return d, err
}

var dbdWord = regexp.MustCompile(`"(?:[^"\\]|\\.)*"|[(){},]|[^\s(){},"]+`)

// dbdWords splits a .dbd file; comments and lines of C are left out.
func dbdWords(file string) ([]string, error) {
	text, err := os.ReadFile(file)
	if err != nil {
		return nil, err
	}
	var words []string
	for line := range strings.Lines(string(text)) {
		if strings.HasPrefix(strings.TrimSpace(line), "%") {
			continue
		}
		for _, w := range dbdWord.FindAllString(line, -1) {
			if w[0] == '#' {
				break
			}
			words = append(words, strings.Trim(w, `"`))
		}
	}
	return words, nil
}

// read takes the menus and record types of a file.
func (d *definitions) read(dir string, w []string) error {
	for i := 0; i < len(w); i++ {
		if w[i] != "menu" && w[i] != "recordtype" {
			continue
		}
		end := i + slices.Index(w[i:], "{") // after ( name )
		for depth := 1; depth > 0; {
			if end++; end >= len(w) {
				return fmt.Errorf("%s %s does not end", w[i], w[i+2])
			}
			switch w[end] {
			case "{":
				depth++
			case "}":
				depth--
			}
		}
		body := w[i+5 : end]
		switch w[i] {
		case "menu":
			for len(body) >= 6 { // choice ( name , "text" )
				d.menus[w[i+2]] = append(d.menus[w[i+2]], body[4])
				body = body[6:]
			}
		case "recordtype":
			fields, err := d.readFields(dir, body)
			if err != nil {
				return err
			}
			d.fields[w[i+2]] = fields
		}
		i = end
	}
	return nil
}

// readFields takes the fields between a record type's braces.
func (d *definitions) readFields(dir string, w []string) ([]definition, error) {
	var all []definition
	for i := 0; i < len(w); i++ {
		switch w[i] {
		case "include":
			i++
			fields, err := d.included(filepath.Join(dir, w[i]))
			if err != nil {
				return nil, err
			}
			all = append(all, fields...)
		case "field": // field ( name , type ) { attribute ( value ) … }
			f := definition{w[i+2], map[string]string{"": w[i+4]}}
			for i += 7; w[i] != "}"; i += 4 {
				f.attributes[w[i]] = w[i+2]
			}
			all = append(all, f)
		default:
			return nil, fmt.Errorf("unexpected %q", w[i])
		}
	}
	return all, nil
}

// included are the fields in a file.
func (d *definitions) included(file string) ([]definition, error) {
	if fields, ok := d.files[file]; ok {
		return fields, nil
	}
	words, err := dbdWords(file)
	if err != nil {
		return nil, err
	}
	fields, err := d.readFields(filepath.Dir(file), words)
	d.files[file] = fields
	return fields, err
}

// table is fields.txt.
func (d *definitions) table(types []string) string {
	var b strings.Builder
	b.WriteString(`# The fields of the record types, as facts of EPICS base's .dbd files: name, type
# (string with its size, menu with its name), flags, initial value.
#   nomod  clients may not write it
#   pp     a write processes a passive record
#   prop   a change is a PROPERTY event
#   asl0   of access security level 0; the others are of level 1
# Fields that no client can read (DBF_NOACCESS) are left out, but for the values of
# arrays and long strings. Made by interop's TestFieldTable; "go generate" makes
# fields_gen.go of this.
`)
	used := make(map[string]bool)
	var rows strings.Builder
	list := func(title string, fields []definition, common bool) {
		fmt.Fprintln(&rows, title)
		for _, f := range fields {
			if d.common[f.name] != common {
				continue
			}
			if row, ok := f.row(); ok {
				fmt.Fprintf(&rows, "  %s\n", row)
				used[f.attributes["menu"]] = true
			}
		}
	}
	list("common", d.fields[types[0]], true)
	for _, t := range types {
		list(t, d.fields[t], false)
	}
	for _, m := range slices.Sorted(maps.Keys(used)) {
		if m != "" {
			fmt.Fprintf(&b, "menu %s: %s\n", m, strings.Join(d.menus[m], "|"))
		}
	}
	return b.String() + rows.String()
}

// row is the field's line; !ok if no client can read it.
func (f definition) row() (line string, ok bool) {
	a := f.attributes
	typ := strings.ToLower(strings.TrimPrefix(a[""], "DBF_"))
	switch typ {
	case "noaccess":
		if a["special"] != "SPC_DBADDR" {
			return "", false
		}
	case "menu":
		typ += ":" + a["menu"]
	case "string":
		typ += ":" + a["size"]
	}
	line = fmt.Sprintf("%-4s %s", f.name, typ)
	for _, flag := range []struct {
		name string
		on   bool
	}{
		// That OVAL of a long string is read-only, only the code of base says.
		{"nomod", a["special"] == "SPC_NOMOD" || typ == "noaccess" && f.name != "VAL"},
		{"pp", cmp.Or(a["pp"], "FALSE") != "FALSE"},
		{"prop", cmp.Or(a["prop"], "NO") != "NO"},
		{"asl0", a["asl"] == "ASL0"},
	} {
		if flag.on {
			line += " " + flag.name
		}
	}
	if initial := a["initial"]; initial != "" {
		line += " = " + initial
	}
	return line, true
}
