package conformance

import (
	"bytes"
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/protocol"
)

// rowOn is a row about one PV.
func rowOn(name, fact, pv string, do func(c *channel)) Row {
	return Row{name, fact, func(j *judge) { do(j.channel(pv)) }}
}

var reads = []Row{
	rowOn("reads/count 0 of an array", "as many elements as there are, and their number in the reply", "K:WF", func(c *channel) {
		c.put(tDouble, 3, doubles(1.5, -2.25, 3)...)
		c.get(tDouble, 0, 3, doubles(1.5, -2.25, 3)...)
	}),
	rowOn("reads/count 0 of a scalar", "one", "K:AI", func(c *channel) { c.get(tDouble, 0, 1, f64(42.125)) }),
	rowOn("reads/count 0 of an empty array", "none: count 0, no bytes", "K:WF", func(c *channel) {
		c.put(tDouble, 0)
		c.get(tDouble, 0, 0)
	}),
	rowOn("reads/count 0 of an empty array with its time", "count 0, and the bytes of a value of zero", "K:WF", func(c *channel) {
		c.put(tDouble, 0)
		c.get(timed+tDouble, 0, 0, u16(0), u16(0), skip(12))
	}),
	rowOn("reads/count 0 from minor versions below 13", "the same", "K:WF", func(c *channel) {
		c.put(tDouble, 2, doubles(5, 6)...)
		for minor := uint16(4); minor < protocol.Version; minor++ {
			p := c.connect(minor)
			p.send(createRequest("K:WF", 1, minor))
			p.created(1).get(tDouble, 0, 2, doubles(5, 6)...)
		}
	}),
	rowOn("reads/fewer than there are", "the first ones", "K:WF", func(c *channel) {
		c.put(tDouble, 3, doubles(1.5, -2.25, 3)...)
		c.get(tDouble, 2, 2, doubles(1.5, -2.25)...)
		c.get(tDouble, 1, 1, doubles(1.5)...)
	}),
	rowOn("reads/more than there are now", "zeros behind them, and the count that was asked for", "K:WF", func(c *channel) {
		c.put(tDouble, 3, doubles(1.5, -2.25, 3)...)
		c.get(tDouble, 10, 10, append(doubles(1.5, -2.25, 3), zeros(7*8))...)
	}),
	rowOn("reads/more than there can be", "zeros behind them, and the count that was asked for", "K:WF", func(c *channel) {
		c.put(tDouble, 3, doubles(1.5, -2.25, 3)...)
		c.get(tDouble, 20, 20, append(doubles(1.5, -2.25, 3), zeros(17*8))...)
	}),
	rowOn("reads/more than one of a scalar", "zeros behind it", "K:AI", func(c *channel) {
		c.get(tDouble, 4, 4, f64(42.125), zeros(24))
		c.get(timed+tLong, 3, 3, u16(4), u16(1), skip(8), i32(42), zeros(8))
		c.get(tString, 2, 2, text(40, "42.125"), zeros(40))
	}),
	rowOn("reads/an array that needs the extended header", "payload and count in the extended header", "K:BIG", func(c *channel) {
		c.get(tDouble, 100_000, 100_000, append(doubles(1, 2, 3, 4), zeros(8*99_996))...)
		c.get(tDouble, 0, 4, doubles(1, 2, 3, 4)...)
		c.get(tChar, 65_535, 65_535, of([]byte{1, 2, 3, 4}), zeros(65_531))
	}),
	{
		"reads/an array that needs the extended header for minor version 8", "ERROR ECA_16KARRAYCLIENT with the cid; the circuit lives",
		func(j *judge) {
			p := j.connect(8)
			p.send(createRequest("K:BIG", 1, 8))
			c := p.created(1)
			c.fails(c.ask(tDouble, 20_000), protocol.ECA16KArrayClient)
			c.get(tDouble, 8000, 8000, append(doubles(1, 2, 3, 4), zeros(8*7996))...)
			c.wantKept()
		},
	},
	rowOn("reads/READ", "the value, with the cid where READ_NOTIFY has the status", "K:AI", func(c *channel) {
		for _, n := range []uint32{1, 3} {
			c.send(protocol.AppendRead(nil, tDouble, n, c.sid, ioid))
			c.want(protocol.ReadReply(tDouble, n, c.cid, ioid), f64(42.125), zeros(8*int(n-1)))
		}
		c.send(protocol.AppendRead(nil, timed+tDouble, 1, c.sid, ioid))
		c.want(protocol.ReadReply(timed+tDouble, 1, c.cid, ioid), u16(4), u16(1), skip(12), f64(42.125))
	}),
	rowOn("reads/READ of one text", "the text and its NUL, no more", "K:AI.EGU", func(c *channel) {
		c.send(protocol.AppendRead(nil, tString, 1, c.sid, ioid))
		c.want(protocol.ReadReply(tString, 1, c.cid, ioid), text(5, "mbar"))
	}),
	rowOn("reads/READ_NOTIFY of one text", "40 bytes", "K:AI.EGU", func(c *channel) {
		c.get(tString, 1, 1, text(40, "mbar"))
		c.get(tString, 0, 1, text(40, "mbar"))
	}),
	rowOn("reads/a hundred in one piece", "answers each, in order", "K:AI", func(c *channel) {
		var b []byte
		for i := range uint32(100) {
			b = protocol.AppendReadNotify(b, tDouble, 1, c.sid, i)
		}
		c.send(b)
		for i := range uint32(100) {
			c.want(protocol.ReadNotifyReply(tDouble, 1, protocol.ECANormal, i), f64(42.125))
		}
	}),
	rowOn("reads/padding", "is zeros",
		"K:TEXT.VAL$", func(c *channel) {
			c.put(tChar, 100, of(bytes.Repeat([]byte("x"), 100)))
			c.get(tChar, 0, 101, text(101, strings.Repeat("x", 100)))
			c.put(tChar, 3, of([]byte("a\x00\x00")))
			c.send(c.ask(tChar, 0))
			m := c.want(readReply(tChar, 2, protocol.ECANormal), text(2, "a"))
			if len(m.Payload) == 8 && !bytes.Equal(m.Payload[2:], make([]byte, 6)) {
				c.differ("padding holds %q", m.Payload[2:])
			}
		}),
}

