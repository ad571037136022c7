package client

import (
	"context"
	"errors"
	"fmt"
	"time"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// TypeChoice picks the DBR type to ask for, given the channel's native one.
type TypeChoice func(native dbr.Type) dbr.Type

// InClass asks for the native type in a class: InClass(dbr.Ctrl) is the value with
// units, limits and choices.
func InClass(c dbr.Class) TypeChoice {
	return func(native dbr.Type) dbr.Type { return native.With(c) }
}

// Exactly asks for t whatever the native type; the server converts.
func Exactly(t dbr.Type) TypeChoice {
	return func(dbr.Type) dbr.Type { return t }
}

// Request says in which form a value is wanted. The zero Request asks for all
// elements in the native type with alarm and time.
type Request struct {
	Type  TypeChoice // nil: InClass(dbr.Time)
	Count uint32     // elements; 0: as many as there are. More than the channel has count as those it has
}

// form is the type and the number of elements to ask a channel for. A type that is
// none is refused here, since servers close the circuit for it.
func (r Request) form(i *Info) (t dbr.Type, count uint32, err error) {
	t = i.Type.With(dbr.Time)
	if r.Type != nil {
		t = r.Type(i.Type)
	}
	if !t.Valid() {
		return t, 0, fmt.Errorf("%w: %v", protocol.ECABadType, t)
	}
	return t, min(r.Count, i.Count), nil
}

// request is a get or a put with completion that waits for its answer.
type request struct{ done chan answer }

type answer struct {
	data dbr.Data
	err  error
}

func newRequest() *request { return &request{done: make(chan answer, 1)} }

// finish gives the answer. A request is finished once: it leaves its circuit's
// table when it is answered or abandoned.
func (r *request) finish(a answer) { r.done <- a }

// Get reads the value, connecting first if need be. It blocks until the server has
// answered or ctx ends. The error is an [*Error]; errors.As finds a
// protocol.Status in it if the server refused.
func (ch *Channel) Get(ctx context.Context, r Request) (dbr.Data, error) {
	data, err := ch.ask(ctx, func(req *request) (ioid uint32, err error) {
		if ch.info.Access&protocol.AccessRead == 0 {
			return 0, protocol.ECANoRdAccess
		}
		t, count, err := r.form(&ch.info)
		if err != nil {
			return 0, err
		}
		n := ch.conn
		n.out, ioid, err = n.wire.ReadNotify(n.out, ch.wire, t, count, req)
		return ioid, err
	})
	return data, ch.fail("get", err)
}

// PutNotify writes v and waits until the server has carried that out: for a record
// with hardware behind it until the hardware has. The error is an [*Error], with
// a protocol.Status in it if the server refused. If ctx ends first the write may
// still happen. See [Channel.Put] for the types.
func (ch *Channel) PutNotify(ctx context.Context, v pv.Value) error {
	_, err := ch.ask(ctx, func(req *request) (ioid uint32, err error) {
		t, count, payload, err := ch.encode(v)
		if err != nil {
			return 0, err
		}
		n := ch.conn
		n.out, ioid, err = n.wire.WriteNotify(n.out, ch.wire, t, count, payload, req)
		return ioid, err
	})
	return ch.fail("put", err)
}

// Put writes v without waiting for the server: it returns when the write is on its
// way, behind all that was sent to this server before. What the server says
// against it goes to Config.Refused.
//
// v travels in its own type and the server converts it: numbers as text, and text
// as a number or as the name of a choice. A string longer than 39 bytes needs a
// channel of characters, and must not be in an array.
func (ch *Channel) Put(ctx context.Context, v pv.Value) error {
	c := ch.context
	c.start()
	began := time.Now()
	c.mu.Lock()
	defer c.mu.Unlock()
	return ch.fail("put", ch.ready(ctx, began, func() error {
		t, count, payload, err := ch.encode(v)
		if err != nil {
			return err
		}
		n := ch.conn
		n.out, err = n.wire.Write(n.out, ch.wire, t, count, payload)
		return err
	}))
}

// ready calls send as soon as the channel is connected and its circuit takes more.
func (ch *Channel) ready(ctx context.Context, began time.Time, send func() error) error {
	for {
		if err := ch.connect(ctx, began); err != nil {
			return err
		}
		if !ch.conn.room(ctx) {
			break
		}
		if ctx.Err() != nil {
			return timeout(ctx, began, errors.New("server does not read"))
		}
	}
	err := send()
	if errors.Is(err, circuit.ErrClosed) { // its reader has not told the channel yet
		return fmt.Errorf("%w: %w", ErrDisconnected, err)
	}
	ch.conn.flush()
	return err
}

// ask sends a request and waits for its answer.
func (ch *Channel) ask(ctx context.Context, send func(*request) (ioid uint32, err error)) (dbr.Data, error) {
	c := ch.context
	c.start()
	began := time.Now()
	req := newRequest()
	var ioid uint32
	var n *connection

	c.mu.Lock()
	err := ch.ready(ctx, began, func() (err error) {
		n = ch.conn
		ioid, err = send(req)
		return err
	})
	c.mu.Unlock()
	if err != nil {
		return dbr.Data{}, err
	}
	select {
	case a := <-req.done:
		return a.data, a.err
	case <-ctx.Done():
	}
	c.mu.Lock()
	defer c.mu.Unlock()
	select {
	case a := <-req.done: // it came at the same moment
		return a.data, a.err
	default:
	}
	n.wire.Forget(ioid)
	return dbr.Data{}, timeout(ctx, began, nil)
}

// encode is v as it is written to the channel.
func (ch *Channel) encode(v pv.Value) (t dbr.Type, count uint32, payload []byte, err error) {
	if ch.info.Access&protocol.AccessWrite == 0 {
		return 0, 0, nil, protocol.ECANoWtAccess
	}
	if v.Kind() == pv.String {
		if ch.info.Type == dbr.Char && ch.info.Count > 1 && !v.IsArray() {
			v = dbr.LongString(v.Str())
		} else if err := fits(v); err != nil {
			return 0, 0, nil, err
		}
	}
	t = dbr.Native(v.Kind())
	count = uint32(v.Len())
	payload, err = dbr.Append(nil, t, count, &pv.Sample{Value: v}, nil)
	return t, count, payload, err
}

// fits reports whether strings fit into DBR_STRING, which would cut them.
func fits(v pv.Value) error {
	for i := range v.Len() {
		if n := len(v.At(i).Str()); n >= dbr.StringLen {
			return fmt.Errorf("string of %d bytes: want at most %d", n, dbr.StringLen-1)
		}
	}
	return nil
}
