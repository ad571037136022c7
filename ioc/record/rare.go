package record

import (
	"time"

	"github.com/ioclet/ioclet/pv"
)

// rare is what few records have: settings of raw conversion, of simulation, of outputs.
// A record without any of them has none of it.
type rare struct {
	// conversion between raw and engineering units of ai and ao
	linr                   uint8 // index in menuConvert
	roff                   uint32
	aslo, aoff, eslo, eoff float64
	egul, eguf             float64
	smoo                   float64 // ai
	oroc, oval             float64 // ao
	omod                   bool    // OVAL has changed

	// simulation mode
	simm, oldsimm uint8
	sims          pv.Severity
	sscn          uint16   // SCAN in the other mode, an index of the menu
	sdly          float64  // in seconds; negative: at once
	sval          pv.Value // Invalid: zero

	// outputs in alarm
	ivoa   uint8 // index in menuIvoa
	ivov   pv.Value
	forced pv.Alarm // of this processing, from before the output was written

	// momentary bo
	high  float64 // in seconds
	pulse *time.Timer

	// alarm filter
	aftc, afvl float64
	elapsed    float64 // since the last processing, in seconds
	processed  time.Time
}

// noScan is SSCN's value for no other scan.
const noScan = 65535

func newRare(r *Record) *rare {
	x := &rare{eslo: 1, sdly: -1, sscn: noScan}
	switch r.typ {
	case AI:
		x.aslo = 1
	case AO:
		x.oval = r.sample.Value.Float64()
	}
	return x
}

func (r *Record) withRare() *rare {
	if r.rare == nil {
		r.rare = newRare(r)
	}
	return r.rare
}

// rarely is what the record has of rare, or would have; it is for looking only.
func (r *Record) rarely() *rare {
	if r.rare == nil {
		return newRare(r)
	}
	return r.rare
}

func rareFloat(at func(x *rare) *float64) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return pv.Float64Value(*at(r.rarely())) },
		set: func(r *Record, v pv.Value) error { *at(r.withRare()) = v.Float64(); return nil },
	}
}

func rareChoice(at func(x *rare) *uint8) accessor {
	return accessor{
		get: func(r *Record) pv.Value { return pv.EnumValue(uint16(*at(r.rarely()))) },
		set: func(r *Record, v pv.Value) error { *at(r.withRare()) = uint8(v.Int64()); return nil },
	}
}

// rareValue is a value of the field's own kind k.
func rareValue(k pv.Kind, at func(x *rare) *pv.Value) accessor {
	return accessor{
		get: func(r *Record) pv.Value {
			if v := *at(r.rarely()); v.Kind() != pv.Invalid {
				return v
			}
			return zero(k)
		},
		set: func(r *Record, v pv.Value) error { *at(r.withRare()) = v; return nil },
	}
}

// rareFields are the fields of t that have their place in rare. Kinds are those of the
// type's own table.
func rareFields(t Type, kind func(field string) pv.Kind) fieldBehaviour {
	f := fieldBehaviour{
		"SIMM": {
			get: func(r *Record) pv.Value { return pv.EnumValue(uint16(r.rarely().simm)) },
			set: func(r *Record, v pv.Value) error { r.setSimulation(uint8(v.Int64())); return nil },
		},
		"OLDSIMM": rareChoice(func(x *rare) *uint8 { return &x.oldsimm }),
		"SIMS": {
			get: func(r *Record) pv.Value { return pv.EnumValue(uint16(r.rarely().sims)) },
			set: func(r *Record, v pv.Value) error { r.withRare().sims = pv.Severity(v.Int64()); return nil },
		},
		"SSCN": {
			get: func(r *Record) pv.Value { return pv.EnumValue(r.rarely().sscn) },
			set: func(r *Record, v pv.Value) error { r.withRare().sscn = uint16(v.Int64()); return nil },
		},
		"SDLY": rareFloat(func(x *rare) *float64 { return &x.sdly }),
	}
	if k := kind("SVAL"); k != pv.Invalid {
		f["SVAL"] = rareValue(k, func(x *rare) *pv.Value { return &x.sval })
	}
	if k := kind("IVOV"); k != pv.Invalid {
		f["IVOA"] = rareChoice(func(x *rare) *uint8 { return &x.ivoa })
		f["IVOV"] = rareValue(k, func(x *rare) *pv.Value { return &x.ivov })
	}
	if kind("AFTC") != pv.Invalid {
		f["AFTC"] = rareFloat(func(x *rare) *float64 { return &x.aftc })
		f["AFVL"] = accessor{get: func(r *Record) pv.Value { return pv.Float64Value(r.rarely().afvl) }}
	}
	if t == BO {
		f["HIGH"] = rareFloat(func(x *rare) *float64 { return &x.high })
	}
	if t != AI && t != AO {
		return f
	}
	f["LINR"] = rareChoice(func(x *rare) *uint8 { return &x.linr })
	f["ROFF"] = accessor{
		get: func(r *Record) pv.Value { return pv.IntValue(pv.Uint32, int64(r.rarely().roff)) },
		set: func(r *Record, v pv.Value) error { r.withRare().roff = uint32(v.Int64()); return nil },
	}
	for name, at := range map[string]func(x *rare) *float64{
		"ASLO": func(x *rare) *float64 { return &x.aslo }, "AOFF": func(x *rare) *float64 { return &x.aoff },
		"ESLO": func(x *rare) *float64 { return &x.eslo }, "EOFF": func(x *rare) *float64 { return &x.eoff },
		"EGUL": func(x *rare) *float64 { return &x.egul }, "EGUF": func(x *rare) *float64 { return &x.eguf },
	} {
		f[name] = rareFloat(at)
	}
	raw := func(at func(r *Record) uint32) accessor {
		return accessor{get: func(r *Record) pv.Value { return pv.IntValue(pv.Int32, int64(int32(at(r)))) }}
	}
	f["RVAL"] = accessor{
		get: raw(func(r *Record) uint32 { return r.raw }).get,
		set: func(r *Record, v pv.Value) error { r.raw = uint32(v.Int64()); return nil },
	}
	f["ORAW"] = raw(func(r *Record) uint32 { return r.rawPosted })
	if t == AI {
		f["SMOO"] = rareFloat(func(x *rare) *float64 { return &x.smoo })
		return f
	}
	f["OROC"] = rareFloat(func(x *rare) *float64 { return &x.oroc })
	f["OVAL"] = rareFloat(func(x *rare) *float64 { return &x.oval })
	return f
}
