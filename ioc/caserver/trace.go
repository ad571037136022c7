package caserver

import (
	"context"
	"log/slog"

	"github.com/ioclet/ioclet/logfilter"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
)

// traceReceived logs a request. Whether a client's messages are logged is settled when
// it connects, so that it costs nothing to all others.
func (c *client) traceReceived(ev *circuit.Event) {
	args := describe(ev.Header, false)
	switch {
	case len(ev.Name) > 0:
		args = append(args, slog.String("name", string(ev.Name)))
	case ev.Channel != nil:
		args = append(args, slog.String("pv", fieldOf(ev.Channel).Record().Name()))
	}
	if ev.Kind == circuit.Refused {
		args = append(args, slog.String("refused", ev.Detail))
	}
	c.log.LogAttrs(context.Background(), logfilter.LevelTrace, "received", args...)
}

// traceSent logs the messages that begin in b, which goes out next. One who writes a
// message in pieces calls it with each.
func (c *client) traceSent(b []byte) {
	for {
		n := min(c.traceRest, uint64(len(b)))
		c.traceRest -= n
		b = b[n:]
		h, ok := protocol.ParseHeader(b)
		if !ok {
			return
		}
		c.traceRest = uint64(h.Len()) + uint64(h.Size)
		c.log.LogAttrs(context.Background(), logfilter.LevelTrace, "sent", describe(h, true)...)
	}
}

// describe names what a header carries.
func describe(h protocol.Header, sent bool) []slog.Attr {
	args := []slog.Attr{
		slog.String("command", h.Command.String()), slog.Uint64("type", uint64(h.DataType)),
		slog.Uint64("count", uint64(h.Count)), slog.Uint64("bytes", uint64(h.Size)),
	}
	one, two := "param1", "param2"
	switch h.Command {
	case protocol.CmdRead, protocol.CmdWrite:
		one, two = "sid", "ioid"
	case protocol.CmdReadNotify, protocol.CmdWriteNotify:
		if one, two = "sid", "ioid"; sent {
			one = "status"
		}
	case protocol.CmdEventAdd:
		if one, two = "sid", "subscription"; sent && h.Size > 0 { // else the answer to a cancel
			one = "status"
		}
	case protocol.CmdEventCancel:
		one, two = "sid", "subscription"
	case protocol.CmdCreateChan:
		if one, two = "cid", "version"; sent {
			two = "sid"
		}
	case protocol.CmdClearChannel:
		one, two = "sid", "cid"
	case protocol.CmdAccessRights:
		one, two = "cid", "rights"
	case protocol.CmdError:
		one, two = "cid", "status"
	case protocol.CmdCreateChanFail, protocol.CmdServerDisconn:
		one = "cid"
	}
	for i, name := range []string{one, two} {
		x := []uint32{h.Param1, h.Param2}[i]
		if name == "status" {
			args = append(args, slog.String(name, protocol.Status(x).String()))
			continue
		}
		args = append(args, slog.Uint64(name, uint64(x)))
	}
	return args
}
