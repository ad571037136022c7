package record

import (
	"strings"
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
	switch {
	case b.hhsv != 0 && above(b.hihi):
		r.limit(pv.StatusHiHi, b.hhsv, b.hihi)
	case b.llsv != 0 && below(b.lolo):
		r.limit(pv.StatusLoLo, b.llsv, b.lolo)
	case b.hsv != 0 && above(b.high):
		r.limit(pv.StatusHigh, b.hsv, b.high)
	case b.lsv != 0 && below(b.low):
		r.limit(pv.StatusLow, b.lsv, b.low)
	default:
		r.alarmed = markOf(r.sample.Value)
	}
}

func (r *Record) limit(status pv.Status, severity pv.Severity, limit float64) {
	if r.raise(status, severity) {
		r.alarmed = markOf(number(r.kind, limit))
	}
}

// checkState is base's checkAlarms of bi, bo, mbbi and mbbo. The alarm of a change
// lasts one processing for all of them; that of base's mbbi and mbbo lasts until
// the state before the change comes back.
func (r *Record) checkState() {
	s := r.states
	if s == nil {
		return
	}
	i := r.sample.Value.Int64()
	switch {
	case i < int64(r.typ.states()):
		r.raise(pv.StatusState, s.severity[i])
	case r.typ.binary():
		return
	default:
		r.raise(pv.StatusState, s.unsv)
	}
	if m := markOf(r.sample.Value); m != r.alarmed {
		r.raise(pv.StatusCOS, s.cosv)
		r.alarmed = m
	}
}

// resetAlarms makes the alarms of this processing those of the record, posts the
// fields that have them, and returns what that means for the value (base:
// recGblResetAlarms).
func (r *Record) resetAlarms(cause error) pv.Mask {
	old, now := r.sample.Alarm, r.next
	r.sample.Alarm, r.next = now, pv.Alarm{}
	explained := r.fieldSubs > 0 && alarmMessage(r.cause) != alarmMessage(cause)
	r.cause = cause
	if explained {
		r.postField("AMSG", pv.EventValue)
	}
	if old == now {
		return 0
	}
	var stat pv.Mask
	if old.Severity != now.Severity {
		stat = pv.EventAlarm
		r.postField("SEVR", pv.EventValue)
	}
	if old.Status != now.Status {
		stat |= pv.EventValue
	}
	r.postField("STAT", stat)
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
