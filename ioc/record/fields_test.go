package record

import (
	"errors"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

// Every field of every type has a value of its kind, and takes its own value back
// exactly if it says that it is writable.
func TestEveryField(t *testing.T) {
	for typ := range typeCount {
		var db Database
		r := mustAdd(t, &db, Spec{Type: typ, ElementKind: pv.Float64})
		for i := range r.fields.defs {
			f := mustField(t, r, r.fields.defs[i].name)
			s, info := f.Get()
			if s.Value.Kind() != f.Kind() || info == nil || f.Count() == 0 {
				t.Errorf("%v.%s: %v, info %v, kind %v, count %d", typ, f.Name(), s.Value.Kind(), info, f.Kind(), f.Count())
			}
			if menu := f.def.menu; menu != "" && len(info.Choices) < 2 {
				t.Errorf("%v.%s: menu %s has choices %q", typ, f.Name(), menu, info.Choices)
			}
			if !typ.Array() || f.Name() != "VAL" {
				if s.Value.IsArray() {
					t.Errorf("%v.%s is an array", typ, f.Name())
				}
			}
			if f.Name() == "SSCN" || f.Name() == "RTYP" {
				continue // begins as no choice; the first cannot be changed
			}
			err := f.Put(s.Value, nil)
			if f.Writable() && err != nil || !f.Writable() && !errors.Is(err, ErrReadOnly) {
				t.Errorf("%v.%s: writable %v, put: %v", typ, f.Name(), f.Writable(), err)
			}
		}
	}
}

// An accessor for a field that no table has would be dead.
func TestEveryAccessorHasItsField(t *testing.T) {
	used := make(map[string]bool)
	for typ := range typeCount {
		for name := range tableOf(typ).byName {
			used[name] = true
		}
	}
	for typ := range typeCount {
		for name := range accessors(typ) {
			if !used[name] {
				t.Errorf("%v: no table has a field %s", typ, name)
			}
		}
	}
}

// What clients ask for beside VAL (pyepics' devices, the archiver, Phoebus, ophyd).
func TestFieldsClientsAskFor(t *testing.T) {
	common := "NAME DESC ASG SCAN PINI PHAS EVNT TSE TSEL DTYP DISV DISA SDIS DISP PROC STAT SEVR AMSG NSTA NSEV " +
		"ACKS ACKT DISS LCNT PACT PUTF RPRO FLNK UTAG UDF UDFS PRIO TPRO RTYP VAL"
	analog := "EGU HOPR LOPR HIHI HIGH LOW LOLO HHSV HSV LSV LLSV HYST MDEL ADEL MLST ALST LALM SIML SIMM SIOL SIMS"
	tests := map[Type]string{
		AI: analog + " PREC INP LINR EGUF EGUL AOFF ASLO SMOO RVAL ORAW", AO: analog + " PREC OUT DRVH DRVL OMSL DOL RVAL RBV OVAL IVOA IVOV",
		BI: "ZNAM ONAM ZSV OSV COSV RVAL INP", BO: "ZNAM ONAM ZSV OSV COSV RVAL RBV OUT HIGH",
		MBBI:   "ZRST FFST ZRVL FFVL ZRSV FFSV NOBT MASK SHFT UNSV COSV RVAL INP",
		MBBO:   "ZRST FFST ZRVL FFVL ZRSV FFSV NOBT UNSV COSV RVAL RBV OUT",
		Longin: analog + " INP", Longout: analog + " OUT DRVH DRVL", Int64in: analog + " INP", Int64out: analog + " OUT DRVH DRVL",
		Stringin: "INP OVAL MPST APST", Stringout: "OUT OVAL", LSI: "SIZV LEN OLEN INP", LSO: "SIZV LEN OUT",
		Waveform: "NELM FTVL NORD EGU PREC HOPR LOPR INP BUSY RARM", AAI: "NELM FTVL NORD INP", AAO: "NELM FTVL NORD OUT",
	}
	for typ, names := range tests {
		for _, name := range strings.Fields(common + " " + names) {
			if tableOf(typ).find(name) == nil {
				t.Errorf("%v has no %s", typ, name)
			}
		}
	}
}

func TestFieldValues(t *testing.T) {
	var db Database
	ai := Spec{
		Name: "AI", Type: AI, Desc: "tank", ASG: "OPS", DTYP: "SCPI", Link: "@PS VOLT?", Device: &syncDevice{log: new(eventLog)},
		Scan: Every(5e8), PINI: true, MDEL: 0.5, ADEL: -1, HYST: 0.25, HHSV: pv.Major,
		Info:   pv.Info{Units: "mbar", Precision: 2, Display: pv.Limits{Low: -1, High: 2}, Alarm: pv.Limits{High: 9}},
		Fields: map[string]string{"SMOO": "0.5", "FLNK": "OTHER", "PHAS": "2", "LSV": "MINOR"},
	}
	mbbo := Spec{
		Name: "MBBO", Type: MBBO, Info: pv.Info{Choices: []string{"a", "b", "c"}}, StateValues: []uint32{1, 2, 4},
		StateSeverities: []pv.Severity{0, pv.Minor}, COSV: pv.Major, Initial: str("c"),
	}
	tests := []struct {
		spec   Spec
		fields map[string]string
	}{
		{ai, map[string]string{
			"NAME": "AI", "RTYP": "ai", "DESC": "tank", "ASG": "OPS", "DTYP": "SCPI", "INP": "@PS VOLT?", "SCAN": ".5 second",
			"PINI": "YES", "MDEL": "0.50", "ADEL": "-1.00", "HYST": "0.25", "EGU": "mbar", "PREC": "2", "LOPR": "-1.00", "HOPR": "2.00",
			"HIHI": "9.00", "HHSV": "MAJOR", "LOLO": "0.00", "LSV": "MINOR", "SMOO": "0.50", "FLNK": "OTHER", "PHAS": "2", "UDF": "1",
			"UDFS": "INVALID", "STAT": "UDF", "SEVR": "INVALID", "ACKT": "YES", "DISV": "1", "SIMM": "NO", "LINR": "NO CONVERSION", "ASLO": "1.00",
		}},
		{mbbo, map[string]string{
			"VAL": "c", "RVAL": "4", "ZRST": "a", "TWST": "c", "THST": "", "ONVL": "2", "ONSV": "MINOR", "COSV": "MAJOR", "DTYP": "Soft Channel",
			"STAT": "NO_ALARM", "UDF": "0", "RTYP": "mbbo", "OUT": "", "OMSL": "supervisory", "SCAN": "Passive",
		}},
		{Spec{Name: "WF", Type: Waveform, ElementKind: pv.Uint16, Elements: 7}, map[string]string{
			"FTVL": "USHORT", "NELM": "7", "NORD": "0", "MPST": "Always", "APST": "Always",
		}},
		{Spec{Name: "SI", Type: Stringin}, map[string]string{"MPST": "On Change", "APST": "On Change"}},
		{Spec{Name: "LSI", Type: LSI}, map[string]string{"SIZV": "41", "LEN": "0"}},
		{Spec{Name: "LO", Type: Longout, Info: pv.Info{Control: pv.Limits{Low: -5, High: 5}}, HYST: 1.9}, map[string]string{
			"DRVL": "-5", "DRVH": "5", "HYST": "1",
		}},
	}
	for _, tt := range tests {
		r := mustAdd(t, &db, tt.spec)
		for name, want := range tt.fields {
			if got := text(t, r, name); got != want {
				t.Errorf("%v.%s = %q, want %q", r.Type(), name, got, want)
			}
		}
	}
	i := must(db.Lookup("AI.HIHI")).Info()
	if i.Units != "mbar" || i.Display.High != 2 || !isNaN(i.Alarm.High) {
		t.Errorf("AI.HIHI: %+v, want the record's units and range, no alarm limits", i)
	}
	if got := must(db.Lookup("LO")).Info().Control; got != (pv.Limits{Low: -5, High: 5}) {
		t.Errorf("LO: control limits %v", got)
	}
	if got := must(db.Lookup("AI")).Info().Control; got != (pv.Limits{Low: -1, High: 2}) {
		t.Errorf("AI: control limits %v, want those of the display", got)
	}
	s, _ := must(db.Lookup("AI.NAME$")).Get()
	if b, _ := pv.Elements[uint8](s.Value); string(b) != "AI\x00" {
		t.Errorf("NAME$ = %q, want its NUL too", b)
	}
}

// VAL is converted by what the other fields say, in whatever order they are given.
func TestFieldsBeforeVAL(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: MBBO, Fields: map[string]string{"VAL": "Fast", "ZRST": "Slow", "ONST": "Fast", "ONVL": "7"}})
	if got := text(t, r, "VAL") + " " + text(t, r, "RVAL"); got != "Fast 7" {
		t.Errorf("VAL and RVAL are %s, want Fast 7", got)
	}
}

