package serial

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/link"
	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// channel is a channel with all its lines. What users see of it is one of the faces
// below, with no more methods than it has lines.
type channel struct {
	// immutable
	port       *Port
	device     *device
	name       string
	timeout    time.Duration
	ask        []byte   // command of Read
	reply      *scanner // its answer
	write      *format.Format
	writeConv  format.Converter
	writeArray *format.Array // nil: of a scalar
	ack        *scanner      // answer to a write
	done       *finish       // nil: a write is done when it is acknowledged
	urgent     bool
	receive    *scanner
	in         answer
	separator  []byte
	count      int
	onExit     pv.Value
	notifies   bool
	public     drivers.Channel

	sink drivers.Sink // set before Open

	command []byte // of the last write; owned by the worker
}

// Name is the device's name and the channel's.
func (c *channel) Name() string {
	if c.device.name == "" {
		return c.name
	}
	return c.device.name + ":" + c.name
}

type (
	readable   struct{ channel *channel }
	writable   struct{ channel *channel }
	notifiable struct{ channel *channel }
)

func (r readable) Read(ctx context.Context) (pv.Value, error) { return r.channel.read(ctx) }

func (w writable) Write(ctx context.Context, v pv.Value) error { return w.channel.set(ctx, v) }

func (w writable) Finished(ctx context.Context) (bool, error) { return w.channel.finished(ctx) }

func (w writable) Patience() (every, most time.Duration) { return w.channel.patience() }

func (n notifiable) Notify(sink drivers.Sink) { n.channel.sink = sink }

type (
	reader struct {
		*channel
		readable
	}
	writer struct {
		*channel
		writable
	}
	notifier struct {
		*channel
		notifiable
	}
	readWriter struct {
		*channel
		readable
		writable
	}
	readNotifier struct {
		*channel
		readable
		notifiable
	}
	writeNotifier struct {
		*channel
		writable
		notifiable
	}
	readWriteNotifier struct {
		*channel
		readable
		writable
		notifiable
	}
)

// face is c with the methods it has lines for.
func (c *channel) face() drivers.Channel {
	r, w, n := readable{c}, writable{c}, notifiable{c}
	switch reads, writes := c.reply != nil, c.write != nil; {
	case reads && writes && c.notifies:
		return readWriteNotifier{c, r, w, n}
	case reads && writes:
		return readWriter{c, r, w}
	case reads && c.notifies:
		return readNotifier{c, r, n}
	case writes && c.notifies:
		return writeNotifier{c, w, n}
	case reads:
		return reader{c, r}
	case writes:
		return writer{c, w}
	default:
		return notifier{c, n}
	}
}

func (c *channel) read(ctx context.Context) (pv.Value, error) {
	s := c.port.current()
	if s == nil {
		return pv.Value{}, c.subject(link.Lost(errNotOpen))
	}
	v, err := c.port.exchange(ctx, s, &request{device: c.device, command: c.ask, reply: c.reply, timeout: c.timeout})
	err = c.subject(err)
	if err != nil {
		c.reply.fault(err)
	}
	return v, err
}

func (c *channel) set(ctx context.Context, v pv.Value) error {
	s := c.port.current()
	if s == nil {
		return c.subject(link.Lost(errNotOpen))
	}
	command, err := c.print(c.command[:0], v)
	if err != nil {
		return c.subject(&drivers.Fault{Status: pv.StatusHwLimit, Err: err})
	}
	c.command = command
	_, err = c.port.exchange(ctx, s, &request{
		device: c.device, command: command, reply: c.ack, timeout: c.timeout, urgent: c.urgent,
	})
	return c.subject(err)
}

// exit writes the on_exit value and waits for an acknowledgement no longer than most. The
// worker may still be at a write of its own.
func (c *channel) exit(ctx context.Context, s *session, most time.Duration) error {
	command, err := c.print(nil, c.onExit)
	if err != nil {
		return c.subject(err)
	}
	_, err = c.port.exchange(ctx, s, &request{
		device: c.device, command: command, reply: c.ack, timeout: min(c.timeout, most), final: true,
	})
	return c.subject(err)
}

// subject puts the channel's name into the error, within the fault if it is one.
func (c *channel) subject(err error) error {
	if err == nil {
		return nil
	}
	if f, ok := errors.AsType[*drivers.Fault](err); ok {
		of := *f
		of.Err = fmt.Errorf("%s: %w", c.Name(), f.Err)
		return &of
	}
	return fmt.Errorf("%s: %w", c.Name(), err)
}

func (c *channel) fault(err error) {
	if c.sink != nil {
		c.sink.Fault(err)
	}
}
