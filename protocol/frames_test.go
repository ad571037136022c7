package protocol_test

import (
	"bytes"
	"errors"
	"testing"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/prototest"
)

func TestNextReadsEveryFrame(t *testing.T) {
	frames := prototest.Frames()
	if len(frames) < 3000 {
		t.Fatalf("only %d frames", len(frames))
	}
	for _, f := range frames {
		m, n, err := protocol.Next(f.Bytes, protocol.Limits{})
		if err != nil || n != len(f.Bytes) {
			t.Errorf("%s (%s): %d of %d bytes: %v", f.Name, f.Source, n, len(f.Bytes), err)
			continue
		}
		if m.Header != f.Header || !bytes.Equal(m.Payload, f.Payload) {
			t.Errorf("%s (%s): %+v, want %+v", f.Name, f.Source, m.Header, f.Header)
		}
	}
}

func TestAppendWritesEveryFrame(t *testing.T) {
	commands := map[protocol.Command]bool{}
	for _, f := range prototest.Frames() {
		if f.Append == nil {
			continue
		}
		commands[f.Header.Command] = true
		if got := f.Append([]byte("before")); !bytes.Equal(got, append([]byte("before"), f.Bytes...)) {
			t.Errorf("%s (%s):\n got %x\nwant %x", f.Name, f.Source, got[6:], f.Bytes)
		}
	}
	obsolete := []protocol.Command{protocol.CmdSnapshot, protocol.CmdBuild, protocol.CmdReadBuild, protocol.CmdSignal}
	if want := int(protocol.LastCommand) + 1 - len(obsolete); len(commands) != want {
		t.Errorf("frames for %d commands, want %d", len(commands), want)
	}
}

// TestAppendEqualsC encodes every message of the C programs anew, from what our
// accessors read in it.
func TestAppendEqualsC(t *testing.T) {
	seen := map[protocol.Command]int{}
	for _, f := range prototest.Frames() {
		if f.Append != nil {
			continue
		}
		m := protocol.Message{Header: f.Header, Payload: f.Payload}
		got, ok := encodeAgain(t, f, m)
		if !ok {
			continue
		}
		seen[m.Command]++
		if !bytes.Equal(got, f.Bytes) {
			t.Errorf("%s (%s): %v\n got %.100x\nwant %.100x", f.Name, f.Source, m.Command, got, f.Bytes)
		}
	}
	for _, c := range []protocol.Command{
		protocol.CmdVersion, protocol.CmdEventAdd, protocol.CmdEventCancel, protocol.CmdRead, protocol.CmdWrite,
		protocol.CmdSearch, protocol.CmdEventsOff, protocol.CmdEventsOn, protocol.CmdError, protocol.CmdClearChannel,
		protocol.CmdBeacon, protocol.CmdNotFound, protocol.CmdReadNotify, protocol.CmdCreateChan,
		protocol.CmdWriteNotify, protocol.CmdClientName, protocol.CmdHostName, protocol.CmdAccessRights,
		protocol.CmdEcho, protocol.CmdCreateChanFail,
	} {
		if seen[c] == 0 {
			t.Errorf("no recorded %v was encoded again", c)
		}
	}
}

