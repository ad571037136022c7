package conformance

import "github.com/ioclet/ioclet/protocol"

var access = []Row{
	{
		"access/a channel that may only be read", "ACCESS_RIGHTS 1; reads and monitors work",
		func(j *judge) {
			c := j.channel("K:READONLY")
			if c.rights != protocol.AccessRead {
				j.differ("rights %d, expected 1", c.rights)
			}
			c.get(tLong, 1, 1, i32(7))
			c.send(c.monitor(tLong, 1, value))
			c.event(tLong, 1, i32(7))
		},
	},
	{
		"access/WRITE without write access", "ERROR ECA_NOWTACCESS with the cid; the circuit lives",
		func(j *judge) {
			c := j.channel("K:READONLY")
			c.fails(c.write(tLong, 1, i32(1)), protocol.ECANoWtAccess)
			c.get(tLong, 1, 1, i32(7))
		},
	},
	{
		"access/WRITE_NOTIFY without write access", "status ECA_NOWTACCESS; the circuit lives",
		func(j *judge) {
			c := j.channel("K:READONLY")
			c.putStatus(protocol.ECANoWtAccess, tLong, 1, i32(1))
			c.get(tLong, 1, 1, i32(7))
		},
	},
	{
		"access/a channel without any", "is created, ACCESS_RIGHTS 0",
		func(j *judge) {
			c := j.channel("K:NOACCESS")
			if c.rights != 0 {
				j.differ("rights %d, expected 0", c.rights)
			}
			c.wantKept()
		},
	},
	{
		"access/READ_NOTIFY without read access", "status ECA_NORDACCESS and zeros; the circuit lives",
		func(j *judge) {
			c := j.channel("K:NOACCESS")
			c.send(c.ask(tLong, 2))
			c.want(readReply(tLong, 2, protocol.ECANoRdAccess), zeros(8))
			c.wantKept()
		},
	},
	{
		"access/READ without read access", "ERROR ECA_NORDACCESS; the circuit lives",
		func(j *judge) {
			c := j.channel("K:NOACCESS")
			c.fails(protocol.AppendRead(nil, tLong, 1, c.sid, ioid), protocol.ECANoRdAccess)
			c.wantKept()
		},
	},
	{
		"access/EVENT_ADD without read access", "one event with status ECA_NORDACCESS and zeros",
		func(j *judge) {
			c := j.channel("K:NOACCESS")
			c.send(c.monitor(tLong, 1, value))
			c.want(protocol.EventReply(tLong, 1, protocol.ECANoRdAccess, subid), zeros(4))
			c.wantKept()
		},
	},
}