// number is x as native type t.
func number(t uint16, x float64) piece {
	switch t {
	case tShort, tEnum:
		return i16(int16(x))
	case tFloat:
		return f32(float32(x))
	case tChar:
		return u8(byte(int8(x)))
	case tLong:
		return i32(int32(x))
	default:
		return f64(x)
	}
}

// as is a row about a value in every plain type: its text, and the number it is.
func as(what, pv, fact, s string, x float64) Row {
	return rowOn("conversions/"+what, fact, pv, func(c *channel) {
		c.get(tString, 1, 1, text(40, s))
		for t := uint16(tShort); t <= tDouble; t++ {
			c.get(t, 1, 1, number(t, x))
		}
	})
}

// asText is a row about a value as text only.
func asText(what, pv, fact, s string) Row {
	return rowOn("conversions/"+what, fact, pv, func(c *channel) { c.get(tString, 1, 1, text(40, s)) })
}

var conversions = []Row{
	as("an ai", "K:AI", "text with PREC digits; towards zero for whole numbers", "42.125", 42.125),
	rowOn("conversions/a negative number", "towards zero; the low bits of it for CHAR and ENUM", "K:AO", func(c *channel) {
		c.put(tDouble, 1, f64(-2.75))
		c.get(tString, 1, 1, text(40, "-2.750"))
		for t := uint16(tShort); t <= tDouble; t++ {
			c.get(t, 1, 1, number(t, -2.75))
		}
		c.put(tDouble, 1, f64(1.5))
	}),
	rowOn("conversions/PREC", "rounds the text", "K:AO", func(c *channel) {
		prec := c.create("K:AO.PREC", 12)
		for n, want := range []string{"2", "1.5", "1.50"} {
			prec.put(tShort, 1, i16(int16(n)))
			c.get(tString, 1, 1, text(40, want))
		}
		prec.put(tShort, 1, i16(3))
	}),
	rowOn("conversions/a longout", "text without digits; the low bits for CHAR and ENUM", "K:LONG", func(c *channel) {
		c.put(tLong, 1, i32(-70_000))
		c.get(tString, 1, 1, text(40, "-70000"))
		x := int32(-70_000)
		c.get(tShort, 1, 1, i16(int16(x)))
		c.get(tEnum, 1, 1, i16(int16(x)))
		c.get(tChar, 1, 1, u8(byte(x)))
		c.get(tLong, 1, 1, i32(-70_000))
		c.get(tFloat, 1, 1, f32(-70_000))
		c.get(tDouble, 1, 1, f64(-70_000))
		c.put(tLong, 1, i32(-7))
	}),
	rowOn("conversions/an mbbo", "the choice as text, its number as number", "K:MBBO", func(c *channel) {
		c.put(tEnum, 1, u16(2))
		c.get(tString, 1, 1, text(40, "two"))
		for t := uint16(tShort); t <= tDouble; t++ {
			c.get(t, 1, 1, number(t, 2))
		}
		c.put(tEnum, 1, u16(0))
	}),
	as("a menu", "K:AO.SCAN", "the choice as text, its number as number", "Passive", 0),
	as("a menu with a severity", "K:AI.SEVR", "the choice as text, its number as number", "MINOR", 1),
	asText("STAT", "K:AI.STAT", "its choice: 22 there are, though DBR_ENUM knows 16", "HIGH"),
	rowOn("conversions/STAT beyond 15", "is read like any other", "K:MON.STAT", func(c *channel) {
		disabled, proc := c.create("K:MON.DISA", 12), c.create("K:MON.PROC", 13)
		disabled.put(tShort, 1, i16(1))
		proc.put(tChar, 1, u8(1))
		c.get(tString, 1, 1, text(40, "DISABLE"))
		for t := uint16(tShort); t <= tDouble; t++ {
			c.get(t, 1, 1, number(t, 18))
		}
		c.get(ctrl+tEnum, 1, 1, u16(18), u16(0), u16(16), skip(16*26), u16(18))
		disabled.put(tShort, 1, i16(0))
		proc.put(tChar, 1, u8(1))
		c.get(tString, 1, 1, text(40, "NO_ALARM"))
	}),
	asText("an integer field", "K:AO.PREC", "without digits", "3"),
	asText("a double field", "K:AO.DRVH", "with the record's PREC", "10.000"),
	asText("NAME", "K:AO.NAME", "the record's name", "K:AO"),
	asText("RTYP", "K:AO.RTYP", "the record's type", "ao"),
	asText("DESC", "K:AO.DESC", "as it is", "a number"),
	rowOn("conversions/an array as text", "each element with PREC digits", "K:WF", func(c *channel) {
		c.put(tDouble, 3, doubles(1.5, -2.25, 3)...)
		c.get(tString, 0, 3, text(40, "1.50"), text(40, "-2.25"), text(40, "3.00"))
		c.get(tString, 4, 4, text(40, "1.50"), text(40, "-2.25"), text(40, "3.00"), zeros(40))
	}),
	rowOn("conversions/an array as other numbers", "each element", "K:WF", func(c *channel) {
		c.put(tDouble, 3, doubles(1.5, -2.25, 3)...)
		for t := uint16(tShort); t <= tDouble; t++ {
			c.get(t, 0, 3, number(t, 1.5), number(t, -2.25), number(t, 3))
		}
	}),
	rowOn("conversions/a long string", "CHAR: the text and its NUL, as many as there are", "K:TEXT.VAL$", func(c *channel) {
		long := strings.Repeat("0123456789", 5)
		c.put(tChar, 51, text(51, long))
		c.get(tChar, 0, 51, text(51, long))
		c.get(tChar, 200, 200, text(200, long))
		c.get(tChar, 10, 10, of([]byte("0123456789")))
		c.create("K:TEXT", 12).get(tString, 1, 1, text(40, long[:39]))
		c.put(tChar, 7, text(7, "a text"))
	}),
	rowOn("conversions/a long string of a short field", "CHAR: the text and its NUL", "K:AO.DESC$", func(c *channel) {
		c.get(tChar, 0, 9, text(9, "a number"))
		c.get(tChar, 41, 41, text(41, "a number"))
		c.get(tString, 1, 1, text(40, "97")) // the first character as a number
	}),
	rowOn("conversions/a long string with its time", "the alarm, the time, then the text", "K:AO.DESC$", func(c *channel) {
		c.get(timed+tChar, 0, 9, u16(0), u16(0), skip(8), skip(3), text(9, "a number"))
	}),
	rowOn("conversions/NAME$", "the record's name with its NUL", "K:AO.NAME$", func(c *channel) {
		c.get(tChar, 0, 5, text(5, "K:AO"))
		c.get(tChar, 61, 61, text(61, "K:AO"))
	}),
}

