package conformance

import (
	"github.com/ioclet/ioclet/protocol"
)

// done is the answer to a WRITE_NOTIFY of one double with this id.
func done(id uint32, status protocol.Status) protocol.Header {
	return protocol.Header{Command: protocol.CmdWriteNotify, DataType: tDouble, Count: 1, Param1: uint32(status), Param2: id}
}

// begin is a WRITE_NOTIFY of x with this id.
func (c *channel) begin(id uint32, x float64) []byte {
	return protocol.AppendWriteNotify(nil, tDouble, 1, c.sid, id, join(doubles(x)))
}

// readFlag is a READ_NOTIFY of PACT or RPRO. It goes in one piece with the write that
// it looks at, so that a busy machine does not make it late.
func (c *channel) readFlag() []byte { return c.ask(tChar, 1) }

// wantFlag takes the answer.
func (c *channel) wantFlag(x uint8) { c.want(readReply(tChar, 1, protocol.ECANormal), u8(x)) }

// callbacks are about K:SLOW1:SET and K:SLOW2:SET, too: a write to them takes 0.2 seconds.
var callbacks = []Row{
	{
		"put callbacks/a slow write", "answers when it is done; until then PACT is 1, and the circuit is served",
		func(j *judge) {
			c := j.channel("K:SLOW1:SET")
			pact := c.create("K:SLOW1:SET.PACT", 12)
			c.send(c.begin(1, 1.5), pact.readFlag())
			pact.wantFlag(1)
			c.want(done(1, protocol.ECANormal))
			pact.get(tChar, 1, 1, u8(0))
			c.get(tDouble, 1, 1, f64(1.5))
		},
	},
	{
		"put callbacks/two channels of one circuit", "at the same time",
		func(j *judge) {
			one := j.channel("K:SLOW1:SET")
			two := one.create("K:SLOW2:SET", 12)
			p1, p2 := one.create("K:SLOW1:SET.PACT", 13), one.create("K:SLOW2:SET.PACT", 14)
			one.send(one.begin(1, 2.5), two.begin(2, 3.5), p1.readFlag(), p2.readFlag())
			p1.wantFlag(1)
			p2.wantFlag(1)
			ids := map[uint32]bool{}
			for range 2 {
				m := one.next()
				one.compare(m, done(m.Param2, protocol.ECANormal))
				ids[m.Param2] = true
			}
			if !ids[1] || !ids[2] {
				j.differ("answered %v, expected 1 and 2", ids)
			}
			one.get(tDouble, 1, 1, f64(2.5))
			two.get(tDouble, 1, 1, f64(3.5))
		},
	},
	{
		"put callbacks/two on one channel", "one after the other, in order, each with its own value",
		func(j *judge) {
			c := j.channel("K:SLOW1:SET")
			c.send(c.begin(1, 4.5), c.begin(2, 5.5))
			c.want(done(1, protocol.ECANormal))
			c.want(done(2, protocol.ECANormal))
			c.get(tDouble, 1, 1, f64(5.5))
		},
	},
	{
		"put callbacks/of two clients to one record", "one after the other, in order",
		func(j *judge) {
			one, two := j.channel("K:SLOW1:SET"), j.channel("K:SLOW1:SET")
			pact := one.create("K:SLOW1:SET.PACT", 12)
			one.send(one.begin(1, 6.5), pact.readFlag())
			pact.wantFlag(1)
			two.send(two.begin(1, 7.5))
			one.want(done(1, protocol.ECANormal))
			two.want(done(1, protocol.ECANormal))
			two.get(tDouble, 1, 1, f64(7.5))
		},
	},
	{
		"put callbacks/the client leaves", "the write is carried out",
		func(j *judge) {
			w, c := j.channel("K:SLOW2:SET"), j.channel("K:SLOW2:SET")
			c.watch(w, 0)
			w.send(w.begin(1, 8.5))
			w.create("K:AI", 12) // the write has been read, then
			_ = w.conn.Close()
			c.event(tDouble, 1, f64(8.5))
		},
	},
	{
		"put callbacks/CLEAR_CHANNEL before the answer", "the channel is cleared; the write is carried out",
		func(j *judge) {
			w, c := j.channel("K:SLOW2:SET"), j.channel("K:SLOW2:SET")
			c.watch(w, 0)
			w.send(w.begin(1, 9.5), protocol.AppendClearChannel(nil, w.sid, w.cid))
			m := w.next()
			if m.Command == protocol.CmdWriteNotify {
				m = w.next()
			}
			w.compare(m, protocol.Header{Command: protocol.CmdClearChannel, Param1: w.sid, Param2: w.cid})
			c.event(tDouble, 1, f64(9.5))
		},
	},
	{
		"put callbacks/to a soft record, three in one piece", "answers each, in order",
		func(j *judge) {
			c := j.channel("K:AO")
			c.send(c.begin(1, 2), c.begin(2, 3), c.begin(3, 1.5))
			for id := range uint32(3) {
				c.want(done(id+1, protocol.ECANormal))
			}
			c.get(tDouble, 1, 1, f64(1.5))
		},
	},
	{
		"put callbacks/a record with DISP", "status ECA_PUTFAIL, and the value is not taken; DISP itself can be written to",
		func(j *judge) {
			c := j.channel("K:AO")
			disp := c.create("K:AO.DISP", 12)
			disp.put(tChar, 1, u8(1))
			c.putStatus(protocol.ECAPutFail, tDouble, 1, f64(5))
			c.get(tDouble, 1, 1, f64(1.5))
			disp.put(tChar, 1, u8(0))
			c.put(tDouble, 1, f64(1.5))
		},
	},
	{
		"put callbacks/to a field that processes nothing", "answers at once",
		func(j *judge) {
			c := j.channel("K:SLOW1:SET.DESC")
			c.put(tString, 1, text(40, "slow"))
			c.get(tString, 1, 1, text(40, "slow"))
		},
	},
	{
		"put callbacks/PROC", "processes, and answers when that is done",
		func(j *judge) {
			c := j.channel("K:SLOW1:SET.PROC")
			pact := c.create("K:SLOW1:SET.PACT", 12)
			c.create("K:SLOW1:SET", 13).put(tDouble, 1, f64(1)) // where each command waits after another
			c.send(c.putRequest(tChar, 1, u8(1)), pact.readFlag())
			pact.wantFlag(1)
			c.want(protocol.Header{Command: protocol.CmdWriteNotify, DataType: tChar, Count: 1, Param1: uint32(protocol.ECANormal), Param2: ioid})
		},
	},
	{
		"put callbacks/WRITE while a write is under way", "the record processes once more, with the last value",
		func(j *judge) {
			c := j.channel("K:SLOW2:SET")
			c.put(tDouble, 1, f64(0))
			pact := c.create("K:SLOW2:SET.PACT", 12)
			rpro := c.create("K:SLOW2:SET.RPRO", 13)
			c.send(c.begin(1, 1), pact.readFlag(), c.write(tDouble, 1, f64(2)), c.write(tDouble, 1, f64(3)), rpro.readFlag())
			pact.wantFlag(1)
			rpro.wantFlag(1)
			c.want(done(1, protocol.ECANormal))
			c.put(tDouble, 1, f64(4))
			rpro.get(tChar, 1, 1, u8(0))
			c.get(tDouble, 1, 1, f64(4))
		},
	},
}
