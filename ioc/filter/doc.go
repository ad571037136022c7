// Package filter is the channel filters of EPICS: what a client may write behind the
// name of a field, to be sent less, or something else, than the field's value.
//
//	REC.VAL[2:5]                      elements 2 to 5 of an array
//	REC.VAL[0:10:-1]                  every tenth
//	REC.DESC$[0:9]                    the first characters of a text
//	REC.{dbnd:{abs:0.5}}              events only when the value has moved by more
//	REC.{dec:{n:10}}                  every tenth event
//	REC.{sync:{while:"beam"}}         events only while the IOC's state "beam" is true
//	REC.{utag:{M:1,V:1}}              events whose user tag has bit 0 set
//	REC.{ts:{}}                       with the time at which it is sent
//	REC.{ts:{num:"dbl"}}              the time stamp itself
//	REC.{arr:{s:2,e:5},ts:{str:"iso"}}  several
//
// What stands between braces is JSON5, as EPICS base reads it.
//
//	name ──record──▶ field, rest ──Open──▶ *Chain ──▶ kind and count of the channel
//	                                          │
//	           an event of the field ──▶ Monitor.Pass: ts dbnd sync dec utag ── no ─▶ dropped
//	                                          │ yes
//	           a read ──▶ Chain.Read ──▶ Chain.Value: arr ts ──▶ to the client
//
// Filters of the first kind decide about an event or give it another time; those of
// the second change its value and act behind them all, each kind in the order in which
// they are written. A read sees only those that change time or value; a write passes by
// all of them, to the field itself. All as in EPICS base 7.0.10, but that each
// subscription of a channel has its own state there.
//
// The package knows neither records nor the wire.
package filter
