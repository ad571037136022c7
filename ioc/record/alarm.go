package record

import (
	"math"
	"strings"
	"time"
	"unicode/utf8"

	"github.com/ioclet/ioclet/pv"
)

// raise adds an alarm to those of the processing under way; the first of the
// worst stands (base: recGblSetSevr).
func (r *Record) raise(status pv.Status, severity pv.Severity) (raised bool) {
	if severity <= r.next.Severity {
		return false
	}
	r.next = pv.Alarm{Status: status, Severity: severity}
	return true
}

// checkAlarms raises the alarms that follow from the value.
func (r *Record) checkAlarms() {
	switch {
	case r.is(udf):
		r.raise(pv.StatusUDF, r.udfs)
		if r.rare != nil {
			r.rare.afvl = 0
		}
	case r.typ.analog():
		r.checkLimits()
	case r.typ.discrete():
		r.checkState()
	}
}

// checkLimits is base's checkAlarms of analog records: a limit that has been
// reached (LALM) is left only when the value is HYST inside it.
func (r *Record) checkLimits() {
	b := r.bands
	if b == nil {
		return
	}
	x, at := r.sample.Value.Float64(), r.alarmed.float(r.kind)
	above := func(limit float64) bool { return x >= limit || at == limit && x >= limit-b.hyst }
	below := func(limit float64) bool { return x <= limit || at == limit && x <= limit+b.hyst }
	level := levelNormal
	switch {
	case b.hhsv != 0 && above(b.hihi):
		level = levelHiHi
	case b.llsv != 0 && below(b.lolo):
		level = levelLoLo
	case b.hsv != 0 && above(b.high):
		level = levelHigh
	case b.lsv != 0 && below(b.low):
		level = levelLow
	}
	if r.rare != nil {
		level = r.rare.filter(level)
	}
	switch {
	case level == levelHiHi && b.hhsv != 0:
		r.limit(pv.StatusHiHi, b.hhsv, b.hihi)
	case level == levelLoLo && b.llsv != 0:
		r.limit(pv.StatusLoLo, b.llsv, b.lolo)
	case level == levelHigh && b.hsv != 0:
		r.limit(pv.StatusHigh, b.hsv, b.high)
	case level == levelLow && b.lsv != 0:
		r.limit(pv.StatusLow, b.lsv, b.low)
	default:
		r.alarmed = markOf(r.sample.Value)
	}
}

// alarmLevel is where a value stands among the limits.
type alarmLevel int8

const (
	levelLoLo alarmLevel = 1 + iota
	levelLow
	levelNormal
	levelHigh
	levelHiHi
)

// reverse is how far the filter's output must be above a level to be rounded up to the
// next one: what is left of a step after one time constant (base: aiRecord.c).
const reverse = 0.6321

// filter smooths the level with the time constant AFTC, so that a short excursion is
// no alarm (base: aiRecord.c checkAlarms). The sign of AFVL says where it is rounded
// to, which gives it hysteresis.
func (x *rare) filter(level alarmLevel) alarmLevel {
	if !(x.aftc > 0) {
		x.afvl = 0
		return level
	}
	if x.afvl == 0 {
		x.afvl = float64(level)
		return level
	}
	alpha := 1 / (1 + x.elapsed/x.aftc)
	v := alpha * x.afvl
	if x.afvl > 0 {
		v += (1 - alpha) * float64(level)
	} else {
		v += (alpha - 1) * float64(level)
	}
	if v-math.Floor(v) > reverse {
		v = -v
	}
	x.afvl = v
	return alarmLevel(math.Abs(math.Floor(v)))
}

// pass notes that the record is processed at now. Time is not that of the values,
// which jumps when somebody sets the clock.
func (x *rare) pass(now time.Time) {
	x.elapsed = 0
	if !x.processed.IsZero() {
		x.elapsed = now.Sub(x.processed).Seconds()
	}
	x.processed = now
}

func (r *Record) limit(status pv.Status, severity pv.Severity, limit float64) {
	if r.raise(status, severity) {
		r.alarmed = markOf(number(r.kind, limit))
	}
}

// checkState is base's checkAlarms of bi, bo, mbbi and mbbo. The alarm of a change
// lasts one processing for all of them; that of base's mbbi and mbbo lasts until
// the state before the change comes back (for the mbbi base has mended it after 7.0.10).
func (r *Record) checkState() {
	s := r.states
	if s == nil {
		return
	}
	i := r.sample.Value.Int64()
	switch {
	case i < int64(r.typ.states()):
		r.raise(pv.StatusState, r.filtered(s.severity[i]))
	case r.typ.binary():
		return
	default:
		r.raise(pv.StatusState, r.filtered(s.unsv))
	}
	if m := markOf(r.sample.Value); m != r.alarmed {
		r.raise(pv.StatusCOS, s.cosv)
		r.alarmed = m
	}
}

// filtered is the severity of a state behind the alarm filter, which for an mbbi
// smooths the severity itself. (base: mbbiRecord.c checkAlarms, where it has no effect
// up to 7.0.10.)
func (r *Record) filtered(s pv.Severity) pv.Severity {
	if r.rare == nil {
		return s
	}
	return pv.Severity(r.rare.filter(alarmLevel(s)+1) - 1) // 0 is no level
}

// resetAlarms makes the alarms of this processing those of the record, posts the
// fields that have them, and returns what that means for the value (base:
// recGblResetAlarms).
func (r *Record) resetAlarms(cause error) pv.Mask {
	old, now := r.sample.Alarm, r.next
	r.sample.Alarm, r.next = now, pv.Alarm{}
	var stat pv.Mask
	if (r.cause != nil || cause != nil) && alarmMessage(r.cause) != alarmMessage(cause) {
		stat = pv.EventAlarm
	}
	r.cause = cause
	if old.Severity != now.Severity {
		stat = pv.EventAlarm
		r.postField("SEVR", pv.EventValue)
	}
	if old.Status != now.Status {
		stat |= pv.EventValue
	}
	if stat == 0 {
		return 0
	}
	r.postField("STAT", stat)
	r.postField("AMSG", stat)
	if ackt, acks := r.Ack(); !ackt || now.Severity >= acks {
		r.setAck(ackt, now.Severity)
		r.postField("ACKS", pv.EventValue)
	}
	return pv.EventAlarm
}

// maxMessage is how much of a text fits AMSG.
const maxMessage = 39

// alarmMessage is what AMSG says of cause: its first line, cut at a character.
func alarmMessage(cause error) string {
	if cause == nil {
		return ""
	}
	text, _, _ := strings.Cut(cause.Error(), "\n")
	if len(text) <= maxMessage {
		return text
	}
	n := maxMessage
	for n > 0 && !utf8.RuneStart(text[n]) {
		n--
	}
	return text[:n]
}
