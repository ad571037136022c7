package caserver

import (
	"sync"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/circuit"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// Put is a write of a client that has ended, well or not.
type Put struct {
	Time       time.Time // when it was asked for
	User, Host string    // as the client says
	Peer       string    // address and port
	Field      record.Field
	// Old is the field's value before, New that which it was given: for a write that
	// was refused, what the client has sent, if that can be told.
	Old, New pv.Value
	// Status is how it ended. A write without completion ends when it is accepted, so
	// that what then becomes of it is not known.
	Status protocol.Status
}

// trapped is a put that Server.OnPut will be told of. For a put with completion it
// stands between the record and the client.
type trapped struct {
	server *Server
	done   record.Completion // nil: the client does not want to know

	mu      sync.Mutex
	put     Put
	waiting bool // for New to be known, or for the end
}

func (c *client) trap(ev *circuit.Event, f record.Field, done record.Completion) *trapped {
	switch ev.Type { // what is written is not the channel's field
	case dbr.PutAckT:
		f, _ = f.Record().Field("ACKT")
	case dbr.PutAckS:
		f, _ = f.Record().Field("ACKS")
	}
	t := &trapped{server: c.server, done: done, put: Put{Time: time.Now(), User: c.user, Host: c.host, Peer: c.peer, Field: f, Status: protocol.ECANormal}}
	s, _ := f.Get()
	t.put.Old = s.Value
	return t
}

// completion is what the record is to tell of the end.
func (t *trapped) completion() record.Completion {
	if t.done == nil {
		return nil
	}
	t.waiting = true
	return t
}

// PutDone takes the end from the record.
func (t *trapped) PutDone(err error) {
	t.done.PutDone(err)
	t.mu.Lock()
	if err != nil {
		t.put.Status = protocol.ECAPutFail
	}
	t.mu.Unlock()
	t.half()
}

// answered takes what the client is told if the put is refused, or the value that the
// field is given once it is accepted; of an acknowledgement the field says it.
func (t *trapped) answered(status protocol.Status, given pv.Value, ev *circuit.Event) {
	if status.OK() {
		if given.Kind() == pv.Invalid {
			s, _ := t.put.Field.Get()
			given = s.Value
		}
		t.mu.Lock()
		t.put.New = given
		t.mu.Unlock()
		t.half()
		return
	}
	t.put.New, _ = decode(ev, min(ev.Count, t.put.Field.Count())) // nothing comes from the record
	t.put.Status = status
	t.server.OnPut(t.put)
}

// half tells the server of the put when both, its value and its end, are known.
func (t *trapped) half() {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.waiting {
		t.waiting = false
		return
	}
	t.server.OnPut(t.put)
}