func TestMenusRefuseWhatTheyDoNotHave(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: AI})
	for _, name := range []string{"SCAN", "PINI", "UDFS", "HHSV"} {
		if err := mustField(t, r, name).Put(pv.Int32Value(99), nil); err == nil {
			t.Errorf("%s takes 99", name)
		}
	}
	if err := mustField(t, r, "SCAN").Put(str("Event"), nil); err == nil {
		t.Error("SCAN takes Event")
	}
}

func TestTypes(t *testing.T) {
	for _, name := range Types() {
		typ, ok := ParseType(name)
		if !ok || typ.String() != name {
			t.Errorf("%s: %v", name, typ)
		}
	}
	if _, ok := ParseType("motor"); ok {
		t.Error("motor is a type")
	}
}

// VAL and RTYP may be written with the right of access security level 0.
func TestASL(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: AO})
	for name, want := range map[string]int{"VAL": 0, "RTYP": 0, "HIHI": 1, "PROC": 1} {
		if f := mustField(t, r, name); f.ASL() != want {
			t.Errorf("%s: level %d, want %d", name, f.ASL(), want)
		}
	}
}

func TestPreviousLongString(t *testing.T) {
	var db Database
	r := mustAdd(t, &db, Spec{Type: LSO, Elements: 100})
	f := mustField(t, r, "OVAL")
	if err := r.Value().Put(pv.StringValue("now"), nil); err != nil {
		t.Fatal(err)
	}
	if s, _ := f.Get(); s.Value.Str() != "now" || f.Writable() {
		t.Errorf("OVAL is %v, writable %v", s.Value, f.Writable())
	}
	if long, err := db.Lookup(r.Name() + ".OVAL$"); err != nil || long.Count() != 100 {
		t.Errorf("OVAL$ has %d characters, %v", long.Count(), err)
	}
}