// encodeAgain is the message m in our encoding. ok is false for what no program
// would send on purpose: names cut short, masks that are none.
func encodeAgain(t *testing.T, f prototest.Frame, m protocol.Message) (b []byte, ok bool) {
	t.Helper()
	text, ended := m.Text()
	client := f.From == prototest.FromClient
	switch m.Command {
	case protocol.CmdVersion:
		if sequence, ok := m.Sequence(); ok && m.Param1 != 0 {
			return protocol.AppendVersionUDP(nil, uint16(m.Count), sequence), true
		}
		return protocol.AppendVersion(nil, m.DataType, uint16(m.Count)), true
	case protocol.CmdSearch:
		switch {
		case client:
			return protocol.AppendSearch(nil, m.Param1, string(text), uint16(m.Count), m.DataType),
				ended && len(m.Payload) == (len(text)+8)&^7
		case m.Size > 0:
			r := m.SearchReply()
			return protocol.AppendSearchReplyUDP(nil, r.Addr, r.Port, r.CID, r.Minor), true
		}
		r := m.SearchReply()
		return protocol.AppendSearchReplyTCP(nil, r.Addr, r.Port, r.CID), true
	case protocol.CmdNotFound:
		return protocol.AppendNotFound(nil, m.Param1, uint16(m.Count)), !client
	case protocol.CmdCreateChan:
		if client {
			return protocol.AppendCreateChan(nil, m.Param1, string(text), uint16(m.Param2)),
				ended && len(m.Payload) == (len(text)+8)&^7
		}
		return protocol.AppendCreateChanReply(nil, m.DataType, m.Count, m.Param1, m.Param2), true
	case protocol.CmdHostName:
		return protocol.AppendHostName(nil, string(text)), ended
	case protocol.CmdClientName:
		return protocol.AppendClientName(nil, string(text)), ended
	case protocol.CmdAccessRights:
		return protocol.AppendAccessRights(nil, m.Param1, m.Access()), true
	case protocol.CmdCreateChanFail:
		return protocol.AppendCreateChanFail(nil, m.Param1), true
	case protocol.CmdClearChannel:
		return protocol.AppendClearChannel(nil, m.Param1, m.Param2), true
	case protocol.CmdRead:
		if client {
			return protocol.AppendRead(nil, m.DataType, m.Count, m.Param1, m.Param2), true
		}
		return protocol.AppendMessage(nil, protocol.ReadReply(m.DataType, m.Count, m.Param1, m.Param2), m.Payload), true
	case protocol.CmdReadNotify:
		if client {
			return protocol.AppendReadNotify(nil, m.DataType, m.Count, m.Param1, m.Param2), true
		}
		h := protocol.ReadNotifyReply(m.DataType, m.Count, protocol.Status(m.Param1), m.Param2)
		b = protocol.FinishMessage(append(protocol.BeginMessage(nil, h), m.Payload...), 0, h)
		return b, !longFormOfShort(f)
	case protocol.CmdWrite:
		return protocol.AppendWrite(nil, m.DataType, m.Count, m.Param1, m.Param2, m.Payload), !longFormOfShort(f)
	case protocol.CmdWriteNotify:
		if client {
			return protocol.AppendWriteNotify(nil, m.DataType, m.Count, m.Param1, m.Param2, m.Payload), !longFormOfShort(f)
		}
		return protocol.AppendWriteNotifyReply(nil, m.DataType, m.Count, protocol.Status(m.Param1), m.Param2), true
	case protocol.CmdEventAdd:
		if client {
			mask, err := m.EventMask()
			return protocol.AppendEventAdd(nil, m.DataType, m.Count, m.Param1, m.Param2, mask), err == nil
		}
		if m.Size == 0 {
			return protocol.AppendEventCancelReply(nil, m.DataType, m.Count, m.Param1, m.Param2), true
		}
		h := protocol.EventReply(m.DataType, m.Count, protocol.Status(m.Param1), m.Param2)
		return protocol.AppendMessage(nil, h, m.Payload), true
	case protocol.CmdEventCancel:
		return protocol.AppendEventCancel(nil, m.DataType, m.Count, m.Param1, m.Param2), true
	case protocol.CmdEventsOff:
		return protocol.AppendEventsOff(nil), true
	case protocol.CmdEventsOn:
		return protocol.AppendEventsOn(nil), true
	case protocol.CmdEcho:
		return protocol.AppendEcho(nil), m.Header == protocol.Header{Command: protocol.CmdEcho}
	case protocol.CmdError:
		if client {
			return nil, false
		}
		e := m.ErrorReport()
		if !e.Remote {
			t.Errorf("%s: %v", f.Name, e)
		}
		return protocol.AppendError(nil, e.Channel, e.Status, e.Request, e.Text), true
	case protocol.CmdBeacon:
		k := m.Beacon()
		return protocol.AppendBeacon(nil, k.Addr, k.Port, k.Minor, k.Counter), !client
	case protocol.CmdRepeaterRegister:
		return protocol.AppendRepeaterRegister(nil, m.RepeaterAddr()), true
	}
	return nil, false
}

// longFormOfShort reports a message in the long form that did not need it: some of
// the recorded requests, and rsrv's reply where a read of unknown size turned out
// small.
func longFormOfShort(f prototest.Frame) bool {
	return f.Header.Len() == protocol.HeaderLen && len(f.Bytes)-len(f.Payload) == protocol.ExtendedHeaderLen
}

func TestNextByteByByte(t *testing.T) {
	for _, f := range prototest.Frames() {
		if len(f.Bytes) > 4096 {
			continue // the edges are the same
		}
		for n := range f.Bytes {
			if _, used, err := protocol.Next(f.Bytes[:n], protocol.Limits{}); !errors.Is(err, protocol.ErrShort) || used != 0 {
				t.Fatalf("%s: %d of %d bytes: %d, %v", f.Name, n, len(f.Bytes), used, err)
			}
			if need := protocol.Need(f.Bytes[:n]); need <= n || need > len(f.Bytes) {
				t.Fatalf("%s: with %d of %d bytes Need says %d", f.Name, n, len(f.Bytes), need)
			}
		}
		if need := protocol.Need(f.Bytes); need != len(f.Bytes) {
			t.Fatalf("%s: Need says %d of %d", f.Name, need, len(f.Bytes))
		}
	}
}

func TestNextRefuses(t *testing.T) {
	for _, f := range prototest.MalformedFrames() {
		m, n, err := protocol.Next(f.Bytes, protocol.Limits{})
		e, ok := errors.AsType[*protocol.Error](err)
		if !ok || n != 0 {
			t.Errorf("%s: %d, %v", f.Name, n, err)
			continue
		}
		if e.Scope != f.Scope || e.Status != f.Status || e.Remote || e.Request != m.Header || m.Command != protocol.CmdWriteNotify {
			t.Errorf("%s: %+v", f.Name, e)
		}
		if !errors.Is(err, f.Status) {
			t.Errorf("%s: not %v", f.Name, f.Status)
		}
	}
}