// head is what comes before the value in a type of the class: of a channel with this
// alarm, precision, units and limits, those as display high and low, alarm high,
// warning high and low, alarm low, control high and low.
func head(class, t uint16, status, severity uint16, prec int16, units string, limits ...float64) []piece {
	l := []piece{u16(status), u16(severity)}
	var pad map[uint16]int
	switch {
	case class == sts || t == tString && class != timed:
		pad = map[uint16]int{tChar: 1, tDouble: 4}
	case class == timed:
		l = append(l, skip(8))
		pad = map[uint16]int{tShort: 2, tEnum: 2, tChar: 3, tDouble: 4}
	default:
		if t == tFloat || t == tDouble {
			l = append(l, i16(prec), skip(2))
		}
		l = append(l, text(8, units))
		n := 6
		if class == ctrl {
			n = 8
		}
		for i := range n {
			l = append(l, number(t, limits[i]))
		}
		pad = map[uint16]int{tChar: 1}
	}
	if n := pad[t]; n > 0 {
		l = append(l, skip(n))
	}
	return l
}

// heads is a row about a channel in every type of a class but ENUM with metadata.
func heads(what, fact, pv string, class uint16, status, severity uint16, prec int16, units, s string, x float64, limits ...float64) Row {
	return rowOn("metadata/"+what, fact, pv, func(c *channel) {
		for t := uint16(tString); t <= tDouble; t++ {
			if t == tEnum && class >= gr {
				continue
			}
			v := text(40, s)
			if t != tString {
				v = number(t, x)
			}
			c.get(class+t, 1, 1, append(head(class, t, status, severity, prec, units, limits...), v)...)
		}
	})
}

