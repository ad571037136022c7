package record

import (
	"time"

	"github.com/ioclet/ioclet/pv"
)

// The choices of menuSimm that simulate.
const (
	simulated    = 1 // YES
	simulatedRaw = 2 // RAW: SVAL is a raw value
)

// setSimulation sets SIMM, and with it exchanges SCAN and SSCN (base:
// recGblCheckSimm).
func (r *Record) setSimulation(mode uint8) {
	x := r.withRare()
	if x.sscn == noScan {
		x.simm = mode
		return
	}
	x.oldsimm = x.simm
	if x.simm = mode; mode == x.oldsimm {
		return
	}
	s, err := r.db.scanner.at(int(x.sscn))
	if err != nil {
		return
	}
	x.sscn = uint16(r.db.scanner.index(r.scan))
	r.scan = s
	r.db.scanner.move(r, s)
}

// simulate takes the place of the device in simulation mode: an input takes SVAL, an
// output goes nowhere. With SDLY it takes that long.
func (r *Record) simulate() (res Result, done bool) {
	x := r.rare
	if x.sdly < 0 || isNaN(x.sdly) {
		return r.simulation(), true
	}
	// Ends by itself; on a record that is not active any more it does nothing.
	time.AfterFunc(seconds(x.sdly), func() {
		r.lock.Lock()
		res := r.simulation()
		r.lock.Unlock()
		_ = r.Complete(res) // SVAL has the record's kind
	})
	return Result{}, false
}

// simulation is the outcome of an operation in simulation mode.
func (r *Record) simulation() Result {
	x := r.rare
	res := Result{Alarm: pv.Alarm{Status: pv.StatusSimm, Severity: x.sims}}
	if x.sims == pv.NoAlarm {
		res.Alarm = pv.Alarm{}
	}
	def := r.fields.find("SVAL")
	if def == nil {
		return res
	}
	res.Value = r.get(def)
	switch {
	case x.simm == simulatedRaw && r.typ == AI:
		res.Value = pv.IntValue(pv.Int64, floor(res.Value.Float64()))
	case x.simm == simulated && r.typ.discrete():
		res.Value = pv.EnumValue(uint16(res.Value.Int64())) // a state, not a raw value
	}
	return res
}

func floor(x float64) int64 {
	n := pv.Float64Value(x).Int64()
	if float64(n) > x {
		n--
	}
	return n
}

// maxDelay is the longest delay, a year.
const maxDelay = 365 * 24 * 60 * 60

// seconds is x as a time.
func seconds(x float64) time.Duration {
	return time.Duration(min(max(x, 0), maxDelay) * float64(time.Second))
}
