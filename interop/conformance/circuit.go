package conformance

import (
	"slices"
	"strings"

	"github.com/ioclet/ioclet/protocol"
)

var (
	versionReply = protocol.Header{Command: protocol.CmdVersion, Count: protocol.Version}
	echo         = protocol.AppendEcho(nil)
)

// createFailed is the answer to a CREATE_CHAN that cannot be.
func createFailed(cid uint32) protocol.Header {
	return protocol.Header{Command: protocol.CmdCreateChanFail, Param1: cid}
}

// createRequest is a CREATE_CHAN of a client of CA 4.minor.
func createRequest(name string, cid uint32, minor uint16) []byte {
	return protocol.AppendCreateChan(nil, cid, name, minor)
}

var circuits = []Row{
	{
		"circuit/connect", "says VERSION of itself, priority 0, minor version 13",
		func(j *judge) { j.dial().want(versionReply) },
	},
	{
		"circuit/VERSION", "is not answered",
		func(j *judge) {
			p := j.dial()
			p.want(versionReply)
			p.send(protocol.AppendVersion(nil, 0, protocol.Version))
			p.wantKept()
		},
	},
	{
		"circuit/VERSION a second time", "is not answered; the circuit lives",
		func(j *judge) {
			p := j.greet()
			p.send(protocol.AppendVersion(nil, 0, protocol.Version), protocol.AppendVersion(nil, 20, protocol.Version))
			p.wantKept()
		},
	},
	{
		"circuit/every priority from 0 to 99", "serves it",
		func(j *judge) {
			for priority := range uint16(100) {
				p := j.dial()
				p.send(protocol.AppendVersion(nil, priority, protocol.Version))
				p.want(versionReply)
				p.wantKept()
				_ = p.conn.Close()
			}
		},
	},
	{
		"circuit/priority 100", "closes without a word",
		func(j *judge) { j.rejected(protocol.AppendVersion(nil, 100, protocol.Version)) },
	},
	{
		"circuit/minor version 3", "closes without a word",
		func(j *judge) { j.rejected(protocol.AppendVersion(nil, 0, 3)) },
	},
	{
		"circuit/minor version 99", "serves it as 13",
		func(j *judge) {
			c := j.connect(99).create("K:AI", 1)
			c.get(tDouble, 0, 1, f64(42.125))
		},
	},
	{
		"circuit/minor versions 4 to 13", "serves them: create, read, write, monitor, clear",
		func(j *judge) {
			for minor := uint16(4); minor <= protocol.Version; minor++ {
				p := j.connect(minor)
				p.send(createRequest("K:MON", 3, minor))
				c := p.created(3)
				c.put(tDouble, 1, f64(1))
				c.get(tDouble, 1, 1, f64(1))
				c.send(c.monitor(tDouble, 1, value))
				c.event(tDouble, 1, f64(1))
				c.send(protocol.AppendClearChannel(nil, c.sid, c.cid))
				c.want(protocol.Header{Command: protocol.CmdClearChannel, Param1: c.sid, Param2: c.cid})
				c.wantKept()
			}
		},
	},
	{
		"circuit/requests before VERSION", "each gets ERROR ECA_DEFUNCT; the circuit lives, and serves once VERSION has come",
		func(j *judge) {
			p := j.dial()
			p.want(versionReply)
			create := createRequest("K:AO", 1, protocol.Version)
			for _, b := range [][]byte{echo, create} {
				p.send(b)
				p.wantError(protocol.NoID, protocol.ECADefunct, b)
			}
			p.send(protocol.AppendVersion(nil, 0, protocol.Version))
			p.create("K:AO", 1)
			p.wantKept()
		},
	},
	{
		"circuit/READ_SYNC", "sends the message back",
		func(j *judge) {
			p := j.greet()
			p.send(protocol.AppendReadSync(nil))
			p.want(protocol.Header{Command: protocol.CmdReadSync})
			p.wantKept()
		},
	},
	{
		"circuit/ECHO with a payload", "sends the message back with it",
		func(j *judge) {
			p := j.greet()
			p.send(protocol.AppendMessage(nil, protocol.Header{Command: protocol.CmdEcho, DataType: 1, Count: 2, Param1: 3, Param2: 4}, []byte("eight by")))
			p.want(protocol.Header{Command: protocol.CmdEcho, DataType: 1, Count: 2, Param1: 3, Param2: 4}, of([]byte("eight by")))
		},
	},
	{
		"circuit/a message byte by byte", "is the same as in one piece",
		func(j *judge) {
			p := j.greet()
			for _, b := range createRequest("K:AO", 5, protocol.Version) {
				p.send([]byte{b})
			}
			p.created(5)
		},
	},
	{
		"circuit/CLIENT_NAME and HOST_NAME after a channel", "ERROR ECA_INTERNAL; the circuit lives",
		func(j *judge) {
			c := j.channel("K:AO")
			for _, b := range [][]byte{protocol.AppendClientName(nil, "other"), protocol.AppendHostName(nil, "other")} {
				c.send(b)
				c.wantError(protocol.NoID, protocol.ECAInternal, b)
				c.wantKept()
			}
		},
	},
	{
		"circuit/CLIENT_NAME or HOST_NAME without an end", "ERROR ECA_INTERNAL, closes",
		func(j *judge) {
			for _, cmd := range []protocol.Command{protocol.CmdClientName, protocol.CmdHostName} {
				p := j.greet()
				b := protocol.AppendMessage(nil, protocol.Header{Command: cmd}, []byte("xxxxxxxx"))
				p.send(b)
				p.wantError(protocol.NoID, protocol.ECAInternal, b)
				p.wantClosed()
			}
		},
	},
	{
		"circuit/CLIENT_NAME or HOST_NAME of 512 bytes", "ERROR ECA_INTERNAL, closes; 511 are taken",
		func(j *judge) {
			p := j.greet()
			p.send(protocol.AppendClientName(nil, strings.Repeat("u", 511)), protocol.AppendHostName(nil, strings.Repeat("h", 511)))
			p.wantKept()
			for _, b := range [][]byte{
				protocol.AppendClientName(nil, strings.Repeat("u", 512)), protocol.AppendHostName(nil, strings.Repeat("h", 512)),
			} {
				p := j.greet()
				p.send(b)
				p.wantError(protocol.NoID, protocol.ECAInternal, b)
				p.wantClosed()
			}
		},
	},
	{
		"circuit/several circuits of one client at several priorities", "each has its own channels and ids",
		func(j *judge) {
			var list []*channel
			for _, priority := range []uint16{0, 10, 99} {
				p := j.dial()
				p.send(protocol.AppendVersion(nil, priority, protocol.Version))
				p.want(versionReply)
				list = append(list, p.create("K:AI", 1))
			}
			for _, c := range list {
				c.get(tDouble, 1, 1, f64(42.125))
			}
		},
	},
	{
		"circuit/a sid of another circuit", "is no sid here: ERROR ECA_INTERNAL, closes",
		func(j *judge) {
			// The other circuit's last sid is one that this circuit has not given out.
			other := j.greet()
			var c *channel
			for i := range uint32(8) {
				c = other.create("K:AI", i)
			}
			p := j.greet()
			b := c.ask(tDouble, 1)
			p.send(b, echo) // a server that sends its answer elsewhere answers this
			m := p.next()
			if m.Command == protocol.CmdEcho {
				j.giveUp("the request has been carried out")
			}
			p.isError(m, protocol.NoID, protocol.ECAInternal, b)
			p.wantClosed()
		},
	},
}