var metadata = []Row{
	heads("STS of an ai in alarm", "status and severity before the value", "K:AI", sts, 4, 1, 0, "", "42.125", 42.125),
	heads("TIME of an ai in alarm", "status, severity and the time before the value", "K:AI", timed, 4, 1, 0, "", "42.125", 42.125),
	heads("GR of an ai", "units, precision, and the limits of display and alarm in the type of the value; GR_STRING is as STS_STRING",
		"K:AI", gr, 4, 1, 3, "mbar", "42.125", 42.125, 100, -100, 60, 40, -40, -60),
	heads("CTRL of an ai", "the limits of control besides, which are those of display; CTRL_STRING is as STS_STRING",
		"K:AI", ctrl, 4, 1, 3, "mbar", "42.125", 42.125, 100, -100, 60, 40, -40, -60, 100, -100),
	heads("CTRL of an ao", "the limits of control are DRVH and DRVL", "K:AO", ctrl, 0, 0, 3, "V", "1.500", 1.5, 20, -20, 9, 8, -8, -9, 10, -10),
	rowOn("metadata/CTRL of a longout without limits of alarm or control", "limits of alarm are zeros; those of control the limits of display",
		"K:LONG", func(c *channel) {
			c.get(ctrl+tLong, 1, 1, append(head(ctrl, tLong, 0, 0, 0, "counts", 1000, -1000, 0, 0, 0, 0, 1000, -1000), i32(-7))...)
			c.get(ctrl+tShort, 1, 1, append(head(ctrl, tShort, 0, 0, 0, "counts", 1000, -1000, 0, 0, 0, 0, 1000, -1000), i16(-7))...)
		}),
	rowOn("metadata/CTRL_DOUBLE of a longout without limits of alarm", "limits of alarm are NaN", "K:LONG", func(c *channel) {
		nan := of([]byte{0x7F, 0xF8, 0, 0, 0, 0, 0, 0})
		c.get(ctrl+tDouble, 1, 1, u16(0), u16(0), i16(0), skip(2), text(8, "counts"), f64(1000), f64(-1000), nan, nan, nan, nan, f64(1000), f64(-1000), f64(-7))
	}),
	rowOn("metadata/CTRL of an array", "the metadata, then the elements", "K:WF", func(c *channel) {
		c.put(tDouble, 3, doubles(1.5, -2.25, 3)...)
		nan := of([]byte{0x7F, 0xF8, 0, 0, 0, 0, 0, 0})
		c.get(ctrl+tDouble, 0, 3, append([]piece{
			u16(0), u16(0), i16(2), skip(2), text(8, "mA"), f64(5), f64(-5), nan, nan, nan, nan, f64(5), f64(-5),
		}, doubles(1.5, -2.25, 3)...)...)
	}),
	enumHead("GR and CTRL of an mbbo", "K:MBBO", "the number of choices, sixteen texts of 26 bytes, then the number", 0, "zero", "one", "two"),
	enumHead("GR and CTRL of a bo", "K:BO", "the same", 0, "Off", "On"),
	enumHead("GR and CTRL of a menu", "K:AO.SCAN", "the same", 0,
		"Passive", "Event", "I/O Intr", "10 second", "5 second", "2 second", "1 second", ".5 second", ".2 second", ".1 second"),
	rowOn("metadata/GR_ENUM of a number", "no choices", "K:AI", func(c *channel) {
		c.get(gr+tEnum, 1, 1, u16(4), u16(1), u16(0), skip(16*26), u16(42))
	}),
	rowOn("metadata/CTRL_DOUBLE of an mbbo", "no units, precision 0, limits of NaN or zero", "K:MBBO", func(c *channel) {
		c.get(ctrl+tDouble, 1, 1, u16(0), u16(0), i16(0), skip(2), text(8, ""), skip(64), f64(0))
	}),
	rowOn("metadata/units", "at most 7 bytes and a NUL", "K:MON.EGU", func(c *channel) {
		c.put(tString, 1, text(40, "parsec per day"))
		c.create("K:MON", 12).get(gr+tLong, 1, 1, u16(0), u16(0), text(8, "parsec "), skip(24), skip(4))
		c.put(tString, 1, text(40, "V"))
	}),
	rowOn("metadata/STSACK_STRING", "status, severity, ACKT, ACKS, then the value as text", "K:AI", func(c *channel) {
		c.get(tStsAck, 1, 1, u16(4), u16(1), u16(1), u16(1), text(40, "42.125"))
	}),
	rowOn("metadata/CLASS_NAME", "the type of the record", "K:WF", func(c *channel) {
		c.get(tClassName, 1, 1, text(40, "waveform"))
		c.create("K:AO.EGU", 12).get(tClassName, 1, 1, text(40, "ao"))
	}),
	rowOn("metadata/the time", "is that of the last change, in seconds and nanoseconds since 1990", "K:AO", func(c *channel) {
		stamp := func() string {
			c.send(c.ask(timed+tDouble, 1))
			m := c.want(readReply(timed+tDouble, 1, protocol.ECANormal), u16(0), u16(0), skip(12), f64(1.5))
			return fmt.Sprintf("%x", m.Payload[4:12])
		}
		c.put(tDouble, 1, f64(1.5))
		first := stamp()
		if again := stamp(); again != first {
			c.differ("changes without a put: %s, %s", first, again)
		}
		c.put(tDouble, 1, f64(1.5))
		if later := stamp(); later <= first {
			c.differ("%s, after a put %s", first, later)
		}
	}),
}

