package conformance

import "github.com/ioclet/ioclet/protocol"

// clients are what well-known clients really ask, as far as no other row has it.
var clients = []Row{
	{
		"clients/Phoebus, a number", "CTRL_DOUBLE once, TIME_DOUBLE with VALUE and ALARM, CTRL_DOUBLE with PROPERTY; RTYP as plain text",
		func(j *judge) {
			c, w := j.channel("K:MON"), j.channel("K:MON")
			w.put(tDouble, 1, f64(1))
			control := func(x float64) []piece {
				return []piece{u16(0), u16(0), i16(2), skip(2), text(8, "V"), skip(64), f64(x)}
			}
			c.send(c.ask(ctrl+tDouble, 1))
			c.want(readReply(ctrl+tDouble, 1, protocol.ECANormal), control(1)...)
			c.send(protocol.AppendEventAdd(nil, timed+tDouble, 1, c.sid, 1, value|alarm))
			c.want(protocol.EventReply(timed+tDouble, 1, protocol.ECANormal, 1), u16(0), u16(0), skip(12), f64(1))
			c.send(protocol.AppendEventAdd(nil, ctrl+tDouble, 1, c.sid, 2, property))
			c.want(protocol.EventReply(ctrl+tDouble, 1, protocol.ECANormal, 2), control(1)...)
			c.create("K:MON.RTYP", 12).get(tString, 1, 1, text(40, "ao"))
			w.put(tDouble, 1, f64(6))
			c.want(protocol.EventReply(timed+tDouble, 1, protocol.ECANormal, 1), u16(4), u16(1), skip(12), f64(6))
			w.put(tDouble, 1, f64(1))
			c.want(protocol.EventReply(timed+tDouble, 1, protocol.ECANormal, 1), u16(0), u16(0), skip(12), f64(1))
		},
	},
	{
		"clients/Phoebus, a large array", "on a second circuit of lower priority: TIME_DOUBLE with count 0",
		func(j *judge) {
			j.channel("K:MON")
			p := j.dial()
			p.send(protocol.AppendVersion(nil, 99, protocol.Version))
			p.want(versionReply)
			c, w := p.create("K:BIG", 1), j.channel("K:BIG")
			w.put(tDouble, 2, doubles(1, 2)...)
			c.send(c.monitor(timed+tDouble, 0, value|alarm))
			c.event(timed+tDouble, 2, u16(0), u16(0), skip(12), f64(1), f64(2))
			w.put(tDouble, 4, doubles(1, 2, 3, 4)...)
			c.event(timed+tDouble, 4, append([]piece{u16(0), u16(0), skip(12)}, doubles(1, 2, 3, 4)...)...)
		},
	},
	{
		"clients/Phoebus, the PV tree", "INP$, OUT$, DOL$ or FLNK$ as long strings; CREATE_CH_FAIL for the fields that the type has not",
		func(j *judge) {
			p := j.greet()
			for _, pv := range []string{"K:AI.INP$", "K:AO.OUT$", "K:AO.DOL$", "K:AO.FLNK$"} {
				c := p.create(pv, 1)
				if c.typ != tChar || c.count < 40 {
					j.differ("%s: type %d, count %d", pv, c.typ, c.count)
				}
			}
			for _, pv := range []string{"K:AI.OUT$", "K:AO.INPA$", "K:WF.DOL$"} {
				p.send(createRequest(pv, 7, protocol.Version))
				p.want(createFailed(7))
			}
		},
	},
	{
		"clients/Archiver Appliance, a number", "NAME$ with its NUL, MDEL, ADEL, SCAN, RTYP, HIHI to LOPR as channels; TIME_DOUBLE with LOG and ALARM",
		func(j *judge) {
			c, w := j.channel("K:MON"), j.channel("K:MON")
			w.put(tDouble, 1, f64(100))
			w.put(tDouble, 1, f64(1))
			c.create("K:MON.NAME$", 2).get(tChar, 61, 61, text(61, "K:MON"))
			c.create("K:MON.NAME", 3).get(tString, 1, 1, text(40, "K:MON"))
			c.create("K:MON.MDEL", 4).get(tDouble, 1, 1, f64(0.5))
			c.create("K:MON.ADEL", 5).get(tDouble, 1, 1, f64(2))
			c.create("K:MON.SCAN", 6).get(timed+tEnum, 1, 1, u16(0), u16(0), skip(10), u16(0))
			c.create("K:MON.RTYP", 7).get(tString, 1, 1, text(40, "ao"))
			for i, field := range []string{"HIHI", "HIGH", "LOW", "LOLO", "LOPR", "HOPR", "DRVH", "DRVL"} {
				c.create("K:MON."+field, uint32(20+i))
			}
			c.send(c.monitor(timed+tDouble, c.count, log|alarm))
			archived := func(status, severity uint16, x float64) {
				c.event(timed+tDouble, 1, u16(status), u16(severity), skip(12), f64(x))
			}
			archived(0, 0, 1)
			w.put(tDouble, 1, f64(2)) // within ADEL
			w.put(tDouble, 1, f64(3.5))
			archived(0, 0, 3.5)
			w.put(tDouble, 1, f64(5)) // within ADEL, but HIGH
			archived(4, 1, 5)
			w.put(tDouble, 1, f64(1))
			archived(0, 0, 1)
		},
	},
	{
		"clients/Archiver Appliance, an array", "TIME_DOUBLE with the native count: zeros behind the elements there are",
		func(j *judge) {
			c, w := j.channel("K:WF"), j.channel("K:WF")
			w.put(tDouble, 2, doubles(1, 2)...)
			c.send(c.monitor(timed+tDouble, c.count, log|alarm))
			c.event(timed+tDouble, 10, u16(0), u16(0), skip(12), f64(1), f64(2), zeros(64))
			w.put(tDouble, 3, doubles(4, 5, 6)...)
			c.event(timed+tDouble, 10, u16(0), u16(0), skip(12), f64(4), f64(5), f64(6), zeros(56))
		},
	},
	{
		"clients/ca-gateway", "CTRL once; TIME with count 0; LOG; CTRL with PROPERTY; STSACK_STRING with ALARM; STS_DOUBLE for access rules: all at once on one channel",
		func(j *judge) {
			c, w := j.channel("K:MON"), j.channel("K:MON")
			w.put(tPutAckT, 1, u16(1))
			w.put(tPutAckS, 1, u16(3))
			w.put(tDouble, 1, f64(100))
			w.put(tDouble, 1, f64(1))
			w.put(tPutAckS, 1, u16(3))
			c.send(c.ask(ctrl+tDouble, 1))
			c.want(readReply(ctrl+tDouble, 1, protocol.ECANormal), u16(0), u16(0), i16(2), skip(2), text(8, "V"), skip(64), f64(1))
			c.send(
				protocol.AppendEventAdd(nil, timed+tDouble, 0, c.sid, 0, value|alarm),
				protocol.AppendEventAdd(nil, timed+tDouble, 0, c.sid, 1, log),
				protocol.AppendEventAdd(nil, ctrl+tDouble, 0, c.sid, 2, property),
				protocol.AppendEventAdd(nil, tStsAck, 1, c.sid, 3, alarm),
				protocol.AppendEventAdd(nil, sts+tDouble, 1, c.sid, 4, value|alarm),
			)
			expect := func(ids ...uint32) map[uint32]protocol.Message {
				seen := map[uint32]protocol.Message{}
				for range ids {
					m := c.next()
					if m.Command != protocol.CmdEventAdd || m.Param1 != uint32(protocol.ECANormal) {
						j.giveUp("%+v", m.Header)
					}
					seen[m.Param2] = m
				}
				for _, id := range ids {
					if _, ok := seen[id]; !ok {
						j.giveUp("no event of subscription %d", id)
					}
				}
				return seen
			}
			first := expect(0, 1, 2, 3, 4)
			c.compare(first[4], protocol.EventReply(sts+tDouble, 1, protocol.ECANormal, 4), u16(0), u16(0), skip(4), f64(1))
			c.compare(first[3], protocol.EventReply(tStsAck, 1, protocol.ECANormal, 3), u16(0), u16(0), u16(1), u16(0), text(40, "1.00"))
			w.put(tDouble, 1, f64(6))
			second := expect(0, 1, 3, 4)
			c.compare(second[4], protocol.EventReply(sts+tDouble, 1, protocol.ECANormal, 4), u16(4), u16(1), skip(4), f64(6))
			c.compare(second[3], protocol.EventReply(tStsAck, 1, protocol.ECANormal, 3), u16(4), u16(1), u16(1), u16(1), text(40, "6.00"))
			w.put(tDouble, 1, f64(1))
			expect(0, 1, 3, 4)
			w.put(tPutAckS, 1, u16(3))
		},
	},
	{
		"clients/MEDM", "CTRL once with count 1, then TIME or STS with the native count; DESC and TIME_STRING for its box",
		func(j *judge) {
			c := j.channel("K:WF")
			c.put(tDouble, 2, doubles(1, 2)...)
			c.send(c.ask(ctrl+tDouble, 1))
			c.want(readReply(ctrl+tDouble, 1, protocol.ECANormal), u16(0), u16(0), i16(2), skip(2), text(8, "mA"), skip(64), f64(1))
			c.send(c.monitor(sts+tDouble, c.count, value|alarm))
			c.event(sts+tDouble, 10, u16(0), u16(0), skip(4), f64(1), f64(2), zeros(64))
			c.create("K:WF.DESC", 12).get(timed+tString, 1, 1, u16(0), u16(0), skip(8), text(40, ""))
			c.get(timed+tString, 1, 1, u16(0), u16(0), skip(8), text(40, "1.00"))
			c.get(tClassName, 1, 1, text(40, "waveform"))
		},
	},
	{
		"clients/PyDM", "CTRL with VALUE, ALARM and PROPERTY",
		func(j *judge) {
			c, w, egu := j.channel("K:MON"), j.channel("K:MON"), j.channel("K:MON.EGU")
			w.put(tDouble, 1, f64(1))
			control := func(units string, status, severity uint16, x float64) {
				c.event(ctrl+tDouble, 1, u16(status), u16(severity), i16(2), skip(2), text(8, units), skip(64), f64(x))
			}
			c.send(c.monitor(ctrl+tDouble, 1, value|alarm|property))
			control("V", 0, 0, 1)
			w.put(tDouble, 1, f64(6))
			control("V", 4, 1, 6)
			egu.put(tString, 1, text(40, "mV"))
			control("mV", 4, 1, 6)
			egu.put(tString, 1, text(40, "V"))
			control("V", 4, 1, 6)
			w.put(tDouble, 1, f64(1))
			control("V", 0, 0, 1)
		},
	},
	{
		"clients/pyepics' devices", "fields of an ai, ao and bi connect; the others fail at once",
		func(j *judge) {
			p := j.greet()
			for _, field := range []string{"NAME", "DESC", "EGU", "PREC", "HIHI", "HIGH", "LOW", "LOLO", "SCAN", "VAL", "DTYP", "STAT", "SEVR", "OUT"} {
				p.create("K:AO."+field, 1)
			}
			for _, pv := range []string{"K:BO.PREC", "K:BO.HOPR", "K:AO.RBV2", "K:AO_able.VAL", "K:AO.TWV"} {
				p.send(createRequest(pv, 2, protocol.Version))
				p.want(createFailed(2))
			}
		},
	},
	{
		"clients/ophyd-async", "CTRL_ENUM of a PV and of its readback: type, count and choices are equal; a bool has two choices",
		func(j *judge) {
			p := j.greet()
			for i, pv := range []string{"K:BO", "K:BO"} {
				c := p.create(pv, uint32(i))
				c.get(ctrl+tEnum, 0, 1, u16(0), u16(0), u16(2), text(26, "Off"), text(26, "On"), skip(14*26), u16(0))
			}
		},
	},
}