// rejected finds out whether a client that begins so is hung up on.
func (j *judge) rejected(b []byte) {
	p := j.dial()
	p.want(versionReply)
	p.send(b)
	p.wantClosed()
}

// isChannel is a row about a channel's native type and count; rights are to read and
// write if not given.
func isChannel(what, name, fact string, t uint16, count uint32, rights ...protocol.Access) Row {
	rights = append(rights, protocol.AccessRead|protocol.AccessWrite)
	return Row{"channel/" + what, fact, func(j *judge) {
		c := j.channel(name)
		if c.typ != t || c.count != count {
			j.differ("type %d, count %d, expected %d, %d", c.typ, c.count, t, count)
		}
		if c.rights != rights[0] {
			j.differ("rights %d, expected %d", c.rights, rights[0])
		}
	}}
}

// noChannel is a row about a name that is none.
func noChannel(what, name, fact string) Row {
	return Row{"channel/" + what, fact, func(j *judge) {
		p := j.greet()
		p.send(createRequest(name, 78, protocol.Version))
		p.want(createFailed(78))
		p.wantKept()
	}}
}

var channels = []Row{
	isChannel("of an ao", "K:AO", "ACCESS_RIGHTS (1 read, 2 write), then CREATE_CHAN: DOUBLE, 1", tDouble, 1),
	isChannel("of an ai", "K:AI", "DOUBLE, 1; may be written to", tDouble, 1),
	isChannel("of a longout", "K:LONG", "LONG, 1", tLong, 1),
	isChannel("of a stringout", "K:STRING", "STRING, 1", tString, 1),
	isChannel("of a bo", "K:BO", "ENUM, 1", tEnum, 1),
	isChannel("of an mbbo", "K:MBBO", "ENUM, 1", tEnum, 1),
	isChannel("of an lso", "K:TEXT", "STRING, 1", tString, 1),
	isChannel("of a long string", "K:TEXT.VAL$", "CHAR, as many as there may be", tChar, 200),
	isChannel("of an array", "K:WF", "as many elements as there may be", tDouble, 10),
	isChannel("of an array of 100,000", "K:BIG", "the count in the extended header", tDouble, 100_000),
	isChannel("of a name with VAL", "K:AO.VAL", "the record's value", tDouble, 1),
	isChannel("of EGU", "K:AO.EGU", "STRING, 1", tString, 1),
	isChannel("of PREC", "K:AO.PREC", "SHORT, 1", tShort, 1),
	isChannel("of SCAN", "K:AO.SCAN", "a menu is ENUM, 1", tEnum, 1),
	isChannel("of STAT", "K:AO.STAT", "ENUM, 1, though it has 22 choices; may only be read", tEnum, 1, protocol.AccessRead),
	isChannel("of SEVR", "K:AO.SEVR", "ENUM, 1; may only be read", tEnum, 1, protocol.AccessRead),
	isChannel("of ACKS", "K:AO.ACKS", "ENUM, 1; may only be read", tEnum, 1, protocol.AccessRead),
	isChannel("of DTYP", "K:AO.DTYP", "ENUM, 1", tEnum, 1),
	isChannel("of PROC", "K:AO.PROC", "CHAR, 1", tChar, 1),
	isChannel("of NORD", "K:WF.NORD", "an unsigned 32-bit integer is DOUBLE, 1; may only be read", tDouble, 1, protocol.AccessRead),
	isChannel("of FLNK", "K:AO.FLNK", "a link is STRING, 1", tString, 1),
	isChannel("of DESC$", "K:AO.DESC$", "CHAR, as many as the field's size: 41", tChar, 41),
	isChannel("of NAME", "K:AO.NAME", "STRING, 1, though longer than 40; may only be read, as what no client ever may write to", tString, 1, protocol.AccessRead),
	isChannel("of NAME$", "K:AO.NAME$", "CHAR, as many as the field's size: 61", tChar, 61, protocol.AccessRead),
	isChannel("of RTYP", "K:AO.RTYP", "STRING, 1; the rights say that it may be written to, though it may not", tString, 1),
	isChannel("of an array slice", "K:WF.VAL[1:3]", "as many elements as the slice may have", tDouble, 3),
	isChannel("with a filter", `K:AO.{"ts":{}}`, "the record's value", tDouble, 1),
	noChannel("of an unknown name", "K:NONE", "CREATE_CH_FAIL with the cid"),
	noChannel("of an unknown field", "K:AO.NONE", "CREATE_CH_FAIL"),
	noChannel("of a filter that does not exist", `K:AO.{"none":{}}`, "CREATE_CH_FAIL"),
	noChannel("of a filter that is no JSON", `K:AO.{"ts`, "CREATE_CH_FAIL"),
	noChannel("of $ on a number", "K:AO.VAL$", "CREATE_CH_FAIL"),
	noChannel("of $ without a field", "K:TEXT$", "CREATE_CH_FAIL"),
	noChannel("of a slice without a field", "K:WF[1:3]", "CREATE_CH_FAIL"),
	noChannel("of an empty name", "", "CREATE_CH_FAIL"),
	noChannel("of a name of 70 bytes", strings.Repeat("X", 70), "CREATE_CH_FAIL"),
	{
		"channel/twice with one cid", "two channels",
		func(j *judge) {
			p := j.greet()
			b := createRequest("K:AI", 1, protocol.Version)
			p.send(b, b)
			one, two := p.created(1), p.created(1)
			if one.sid == two.sid {
				j.differ("both have sid %d", one.sid)
			}
			one.get(tDouble, 1, 1, f64(42.125))
			two.get(tDouble, 1, 1, f64(42.125))
		},
	},
	{
		"channel/a thousand in one piece", "answers each, in order, with sids of their own",
		func(j *judge) {
			p := j.greet()
			var b []byte
			const n = 1000
			for i := range uint32(n) {
				b = append(b, createRequest([]string{"K:AO", "K:WF"}[i%2], i, protocol.Version)...)
			}
			p.send(b)
			sids := map[uint32]bool{}
			for i := range uint32(n) {
				c := p.created(i)
				if want := []uint32{1, 10}[i%2]; c.count != want {
					j.giveUp("channel %d has %d elements, expected %d", i, c.count, want)
				}
				sids[c.sid] = true
			}
			if len(sids) != n {
				j.differ("%d sids for %d channels", len(sids), n)
			}
		},
	},
	{
		"channel/refused among others", "each is answered; where there are access rules, a refusal may overtake the others",
		func(j *judge) {
			p := j.greet()
			p.send(createRequest("K:AO", 1, protocol.Version), createRequest("K:NONE", 2, protocol.Version), createRequest("K:WF", 3, protocol.Version))
			cids := map[uint32]protocol.Command{}
			for range 5 {
				m := p.next()
				cids[m.Param1] = m.Command // the last of a channel
			}
			for cid, want := range map[uint32]protocol.Command{1: protocol.CmdCreateChan, 2: protocol.CmdCreateChanFail, 3: protocol.CmdCreateChan} {
				if cids[cid] != want {
					j.differ("%d is answered by %v, expected %v", cid, cids[cid], want)
				}
			}
		},
	},
	{
		"channel/of an array of 100,000 for minor version 8", "says 65534: there was no extended header",
		func(j *judge) {
			p := j.connect(8)
			p.send(createRequest("K:BIG", 1, 8))
			if c := p.created(1); c.count != 65534 {
				j.differ("count %d", c.count)
			}
		},
	},
	{
		"channel/CREATE_CHAN says another minor version than VERSION", "believes CREATE_CHAN",
		func(j *judge) {
			p := j.greet()
			p.send(createRequest("K:BIG", 1, 8))
			if c := p.created(1); c.count != 65534 {
				j.differ("count %d", c.count)
			}
		},
	},
	{
		"channel/CREATE_CHAN of minor version 3", "closes without a word",
		func(j *judge) {
			p := j.greet()
			p.send(createRequest("K:AO", 1, 3))
			p.wantClosed()
		},
	},
	{
		"channel/of an unknown name for minor versions 4 and 5", "CREATE_CH_FAIL, though it came with minor version 6",
		func(j *judge) {
			for minor := uint16(4); minor < 6; minor++ {
				p := j.connect(minor)
				p.send(createRequest("K:NONE", 1, minor))
				p.want(createFailed(1))
			}
		},
	},
	{
		"channel/CREATE_CHAN without payload", "no answer",
		func(j *judge) {
			p := j.greet()
			p.send(protocol.AppendHeader(nil, protocol.Header{Command: protocol.CmdCreateChan, Param1: 1, Param2: protocol.Version}))
			p.wantKept()
		},
	},
	{
		"channel/CLEAR_CHANNEL", "answers with sid and cid; the sid is gone, the others live",
		func(j *judge) {
			p := j.greet()
			one, two := p.create("K:AI", 1), p.create("K:AI", 2)
			p.send(protocol.AppendClearChannel(nil, one.sid, 1))
			p.want(protocol.Header{Command: protocol.CmdClearChannel, Param1: one.sid, Param2: 1})
			two.get(tDouble, 1, 1, f64(42.125))
			b := one.ask(tDouble, 1)
			p.send(b)
			p.wantError(protocol.NoID, protocol.ECAInternal, b)
			p.wantClosed()
		},
	},
	{
		"channel/the sid of a cleared channel", "is not given to the next one",
		func(j *judge) {
			p := j.greet()
			var sids []uint32
			for i := range uint32(50) {
				c := p.create("K:AI", i)
				if slices.Contains(sids, c.sid) {
					j.giveUp("sid %d once more, after %v", c.sid, sids)
				}
				sids = append(sids, c.sid)
				p.send(protocol.AppendClearChannel(nil, c.sid, i))
				p.want(protocol.Header{Command: protocol.CmdClearChannel, Param1: c.sid, Param2: i})
			}
		},
	},
}

// The DBR types by their numbers (db_access.h). A class is added to a native type.
const (
	tString = iota
	tShort
	tFloat
	tEnum
	tChar
	tLong
	tDouble

	sts          = 7
	timed        = 14
	gr           = 21
	ctrl         = 28
	tPutAckT     = 35
	tPutAckS     = 36
	tStsAck      = 37
	tClassName   = 38
	tBeyond      = 39
	unknownSID   = 0x7FFF0000
	unknownSubID = 99
)
