package conformance

import (
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// The bits of an event mask.
const (
	value    pv.Mask = 1
	log      pv.Mask = 2
	alarm    pv.Mask = 4
	property pv.Mask = 8
)

// monitor is an EVENT_ADD with the usual id.
func (c *channel) monitor(t uint16, count uint32, mask pv.Mask) []byte {
	return protocol.AppendEventAdd(nil, t, count, c.sid, subid, mask)
}

// watch has w set the value, which c monitors from then on.
func (c *channel) watch(w *channel, x float64) {
	w.put(tDouble, 1, f64(x))
	c.send(c.monitor(tDouble, 1, value))
	c.event(tDouble, 1, f64(x))
}

// wantCancelled takes the answer to an EVENT_CANCEL: an EVENT_ADD without payload.
func (c *channel) wantCancelled(t uint16, count uint32, id uint32) {
	c.want(protocol.Header{Command: protocol.CmdEventAdd, DataType: t, Count: count, Param1: c.sid, Param2: id})
}

// masked is a row about which changes of K:MON (MDEL 0.5, ADEL 2, HIGH 5) make events
// of a mask: it is set to start, then to each of puts, and posts are what comes.
func masked(what, fact string, mask pv.Mask, start float64, puts, posts []float64) Row {
	return Row{"monitors/" + what, fact, func(j *judge) {
		w, c := j.channel("K:MON"), j.channel("K:MON")
		w.put(tDouble, 1, f64(100)) // whatever was posted last is far away
		w.put(tDouble, 1, f64(start))
		c.send(c.monitor(tDouble, 1, mask))
		c.event(tDouble, 1, f64(start))
		seen := 0
		for _, x := range puts {
			w.put(tDouble, 1, f64(x))
			if seen < len(posts) && posts[seen] == x {
				c.event(tDouble, 1, f64(x))
				seen++
			}
		}
		if seen < len(posts) {
			j.giveUp("row asks for %v of %v", posts, puts)
		}
		// Nothing has come in between if nothing stands before the answer to the cancel.
		c.send(protocol.AppendEventCancel(nil, tDouble, 1, c.sid, subid))
		c.wantCancelled(tDouble, 1, subid)
		w.put(tDouble, 1, f64(1))
	}}
}

var monitors = []Row{
	{
		"monitors/EVENT_ADD", "sends the present value at once",
		func(j *judge) {
			c := j.channel("K:AI")
			c.send(c.monitor(tDouble, 1, value))
			c.event(tDouble, 1, f64(42.125))
			c.wantKept()
		},
	},
	{
		"monitors/the first event of every type", "is as READ_NOTIFY would answer",
		func(j *judge) {
			c := j.channel("K:AI")
			for t := uint16(0); t <= tClassName; t++ {
				if t == tPutAckT || t == tPutAckS {
					continue
				}
				c.send(c.ask(t, 1))
				read := c.next()
				c.send(protocol.AppendEventAdd(nil, t, 1, c.sid, uint32(t), value))
				event := c.next()
				want := protocol.EventReply(t, 1, protocol.ECANormal, uint32(t))
				want.Size = read.Size
				if event.Header != want {
					j.differ("header %+v, expected %+v", event.Header, want)
				} else if t == tDouble && string(event.Payload) != string(read.Payload) {
					j.differ("type %d: event %x, read %x", t, event.Payload, read.Payload)
				}
			}
		},
	},
	{
		"monitors/EVENT_ADD of PUT_ACKT", "an event with status ECA_GETFAIL and zeros",
		func(j *judge) {
			c := j.channel("K:AI")
			c.send(c.monitor(tPutAckT, 1, value))
			c.want(protocol.EventReply(tPutAckT, 1, protocol.ECAGetFail, subid), zeros(2))
		},
	},
	masked("VALUE", "events when the value has moved by more than MDEL since the last", value, 1, []float64{1.25, 1.5, 1.75, 2, 2.5}, []float64{1.75, 2.5}),
	masked("LOG", "events when the value has moved by more than ADEL since the last", log, 1, []float64{2, 3, 3.25, 4, 1}, []float64{3.25, 1}),
	masked("ALARM", "events when severity or status changes", alarm, 1, []float64{4, 6, 7, 1, 2}, []float64{6, 1}),
	masked("PROPERTY", "no event when the value changes, but the first", property, 1, []float64{4, 6, 1}, nil),
	masked("all classes at once", "one event for several causes", value|log|alarm|property, 1, []float64{6, 6, 7}, []float64{6, 7}),
	masked("an equal value", "no event", value|log|alarm, 1, []float64{1, 1, 1}, nil),
	{
		"monitors/PROPERTY and a change of EGU", "an event with the new units",
		func(j *judge) {
			c, egu := j.channel("K:MON"), j.channel("K:MON.EGU")
			units := func(s string) []piece { return []piece{u16(0), u16(0), i16(2), skip(2), text(8, s), skip(64), skip(8)} }
			c.send(c.monitor(ctrl+tDouble, 1, property))
			c.event(ctrl+tDouble, 1, units("V")...)
			egu.put(tString, 1, text(40, "mV"))
			c.event(ctrl+tDouble, 1, units("mV")...)
			egu.put(tString, 1, text(40, "V"))
			c.event(ctrl+tDouble, 1, units("V")...)
		},
	},
	{
		"monitors/a field", "an event when it is written to",
		func(j *judge) {
			c, w := j.channel("K:MON.HOPR"), j.channel("K:MON.HOPR")
			c.watch(w, 30)
			w.put(tDouble, 1, f64(40))
			c.event(tDouble, 1, f64(40))
			w.put(tDouble, 1, f64(0))
			c.event(tDouble, 1, f64(0))
		},
	},
	{
		"monitors/SEVR", "an event when the severity changes",
		func(j *judge) {
			c, w := j.channel("K:MON.SEVR"), j.channel("K:MON")
			w.put(tDouble, 1, f64(1))
			c.send(c.monitor(tEnum, 1, value))
			c.event(tEnum, 1, u16(0))
			w.put(tDouble, 1, f64(6))
			c.event(tEnum, 1, u16(1))
			w.put(tDouble, 1, f64(1))
			c.event(tEnum, 1, u16(0))
		},
	},
	counted("count 0", "as many elements as there are, at each event", 0, 2, 2),
	counted("fewer than there are", "the first ones", 1, 1, 1),
	counted("more than there are", "zeros behind them", 5, 5, 2),
	counted("more than there can be", "zeros behind them", 20, 20, 2),
	{
		"monitors/an array becomes empty", "an event of no element",
		func(j *judge) {
			c, w := j.channel("K:WF"), j.channel("K:WF")
			w.put(tDouble, 2, doubles(7, 8)...)
			c.send(c.monitor(tDouble, 0, value))
			c.event(tDouble, 2, doubles(7, 8)...)
			w.put(tDouble, 0)
			c.want(protocol.EventReply(tDouble, 0, protocol.ECANormal, subid))
		},
	},
	{
		"monitors/an array as it was put last", "an event for each put of the array",
		func(j *judge) {
			c, w := j.channel("K:WF"), j.channel("K:WF")
			w.put(tDouble, 1, doubles(1)...)
			c.send(c.monitor(timed+tDouble, 0, value|alarm))
			for i := range uint32(5) {
				c.want(protocol.EventReply(timed+tDouble, i+1, protocol.ECANormal, subid),
					append([]piece{u16(0), u16(0), skip(12)}, doubles([]float64{1, 2, 3, 4, 5}[:i+1]...)...)...)
				w.put(tDouble, i+2, doubles([]float64{1, 2, 3, 4, 5, 6}[:i+2]...)...)
			}
		},
	},
	{
		"monitors/EVENT_CANCEL", "answers by an EVENT_ADD without payload with the sid, and the type and count of the subscription; no event behind it",
		func(j *judge) {
			c, w := j.channel("K:MON"), j.channel("K:MON")
			c.watch(w, 1)
			c.send(protocol.AppendEventCancel(nil, tLong, 77, c.sid, subid))
			c.wantCancelled(tDouble, 1, subid)
			w.put(tDouble, 1, f64(3))
			w.put(tDouble, 1, f64(1))
			c.wantKept()
		},
	},
	{
		"monitors/CLEAR_CHANNEL of a monitored channel", "no event behind its answer; the other monitors of the circuit live",
		func(j *judge) {
			w := j.channel("K:MON")
			w.put(tDouble, 1, f64(1))
			p := j.greet()
			one, two := p.create("K:MON", 1), p.create("K:MON", 2)
			one.send(protocol.AppendEventAdd(nil, tDouble, 1, one.sid, 100, value))
			one.want(protocol.EventReply(tDouble, 1, protocol.ECANormal, 100), f64(1))
			two.send(two.monitor(tDouble, 1, value))
			two.event(tDouble, 1, f64(1))
			p.send(protocol.AppendClearChannel(nil, one.sid, 1))
			p.want(protocol.Header{Command: protocol.CmdClearChannel, Param1: one.sid, Param2: 1})
			w.put(tDouble, 1, f64(3))
			two.event(tDouble, 1, f64(3))
			w.put(tDouble, 1, f64(1))
			two.event(tDouble, 1, f64(1))
			p.wantKept()
		},
	},
	{
		"monitors/one id twice on a channel", "two subscriptions; EVENT_CANCEL ends one of them",
		func(j *judge) {
			c, w := j.channel("K:MON"), j.channel("K:MON")
			w.put(tDouble, 1, f64(1))
			b := c.monitor(tDouble, 1, value)
			c.send(b, b)
			c.event(tDouble, 1, f64(1))
			c.event(tDouble, 1, f64(1))
			c.send(protocol.AppendEventCancel(nil, tDouble, 1, c.sid, subid))
			c.wantCancelled(tDouble, 1, subid)
			w.put(tDouble, 1, f64(3))
			c.event(tDouble, 1, f64(3))
			w.put(tDouble, 1, f64(1))
			c.event(tDouble, 1, f64(1))
			c.wantKept()
		},
	},
	{
		"monitors/one id on two circuits", "EVENT_CANCEL of one does not touch the other",
		func(j *judge) {
			one, two, w := j.channel("K:MON"), j.channel("K:MON"), j.channel("K:MON")
			w.put(tDouble, 1, f64(1))
			for _, c := range []*channel{one, two} {
				c.send(c.monitor(tDouble, 1, value))
				c.event(tDouble, 1, f64(1))
			}
			one.send(protocol.AppendEventCancel(nil, tDouble, 1, one.sid, subid))
			one.wantCancelled(tDouble, 1, subid)
			w.put(tDouble, 1, f64(3))
			two.event(tDouble, 1, f64(3))
			w.put(tDouble, 1, f64(1))
			two.event(tDouble, 1, f64(1))
		},
	},
	{
		"monitors/two hundred on one circuit", "sends each of them each change",
		func(j *judge) {
			c, w := j.channel("K:MON"), j.channel("K:MON")
			w.put(tDouble, 1, f64(1))
			const n = 200
			var b []byte
			for i := range uint32(n) {
				b = protocol.AppendEventAdd(b, tDouble, 1, c.sid, i, value)
			}
			c.send(b)
			all := func(x float64) {
				seen := map[uint32]bool{}
				for range n {
					m := c.next()
					c.compare(m, protocol.EventReply(tDouble, 1, protocol.ECANormal, m.Param2), f64(x))
					seen[m.Param2] = true
				}
				if len(seen) != n {
					j.differ("%d of %d subscriptions have seen %v", len(seen), n, x)
				}
			}
			all(1)
			w.put(tDouble, 1, f64(3))
			all(3)
			w.put(tDouble, 1, f64(1))
		},
	},
	{
		"monitors/EVENTS_OFF, four changes, EVENTS_ON", "one event, the newest; reads are answered meanwhile",
		func(j *judge) {
			c, w := j.channel("K:MON"), j.channel("K:MON")
			c.watch(w, 1)
			c.send(protocol.AppendEventsOff(nil))
			c.wantKept()
			for _, x := range []float64{2, 3, 4, 1.5} {
				w.put(tDouble, 1, f64(x))
			}
			c.get(tDouble, 1, 1, f64(1.5))
			c.send(protocol.AppendEventsOn(nil))
			c.event(tDouble, 1, f64(1.5))
			w.put(tDouble, 1, f64(3))
			c.event(tDouble, 1, f64(3))
			w.put(tDouble, 1, f64(1))
			c.event(tDouble, 1, f64(1))
		},
	},
	{
		"monitors/EVENTS_OFF before EVENT_ADD", "the first event comes after EVENTS_ON",
		func(j *judge) {
			c := j.channel("K:AI")
			c.send(protocol.AppendEventsOff(nil), c.monitor(tDouble, 1, value))
			c.wantKept()
			c.send(protocol.AppendEventsOn(nil))
			c.event(tDouble, 1, f64(42.125))
		},
	},
	{
		"monitors/EVENTS_OFF and EVENT_CANCEL", "answers; nothing comes after EVENTS_ON",
		func(j *judge) {
			c, w := j.channel("K:MON"), j.channel("K:MON")
			c.watch(w, 1)
			c.send(protocol.AppendEventsOff(nil))
			c.wantKept()
			w.put(tDouble, 1, f64(3))
			c.send(protocol.AppendEventCancel(nil, tDouble, 1, c.sid, subid))
			c.wantCancelled(tDouble, 1, subid)
			c.send(protocol.AppendEventsOn(nil))
			c.wantKept()
			w.put(tDouble, 1, f64(1))
		},
	},
	{
		"monitors/a client that does not read", "does not hold up another; when it reads, the newest value is the last",
		func(j *judge) {
			stuck, w := j.channel("K:MON"), j.channel("K:MON")
			w.put(tDouble, 1, f64(1))
			stuck.send(stuck.monitor(tDouble, 1, value))
			last := 0.0
			for i := range 3000 {
				last = float64(i % 4)
				w.put(tDouble, 1, f64(last))
			}
			w.put(tDouble, 1, f64(4.5))
			for {
				m := stuck.next()
				if m.Command != protocol.CmdEventAdd {
					j.giveUp("%+v", m.Header)
				}
				if f64(4.5).matches(m.Payload) {
					break
				}
			}
			stuck.wantKept()
			w.put(tDouble, 1, f64(1))
		},
	},
}

// counted is a row about monitors of an array of two elements with a count.
func counted(what, fact string, ask, reply uint32, values int) Row {
	return Row{"monitors/" + what, fact, func(j *judge) {
		c, w := j.channel("K:WF"), j.channel("K:WF")
		array := func(x ...float64) []piece {
			l := doubles(x...)[:min(values, int(reply))]
			return append(l, zeros(8*(int(reply)-len(l))))
		}
		w.put(tDouble, 2, doubles(7, 8)...)
		c.send(c.monitor(tDouble, ask, value))
		c.event(tDouble, reply, array(7, 8)...)
		w.put(tDouble, 2, doubles(9, 10)...)
		c.event(tDouble, reply, array(9, 10)...)
	}}
}
