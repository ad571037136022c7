package serial

import (
	"context"
	"errors"
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// Names of the channels that Device.Console adds.
const (
	ConsoleCommand = "CMD"   // a Writer: what is written, with its escapes, is sent
	ConsoleReply   = "REPLY" // a Notifier: what comes back
)

// consoleWriter is the channel by which people try what a device says.
type consoleWriter struct {
	*channel
	reply *channel
}

// newConsole adds the channels of the console to d.
func (d *device) newConsole(p *Port, taken map[string]*channel) error {
	c := &channel{port: p, device: d, name: ConsoleCommand, timeout: d.timeout, in: answer{framing: d.in}}
	reply := &channel{port: p, device: d, name: ConsoleReply, notifies: true}
	var err error
	if c.ack, err = c.compileScan(WholeLine("%s"), nil); err != nil {
		return err
	}
	for _, c := range []*channel{c, reply} {
		if taken[c.name] != nil {
			return &ChannelError{d.name, c.name, errors.New("the console has this name")}
		}
	}
	c.public, reply.public = consoleWriter{c, reply}, reply.face()
	d.channels = append(d.channels, c, reply)
	return nil
}

// Write sends v as a command. It ends with the answer, or when there is none within the
// device's timeout, which is the reply's alarm and not an error: not all commands are
// questions.
func (w consoleWriter) Write(ctx context.Context, v pv.Value) error {
	s := w.port.current()
	if s == nil {
		return w.subject(link.Lost(errNotOpen))
	}
	command, err := format.Unescape(v.Str())
	if err != nil {
		return w.subject(&drivers.Fault{Status: pv.StatusHwLimit, Err: err})
	}
	answer, err := w.port.exchange(ctx, s, &request{
		device: w.device, command: append(command, w.device.out...), reply: w.ack, timeout: w.timeout, urgent: true, console: true,
	})
	switch f, _ := errors.AsType[*drivers.Fault](err); {
	case err == nil:
		if w.reply.sink != nil {
			w.reply.sink.Post(pv.StringValue(legible(answer.Str())), pv.Stamp{}, pv.Alarm{})
		}
	case f == nil || f.Lost:
		return w.subject(err)
	default:
		w.reply.fault(&drivers.Fault{Status: f.Status, Err: fmt.Errorf("%s: %w", format.Quote(command), f.Err)})
	}
	return nil
}

// legible is an answer for people: as it is, with escapes if not all of it can be
// printed.
func legible(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return r < ' ' || r > '~' }) {
		text = format.Quote([]byte(text))
		return text[1 : len(text)-1]
	}
	return text
}
