package config

import (
	"errors"
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/ioc/record"
)

// ownKeys are the fields that have a key of another name, and that key.
var ownKeys = map[string]string{
	"VAL": "value", "DTYP": "", "INP": "", "OUT": "", "NAME": "", "RTYP": "record", "NELM": "count", "SIZV": "count", "FTVL": "record",
	"HIHI": "alarm: {hihi: …}", "HIGH": "alarm: {high: …}", "LOW": "alarm: {low: …}", "LOLO": "alarm: {lolo: …}",
	"HHSV": "alarm: {hihi: {severity: …}}", "HSV": "alarm: {high: {severity: …}}",
	"LSV": "alarm: {low: {severity: …}}", "LLSV": "alarm: {lolo: {severity: …}}",
	"DRVL": "drive", "DRVH": "drive", "LOPR": "display", "HOPR": "display", "ZNAM": "states", "ONAM": "states",
	"SCAN": "scan", "EGU": "egu", "PREC": "prec", "MDEL": "mdel", "ADEL": "adel", "HYST": "hyst", "PINI": "pini", "ASG": "asg", "DESC": "desc",
}

// fields checks the fields that are given by name, each by itself.
func (c *checker) fields(spec *record.Spec, k *pvKeys) {
	try := func(name, text string) error {
		var db record.Database
		_, err := db.Add(record.Spec{Name: "X", Type: spec.Type, Info: spec.Info, ElementKind: spec.ElementKind, Fields: map[string]string{name: text}})
		var bad *record.SpecError
		if errors.As(err, &bad) {
			return bad.Err
		}
		return err
	}
	for _, f := range k.Fields {
		if key, ok := ownKeys[f.Name]; ok {
			if f.Name == "HIGH" && spec.Type == record.BO {
				key = "pulse"
			}
			p := Problem{Pos: f.Pos, What: fmt.Sprintf("field %s follows from the other keys", f.Name)}
			if key != "" {
				p.What, p.Meant = fmt.Sprintf("field %s has a key of its own", f.Name), key
			}
			c.problems.add(p)
			continue
		}
		if err := try(f.Name, f.Value.Value); err != nil {
			p := Problem{Pos: f.Pos, What: fmt.Sprintf("field %s of a record of type %s: %v", f.Name, spec.Type, err)}
			if upper := strings.ToUpper(f.Name); upper != f.Name && isField(spec, upper) {
				p.Meant = upper
			}
			c.problems.add(p)
			continue
		}
		if spec.Fields == nil {
			spec.Fields = map[string]string{}
		}
		spec.Fields[f.Name] = f.Value.Value
	}
}

// isField reports whether records of this type have the field.
func isField(spec *record.Spec, name string) bool {
	var db record.Database
	r, err := db.Add(record.Spec{Name: "X", Type: spec.Type})
	if err != nil {
		return false
	}
	_, err = r.Field(name)
	return err == nil
}