func enumHead(what, pv, fact string, n uint16, choices ...string) Row {
	return rowOn("metadata/"+what, fact, pv, func(c *channel) {
		list := []piece{u16(0), u16(0), u16(uint16(len(choices)))}
		for i := range 16 {
			s := ""
			if i < len(choices) {
				s = choices[i]
			}
			list = append(list, text(26, s))
		}
		list = append(list, u16(n))
		c.get(gr+tEnum, 1, 1, list...)
		c.get(ctrl+tEnum, 1, 1, list...)
	})
}

var writes = []Row{
	rowOn("writes/every type to a number", "converts it", "K:AO", func(c *channel) {
		c.put(tString, 1, text(40, "-1.25"))
		c.get(tDouble, 1, 1, f64(-1.25))
		for t := uint16(tShort); t <= tDouble; t++ {
			c.put(t, 1, number(t, 3))
			c.get(tDouble, 1, 1, f64(3))
		}
		c.put(tDouble, 1, f64(1.5))
	}),
	rowOn("writes/text that is a number", "with blanks, exponents and in hexadecimal; a shorter payload will do", "K:AO", func(c *channel) {
		for s, x := range map[string]float64{" 2.5 ": 2.5, "1e-3": 0.001, "0x7": 7, "-.5": -0.5} {
			c.put(tString, 1, text(40, s))
			c.get(tDouble, 1, 1, f64(x))
			c.put(tString, 1, text(len(s)+1, s))
			c.get(tDouble, 1, 1, f64(x))
		}
		c.put(tDouble, 1, f64(1.5))
	}),
	rowOn("writes/WRITE", "no answer; a read behind it has the value", "K:AO", func(c *channel) {
		c.send(c.write(tDouble, 1, f64(2.5)), c.ask(tDouble, 1))
		c.want(readReply(tDouble, 1, protocol.ECANormal), f64(2.5))
		c.put(tDouble, 1, f64(1.5))
	}),
	rowOn("writes/WRITE with metadata", "takes the value", "K:AO", func(c *channel) {
		c.send(c.write(sts+tDouble, 1, skip(8), f64(2.5)), c.ask(tDouble, 1))
		c.want(readReply(tDouble, 1, protocol.ECANormal), f64(2.5))
		c.put(tDouble, 1, f64(1.5))
	}),
	rowOn("writes/beyond DRVH and DRVL", "holds the value to them; success", "K:AO", func(c *channel) {
		c.put(tDouble, 1, f64(99))
		c.get(tDouble, 1, 1, f64(10))
		c.put(tDouble, 1, f64(-99))
		c.get(tDouble, 1, 1, f64(-10))
		c.put(tDouble, 1, f64(1.5))
	}),
	rowOn("writes/a double to a longout", "towards zero", "K:LONG", func(c *channel) {
		c.put(tDouble, 1, f64(3.99))
		c.get(tLong, 1, 1, i32(3))
		c.put(tDouble, 1, f64(-3.99))
		c.get(tLong, 1, 1, i32(-3))
		c.put(tLong, 1, i32(-7))
	}),
	rowOn("writes/a choice as text", "takes it", "K:MBBO", func(c *channel) {
		c.put(tString, 1, text(40, "two"))
		c.get(tEnum, 1, 1, u16(2))
		c.put(tString, 1, text(40, "zero"))
		c.get(tEnum, 1, 1, u16(0))
	}),
	rowOn("writes/a choice as the text of its number", "takes it", "K:MBBO", func(c *channel) {
		c.put(tString, 1, text(40, "1"))
		c.get(tEnum, 1, 1, u16(1))
		c.put(tEnum, 1, u16(0))
	}),
	rowOn("writes/a number without choice", "takes it; the text is empty; no alarm if UNSV says none", "K:MBBO", func(c *channel) {
		c.put(tEnum, 1, u16(9))
		c.get(sts+tEnum, 1, 1, u16(0), u16(0), u16(9))
		c.get(tString, 1, 1, text(40, ""))
		c.put(tEnum, 1, u16(0))
	}),
	rowOn("writes/a menu by text and by number", "takes it", "K:AO.HHSV", func(c *channel) {
		c.put(tString, 1, text(40, "INVALID"))
		c.get(tEnum, 1, 1, u16(3))
		c.put(tEnum, 1, u16(2))
		c.get(tString, 1, 1, text(40, "MAJOR"))
	}),
	rowOn("writes/a string", "takes it", "K:STRING", func(c *channel) {
		c.put(tString, 1, text(40, "of thirty-nine bytes, as many as may be"))
		c.get(tString, 1, 1, text(40, "of thirty-nine bytes, as many as may be"))
		c.put(tString, 1, of([]byte("short\x00")))
		c.get(tString, 1, 1, text(40, "short"))
		c.put(tString, 1, text(40, "bench one"))
	}),
	rowOn("writes/a number to a string", "its text, of a double as %g would be with six digits behind the point", "K:STRING", func(c *channel) {
		c.put(tLong, 1, i32(-12))
		c.get(tString, 1, 1, text(40, "-12"))
		c.put(tDouble, 1, f64(3.99))
		c.get(tString, 1, 1, text(40, "3.990000"))
		c.put(tString, 1, text(40, "bench one"))
	}),
	rowOn("writes/fewer elements than there may be", "the array has as many now", "K:WF", func(c *channel) {
		c.put(tDouble, 2, doubles(7, 8)...)
		c.get(tDouble, 0, 2, doubles(7, 8)...)
		c.create("K:WF.NORD", 12).get(tLong, 1, 1, i32(2))
	}),
	rowOn("writes/more elements than there may be", "takes as many as there may be; success, and the count that was sent in the answer", "K:WF", func(c *channel) {
		x := doubles(1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11)
		c.put(tDouble, 11, x...)
		c.get(tDouble, 0, 10, x[:10]...)
	}),
	rowOn("writes/no element", "the array is empty; success", "K:WF", func(c *channel) {
		c.put(tDouble, 0)
		c.get(tDouble, 0, 0)
	}),
	rowOn("writes/an array of another type", "converts each element", "K:WF", func(c *channel) {
		c.put(tLong, 2, i32(-1), i32(2))
		c.get(tDouble, 0, 2, doubles(-1, 2)...)
		c.put(tString, 2, text(40, "1.5"), text(40, "-2.5"))
		c.get(tDouble, 0, 2, doubles(1.5, -2.5)...)
	}),
	rowOn("writes/a large array", "in the extended header", "K:BIG", func(c *channel) {
		x := make([]float64, 20_000)
		for i := range x {
			x[i] = float64(i)
		}
		c.put(tDouble, 20_000, doubles(x...)...)
		c.get(tDouble, 0, 20_000, doubles(x...)...)
		c.put(tDouble, 4, doubles(1, 2, 3, 4)...)
	}),
	rowOn("writes/an extended header around a small payload", "is taken", "K:AO", func(c *channel) {
		b := c.putRequest(tDouble, 1, f64(2))
		c.send(b[:2], []byte{0xFF, 0xFF}, b[4:6], []byte{0, 0}, b[8:16], []byte{0, 0, 0, 8, 0, 0, 0, 1}, b[16:])
		c.want(protocol.Header{Command: protocol.CmdWriteNotify, DataType: tDouble, Count: 1, Param1: uint32(protocol.ECANormal), Param2: ioid})
		c.put(tDouble, 1, f64(1.5))
	}),
	rowOn("writes/a field", "takes it; metadata follow", "K:MON.EGU", func(c *channel) {
		c.put(tString, 1, text(40, "kV"))
		c.get(tString, 1, 1, text(40, "kV"))
		c.create("K:MON", 12).get(gr+tLong, 1, 1, u16(0), u16(0), text(8, "kV"), skip(24), skip(4))
		c.put(tString, 1, text(40, "V"))
	}),
	rowOn("writes/a long string", "takes CHAR, with or without NUL; a text is taken for a number, and so fails", "K:TEXT.VAL$", func(c *channel) {
		c.put(tChar, 5, of([]byte("hello")))
		c.get(tChar, 0, 6, text(6, "hello"))
		c.put(tChar, 60, text(60, strings.Repeat("abcde", 11)))
		c.get(tChar, 0, 56, text(56, strings.Repeat("abcde", 11)))
		c.putStatus(protocol.ECAPutFail, tString, 1, text(40, "no number"))
		c.put(tString, 1, text(40, "65"))
		c.get(tChar, 0, 2, text(2, "A"))
		c.put(tLong, 2, i32('h'), i32('i'))
		c.get(tChar, 0, 3, text(3, "hi"))
		c.put(tChar, 7, text(7, "a text"))
		c.get(tChar, 0, 7, text(7, "a text"))
	}),
	rowOn("writes/a long string to a short field", "takes as much as the field holds", "K:AO.DESC$", func(c *channel) {
		c.put(tChar, 60, text(60, strings.Repeat("d", 59)))
		c.get(tChar, 0, 41, text(41, strings.Repeat("d", 40)))
		c.put(tChar, 9, text(9, "a number"))
	}),
	rowOn("writes/PUT_ACKT and PUT_ACKS", "acknowledge the alarm: ACKS is kept until then when ACKT is set", "K:MON", func(c *channel) {
		state := func(status, severity, transient, unacknowledged uint16) {
			c.get(tStsAck, 1, 1, u16(status), u16(severity), u16(transient), u16(unacknowledged), skip(40))
		}
		c.put(tPutAckT, 1, u16(1))
		c.put(tPutAckS, 1, u16(3))
		c.put(tDouble, 1, f64(6))
		state(4, 1, 1, 1)
		c.put(tDouble, 1, f64(1))
		state(0, 0, 1, 1)
		c.put(tPutAckS, 1, u16(1))
		state(0, 0, 1, 0)
		c.put(tPutAckT, 1, u16(0))
		c.put(tDouble, 1, f64(6))
		c.put(tDouble, 1, f64(1))
		state(0, 0, 0, 0)
		c.put(tPutAckT, 1, u16(1))
	}),
}
