package prototest

import (
	"net/netip"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// Frame is one message of the corpus.
type Frame struct {
	Name    string
	Source  string // the specification's rule, or the program that sent it
	From    Dir    // who sends it
	Bytes   []byte
	Header  protocol.Header
	Payload []byte // as in Bytes
	// Append is this module's encoder for the message; nil for a recorded one.
	Append func(dst []byte) []byte
}

// Frames is the corpus: the messages written by hand, one for each command in each
// direction and for the edges of the header, and every recorded message that is
// well formed.
func Frames() []Frame { return append(handwritten(), recorded()...) }

// recorded cuts the golden cases into messages.
func recorded() []Frame {
	var frames []Frame
	for _, file := range GoldenFiles() {
		for _, c := range Golden(file) {
			for _, s := range c.Steps {
				for b := s.Bytes; len(b) > 0; {
					m, n, err := protocol.Next(b, protocol.Limits{})
					if err != nil {
						break // a case about malformed bytes: the rest is no message
					}
					frames = append(frames, Frame{
						Name: file + "/" + c.Name, Source: c.Source, From: s.Dir,
						Bytes: b[:n:n], Header: m.Header, Payload: m.Payload,
					})
					b = b[n:]
				}
			}
		}
	}
	return frames
}

// handwritten are frames derived from the Channel Access specification by hand.
func handwritten() []Frame {
	here := netip.MustParseAddr("192.0.2.7")
	rows := []struct {
		name, source string
		from         Dir
		hex          string
		header       protocol.Header
		encode       func(dst []byte) []byte
	}{
		{
			"version of a client, priority 7", "CA 4.13 CA_PROTO_VERSION over TCP", FromClient,
			"0000 0000 0007 000d 00000000 00000000",
			protocol.Header{Command: protocol.CmdVersion, DataType: 7, Count: 13},
			func(b []byte) []byte { return protocol.AppendVersion(b, 7, 13) },
		},
		{
			"version in a datagram", "CA 4.11 sequence number", FromClient,
			"0000 0000 0001 000d 00001234 00000000",
			protocol.Header{Command: protocol.CmdVersion, DataType: 1, Count: 13, Param1: 0x1234},
			func(b []byte) []byte { return protocol.AppendVersionUDP(b, 13, 0x1234) },
		},
		{
			"search", "CA_PROTO_SEARCH request: the cid twice, name padded", FromClient,
			"0006 0008 0005 000d 00000007 00000007 4142430000000000",
			protocol.Header{Command: protocol.CmdSearch, DataType: 5, Size: 8, Count: 13, Param1: 7, Param2: 7},
			func(b []byte) []byte { return protocol.AppendSearch(b, 7, "ABC", 13, protocol.DontReply) },
		},
		{
			"search for a name of 8 bytes", "CA_PROTO_SEARCH: the NUL takes another 8 bytes", FromClient,
			"0006 0010 000a 000d 00000007 00000007 4142434445464748 0000000000000000",
			protocol.Header{Command: protocol.CmdSearch, DataType: 10, Size: 16, Count: 13, Param1: 7, Param2: 7},
			func(b []byte) []byte { return protocol.AppendSearch(b, 7, "ABCDEFGH", 13, protocol.DoReply) },
		},
		{
			"search reply over UDP", "CA_PROTO_SEARCH response: sender's address, version in the payload", FromServer,
			"0006 0008 13c8 0000 ffffffff 00000007 000d000000000000",
			protocol.Header{Command: protocol.CmdSearch, DataType: 5064, Size: 8, Param1: protocol.NoID, Param2: 7},
			func(b []byte) []byte { return protocol.AppendSearchReplyUDP(b, netip.Addr{}, 5064, 7, 13) },
		},
		{
			"search reply with an address", "CA_PROTO_SEARCH response: another server's address", FromServer,
			"0006 0008 13c8 0000 c0000207 00000007 000d000000000000",
			protocol.Header{Command: protocol.CmdSearch, DataType: 5064, Size: 8, Param1: 0xC0000207, Param2: 7},
			func(b []byte) []byte { return protocol.AppendSearchReplyUDP(b, here, 5064, 7, 13) },
		},
		{
			"search reply over TCP", "rsrv: camessage.c search_reply_tcp", FromServer,
			"0006 0000 13c8 0000 ffffffff 00000007",
			protocol.Header{Command: protocol.CmdSearch, DataType: 5064, Param1: protocol.NoID, Param2: 7},
			func(b []byte) []byte { return protocol.AppendSearchReplyTCP(b, netip.Addr{}, 5064, 7) },
		},
		{
			"not found", "CA_PROTO_NOT_FOUND: the search's header", FromServer,
			"000e 0000 000a 000d 00000007 00000007",
			protocol.Header{Command: protocol.CmdNotFound, DataType: 10, Count: 13, Param1: 7, Param2: 7},
			func(b []byte) []byte { return protocol.AppendNotFound(b, 7, 13) },
		},
		{
			"create channel", "CA_PROTO_CREATE_CHAN request", FromClient,
			"0012 0008 0000 0000 00000007 0000000d 4142430000000000",
			protocol.Header{Command: protocol.CmdCreateChan, Size: 8, Param1: 7, Param2: 13},
			func(b []byte) []byte { return protocol.AppendCreateChan(b, 7, "ABC", 13) },
		},
		{
			"channel created", "CA_PROTO_CREATE_CHAN response", FromServer,
			"0012 0000 0006 0001 00000007 00000009",
			protocol.Header{Command: protocol.CmdCreateChan, DataType: 6, Count: 1, Param1: 7, Param2: 9},
			func(b []byte) []byte { return protocol.AppendCreateChanReply(b, 6, 1, 7, 9) },
		},
		{
			"channel of 65535 elements created", "caProto.h: 0xFFFF does not fit the short header", FromServer,
			"0012 ffff 0006 0000 00000007 00000009 00000000 0000ffff",
			protocol.Header{Command: protocol.CmdCreateChan, DataType: 6, Count: 0xFFFF, Param1: 7, Param2: 9},
			func(b []byte) []byte { return protocol.AppendCreateChanReply(b, 6, 0xFFFF, 7, 9) },
		},
		{
			"channel of 65534 elements created", "caProto.h: the largest count of the short header", FromServer,
			"0012 0000 0006 fffe 00000007 00000009",
			protocol.Header{Command: protocol.CmdCreateChan, DataType: 6, Count: 0xFFFE, Param1: 7, Param2: 9},
			func(b []byte) []byte { return protocol.AppendCreateChanReply(b, 6, 0xFFFE, 7, 9) },
		},
		{
			"channel not created", "CA_PROTO_CREATE_CH_FAIL", FromServer,
			"001a 0000 0000 0000 00000007 00000000",
			protocol.Header{Command: protocol.CmdCreateChanFail, Param1: 7},
			func(b []byte) []byte { return protocol.AppendCreateChanFail(b, 7) },
		},
		{
			"access rights", "CA_PROTO_ACCESS_RIGHTS: bit 0 read, bit 1 write", FromServer,
			"0016 0000 0000 0000 00000007 00000003",
			protocol.Header{Command: protocol.CmdAccessRights, Param1: 7, Param2: 3},
			func(b []byte) []byte {
				return protocol.AppendAccessRights(b, 7, protocol.AccessRead|protocol.AccessWrite)
			},
		},
		{
			"clear channel", "CA_PROTO_CLEAR_CHANNEL request", FromClient,
			"000c 0000 0000 0000 00000009 00000007",
			protocol.Header{Command: protocol.CmdClearChannel, Param1: 9, Param2: 7},
			func(b []byte) []byte { return protocol.AppendClearChannel(b, 9, 7) },
		},
		{
			"read", "CA_PROTO_READ request (deprecated)", FromClient,
			"0003 0000 0006 0001 00000009 00000005",
			protocol.Header{Command: protocol.CmdRead, DataType: 6, Count: 1, Param1: 9, Param2: 5},
			func(b []byte) []byte { return protocol.AppendRead(b, 6, 1, 9, 5) },
		},
		{
			"read notify", "CA_PROTO_READ_NOTIFY request, count 0 since CA 4.13", FromClient,
			"000f 0000 0014 0000 00000009 00000005",
			protocol.Header{Command: protocol.CmdReadNotify, DataType: 20, Param1: 9, Param2: 5},
			func(b []byte) []byte { return protocol.AppendReadNotify(b, 20, 0, 9, 5) },
		},
		{
			"read notify answered", "CA_PROTO_READ_NOTIFY response: status where the request has the sid", FromServer,
			"000f 0008 0001 0001 00000001 00000005 002a000000000000",
			protocol.Header{Command: protocol.CmdReadNotify, DataType: 1, Size: 8, Count: 1, Param1: 1, Param2: 5},
			func(b []byte) []byte {
				return protocol.AppendMessage(b, protocol.ReadNotifyReply(1, 1, protocol.ECANormal, 5), []byte{0, 42})
			},
		},
		{
			"write", "CA_PROTO_WRITE request", FromClient,
			"0004 0008 0001 0001 00000009 00000007 002a000000000000",
			protocol.Header{Command: protocol.CmdWrite, DataType: 1, Size: 8, Count: 1, Param1: 9, Param2: 7},
			func(b []byte) []byte { return protocol.AppendWrite(b, 1, 1, 9, 7, []byte{0, 42}) },
		},
		{
			"write notify", "CA_PROTO_WRITE_NOTIFY request", FromClient,
			"0013 0008 0001 0001 00000009 00000005 002a000000000000",
			protocol.Header{Command: protocol.CmdWriteNotify, DataType: 1, Size: 8, Count: 1, Param1: 9, Param2: 5},
			func(b []byte) []byte { return protocol.AppendWriteNotify(b, 1, 1, 9, 5, []byte{0, 42}) },
		},
		{
			"write notify answered", "CA_PROTO_WRITE_NOTIFY response", FromServer,
			"0013 0000 0001 0001 000000a0 00000005",
			protocol.Header{Command: protocol.CmdWriteNotify, DataType: 1, Count: 1, Param1: 160, Param2: 5},
			func(b []byte) []byte { return protocol.AppendWriteNotifyReply(b, 1, 1, protocol.ECAPutFail, 5) },
		},
		{
			"subscribe", "CA_PROTO_EVENT_ADD request: three unused floats, then the mask", FromClient,
			"0001 0010 0014 0000 00000009 00000003 00000000 00000000 00000000 0005 0000",
			protocol.Header{Command: protocol.CmdEventAdd, DataType: 20, Size: 16, Param1: 9, Param2: 3},
			func(b []byte) []byte { return protocol.AppendEventAdd(b, 20, 0, 9, 3, pv.EventValue|pv.EventAlarm) },
		},
		{
			"update", "CA_PROTO_EVENT_ADD response", FromServer,
			"0001 0008 0001 0001 00000001 00000003 002a000000000000",
			protocol.Header{Command: protocol.CmdEventAdd, DataType: 1, Size: 8, Count: 1, Param1: 1, Param2: 3},
			func(b []byte) []byte {
				return protocol.AppendMessage(b, protocol.EventReply(1, 1, protocol.ECANormal, 3), []byte{0, 42})
			},
		},
		{
			"unsubscribe", "CA_PROTO_EVENT_CANCEL request", FromClient,
			"0002 0000 0014 0000 00000009 00000003",
			protocol.Header{Command: protocol.CmdEventCancel, DataType: 20, Param1: 9, Param2: 3},
			func(b []byte) []byte { return protocol.AppendEventCancel(b, 20, 0, 9, 3) },
		},
		{
			"unsubscribed", "CA_PROTO_EVENT_CANCEL response: command 1 with no payload", FromServer,
			"0001 0000 0014 0001 00000009 00000003",
			protocol.Header{Command: protocol.CmdEventAdd, DataType: 20, Count: 1, Param1: 9, Param2: 3},
			func(b []byte) []byte { return protocol.AppendEventCancelReply(b, 20, 1, 9, 3) },
		},
		{
			"events off", "CA_PROTO_EVENTS_OFF", FromClient,
			"0008 0000 0000 0000 00000000 00000000",
			protocol.Header{Command: protocol.CmdEventsOff},
			protocol.AppendEventsOff,
		},
		{
			"events on", "CA_PROTO_EVENTS_ON", FromClient,
			"0009 0000 0000 0000 00000000 00000000",
			protocol.Header{Command: protocol.CmdEventsOn},
			protocol.AppendEventsOn,
		},
		{
			"read sync", "CA_PROTO_READ_SYNC", FromClient,
			"000a 0000 0000 0000 00000000 00000000",
			protocol.Header{Command: protocol.CmdReadSync},
			protocol.AppendReadSync,
		},
		{
			"host name", "CA_PROTO_HOST_NAME", FromClient,
			"0015 0008 0000 0000 00000000 00000000 6c61623100000000",
			protocol.Header{Command: protocol.CmdHostName, Size: 8},
			func(b []byte) []byte { return protocol.AppendHostName(b, "lab1") },
		},
		{
			"client name", "CA_PROTO_CLIENT_NAME", FromClient,
			"0014 0008 0000 0000 00000000 00000000 6f70657261746f00",
			protocol.Header{Command: protocol.CmdClientName, Size: 8},
			func(b []byte) []byte { return protocol.AppendClientName(b, "operato") },
		},
		{
			"echo", "CA_PROTO_ECHO", FromClient,
			"0017 0000 0000 0000 00000000 00000000",
			protocol.Header{Command: protocol.CmdEcho},
			protocol.AppendEcho,
		},
		{
			"error", "CA_PROTO_ERROR: the request's header and a text", FromServer,
			"000b 0018 0000 0000 00000007 000000a0  0004 0008 0006 0001 00000009 00000007  6e6f000000000000",
			protocol.Header{Command: protocol.CmdError, Size: 24, Param1: 7, Param2: 160},
			func(b []byte) []byte {
				request := protocol.WriteRequest(6, 1, 9, 7)
				request.Size = 8
				return protocol.AppendError(b, 7, protocol.ECAPutFail, request, "no")
			},
		},
		{
			"error about a long request", "rsrv: camessage.c vsend_err: the long header is echoed", FromServer,
			"000b 0020 0000 0000 00000007 000000a0  0004 ffff 0006 0000 00000009 00000007 00080000 00010000  6e6f000000000000",
			protocol.Header{Command: protocol.CmdError, Size: 32, Param1: 7, Param2: 160},
			func(b []byte) []byte {
				request := protocol.WriteRequest(6, 0x10000, 9, 7)
				request.Size = 0x80000
				return protocol.AppendError(b, 7, protocol.ECAPutFail, request, "no")
			},
		},
		{
			"server disconnects a channel", "CA_PROTO_SERVER_DISCONN", FromServer,
			"001b 0000 0000 0000 00000007 00000000",
			protocol.Header{Command: protocol.CmdServerDisconn, Param1: 7},
			func(b []byte) []byte { return protocol.AppendServerDisconn(b, 7) },
		},
		{
			"beacon", "rsrv: online_notify.c: version, port, counter, no address", FromServer,
			"000d 0000 000d 13c8 00000002 00000000",
			protocol.Header{Command: protocol.CmdBeacon, DataType: 13, Count: 5064, Param1: 2},
			func(b []byte) []byte { return protocol.AppendBeacon(b, netip.Addr{}, 5064, 13, 2) },
		},
		{
			"register with a repeater", "REPEATER_REGISTER", FromClient,
			"0018 0000 0000 0000 00000000 c0000207",
			protocol.Header{Command: protocol.CmdRepeaterRegister, Param2: 0xC0000207},
			func(b []byte) []byte { return protocol.AppendRepeaterRegister(b, here) },
		},
		{
			"registered with a repeater", "REPEATER_CONFIRM", FromServer,
			"0011 0000 0000 0000 00000000 c0000207",
			protocol.Header{Command: protocol.CmdRepeaterConfirm, Param2: 0xC0000207},
			func(b []byte) []byte { return protocol.AppendRepeaterConfirm(b, here) },
		},
	}
	frames := make([]Frame, len(rows))
	for i, r := range rows {
		b, err := parseHex(r.hex)
		if err != nil {
			panic("prototest: " + r.name + ": " + err.Error())
		}
		frames[i] = Frame{
			Name: r.name, Source: r.source, From: r.from, Bytes: b, Header: r.header,
			Payload: b[r.header.Len():], Append: r.encode,
		}
	}
	return frames
}

// Malformed is a stretch of bytes that no reader may take as messages.
type Malformed struct {
	Name   string
	Source string
	Bytes  []byte
	Scope  protocol.Scope
	Status protocol.Status
}

// MalformedFrames are bytes that [protocol.Next] refuses with the given scope and
// status under the default limits. Truncated messages are not among them: any part
// of a [Frame] is one.
func MalformedFrames() []Malformed {
	rows := []struct {
		name, source, hex string
		scope             protocol.Scope
		status            protocol.Status
	}{
		{
			"payload of 9 bytes", "rsrv: camessage.c, Missaligned protocol rejected",
			"0013 0009 0006 0001 000000a6 00000001", protocol.ScopeCircuit, protocol.ECAInternal,
		},
		{
			"long header, payload of 65537 bytes", "rsrv: camessage.c, Missaligned protocol rejected",
			"0013 ffff 0006 0000 000000a6 00000001 00010001 00000001", protocol.ScopeCircuit, protocol.ECAInternal,
		},
		{
			"payload of 4 GiB", "rsrv: camessage.c, larger than any buffer: answered, drained",
			"0013 ffff 0006 0000 000000a6 00000001 fffffff8 00000001", protocol.ScopeMessage, protocol.ECAToLarge,
		},
	}
	out := make([]Malformed, len(rows))
	for i, r := range rows {
		b, err := parseHex(r.hex)
		if err != nil {
			panic("prototest: " + r.name + ": " + err.Error())
		}
		out[i] = Malformed{Name: r.name, Source: r.source, Bytes: b, Scope: r.scope, Status: r.status}
	}
	return out
}
