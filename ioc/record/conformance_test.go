package record

import (
	"bufio"
	"os"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// native is how each kind travels in Channel Access (base: dbDBRnewToDBRold).
var native = map[pv.Kind]string{
	pv.String: "STRING", pv.Int8: "CHAR", pv.Uint8: "CHAR", pv.Int16: "SHORT", pv.Uint16: "LONG",
	pv.Int32: "LONG", pv.Uint32: "DOUBLE", pv.Int64: "DOUBLE", pv.Uint64: "DOUBLE",
	pv.Float32: "FLOAT", pv.Float64: "DOUBLE", pv.Enum: "ENUM",
}

// differing has the fields that in an empty record are not as in base, and why.
var differing = map[string]string{
	"bi.VAL":   "a record without states gives its index, in base nothing",
	"bo.VAL":   "likewise",
	"mbbi.VAL": "likewise",
	"mbbo.VAL": "without states base calls it a number",
	"aai.NORD": "base has one element where NELM is 1",
	"SSCN":     "base gives a menu's index beyond its choices as a number",
	"INIT":     "a flag of the processing in base, which has nothing to tell here",
}

// The fields of an empty record as softIoc has them: name, type, count, value.
// Clients may write what softIoc lets them write, as far as it does something
// here.
func TestFieldsAsSoftIoc(t *testing.T) {
	f, err := os.Open("testdata/softioc-fields.txt")
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var db Database
	seen := 0
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if strings.HasPrefix(lines.Text(), "#") {
			continue
		}
		w := strings.SplitN(lines.Text(), " ", 6)
		typ, ok := ParseType(w[0])
		if !ok || len(w) < 6 {
			t.Fatalf("%q", lines.Text())
		}
		name := "T:" + w[0]
		r := db.Record(name)
		if r == nil {
			r = mustAdd(t, &db, Spec{Name: name, Type: typ})
		}
		seen++
		field, err := r.Field(w[1])
		if err != nil {
			t.Errorf("%v: %v", typ, err)
			continue
		}
		s, info := field.Get()
		value := string(s.Value.AppendText(nil, info))
		if s.Value.IsArray() && s.Value.Len() == 0 {
			value = ""
		}
		if differing[w[1]] != "" || differing[w[0]+"."+w[1]] != "" {
			continue
		}
		if native[field.Kind()] != w[2] {
			t.Errorf("%v.%s is %v, in base %s", typ, w[1], field.Kind(), w[2])
		}
		if value != w[5] {
			t.Errorf("%v.%s = %q, in base %q", typ, w[1], value, w[5])
		}
		if field.Writable() && w[4] != "rw" {
			t.Errorf("%v.%s is writable, in base it is not", typ, w[1])
		}
	}
	if seen < 1000 {
		t.Errorf("only %d fields compared", seen)
	}
}
