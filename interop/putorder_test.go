package interop_test

import (
	"encoding/binary"
	"fmt"
	"math"
	"slices"
	"sync"
	"testing"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
)

// putOrders are what two clients do to one record that takes its time. say notes what
// they see.
var putOrders = []struct {
	name string
	play func(a, b *putter, say func(what, text string))
}{
	{"a plain put behind a notify shows at once, and the record processes once more", func(a, b *putter, say func(what, text string)) {
		id := a.notify("VAL", 1)
		a.look() // the put has begun
		b.plain("VAL", 2)
		b.plain("VAL", 3)
		say("meanwhile", b.look())
		say("status", a.c.written(id).String())
		say("when it is answered", a.look())
		say("in the end", a.settled())
	}},
	{"a notify waits for what is under way, unseen", func(a, b *putter, say func(what, text string)) {
		b.plain("VAL", 3)
		b.look()
		id := a.notify("VAL", 4)
		say("meanwhile", b.look())
		say("status", a.c.written(id).String())
		say("in the end", a.look())
	}},
	{"notifies of two clients are done one after the other", func(a, b *putter, say func(what, text string)) {
		first := a.notify("VAL", 5)
		a.look()
		second := b.notify("VAL", 6)
		say("the first", a.c.written(first).String()+" "+a.value("OVAL"))
		say("the second", b.c.written(second).String()+" "+b.settled())
	}},
	{"a notify of PROC waits, too, and processes", func(a, b *putter, say func(what, text string)) {
		first := a.notify("VAL", 7)
		a.look()
		second := b.notify("PROC", 1)
		say("the first", a.c.written(first).String()+" "+a.value("OVAL"))
		say("the second", b.c.written(second).String()+" "+b.settled())
	}},
	{"a plain put to PROC makes the record process once more", func(a, b *putter, say func(what, text string)) {
		id := a.notify("VAL", 8)
		a.look()
		b.plain("PROC", 1)
		say("meanwhile", b.look())
		say("status", a.c.written(id).String())
		say("when it is answered", a.look())
		say("in the end", a.settled())
	}},
	{"with its channel a put loses its answer, not its effect", func(a, b *putter, say func(what, text string)) {
		id := a.notify("VAL", 9)
		a.look()
		a.c.clear(a.channel("VAL"))
		delete(a.channels, "VAL")
		say("in the end", b.settled())
		a.value("OVAL") // what the server had for the client has come
		if slices.ContainsFunc(a.c.kept, func(m protocol.Message) bool { return m.Command == protocol.CmdWriteNotify && m.Param2 == id }) {
			say("answered", "yes")
		}
	}},
}

// TestPutOrder compares with softIoc who is answered when, what is seen meanwhile, and
// what comes of it.
func TestPutOrder(t *testing.T) {
	t.Parallel()
	var specs []record.Spec
	for i := range putOrders {
		specs = append(specs, record.Spec{
			Name: fmt.Sprintf("T:%d", i), Type: record.AO, Fields: map[string]string{"SIMM": "YES", "SDLY": "1"},
		})
	}
	compare(t, specs, nil, func(t *testing.T, port int) map[string]string {
		var mu sync.Mutex
		lines := make(map[string]string)
		t.Run("orders", func(t *testing.T) {
			for i, o := range putOrders {
				t.Run(fmt.Sprint(i), func(t *testing.T) {
					t.Parallel()
					name := specs[i].Name
					o.play(newPutter(t, port, name), newPutter(t, port, name), func(what, text string) {
						mu.Lock()
						defer mu.Unlock()
						lines[o.name+": "+what] = text
					})
				})
			}
		})
		return lines
	})
}

// putter is a client that puts to one record.
type putter struct {
	c        *rawCircuit
	record   string
	channels map[string]rawChannel
}

func newPutter(t *testing.T, port int, name string) *putter {
	t.Helper()
	p := &putter{dialRaw(t, port), name, make(map[string]rawChannel)}
	p.look()
	return p
}

func (p *putter) channel(field string) rawChannel {
	p.c.t.Helper()
	ch, ok := p.channels[field]
	if !ok {
		if ch, ok = p.c.create(p.record + "." + field); !ok {
			p.c.t.Fatalf("no %s", field)
		}
		p.channels[field] = ch
	}
	return ch
}

func double(x float64) []byte { return binary.BigEndian.AppendUint64(nil, math.Float64bits(x)) }

func (p *putter) notify(field string, x float64) (id uint32) {
	p.c.t.Helper()
	ch, id := p.channel(field), p.c.id()
	p.c.send(protocol.AppendWriteNotify(nil, uint16(dbr.Double), 1, ch.sid, id, double(x)))
	return id
}

func (p *putter) plain(field string, x float64) {
	p.c.t.Helper()
	p.c.send(protocol.AppendWrite(nil, uint16(dbr.Double), 1, p.channel(field).sid, 0, double(x)))
}

func (p *putter) value(field string) string {
	p.c.t.Helper()
	_, _, b := p.c.get(p.channel(field), dbr.String, 1)
	return cString(b)
}

// look is what a client sees of the record. It asks in one piece, so that a busy machine
// does not make it late.
func (p *putter) look() (s string) {
	p.c.t.Helper()
	fields := []string{"VAL", "OVAL", "PACT", "PUTF", "RPRO"}
	var b []byte
	ids := make([]uint32, len(fields))
	for i, f := range fields {
		sid := p.channel(f).sid
		ids[i] = p.c.id()
		b = protocol.AppendReadNotify(b, uint16(dbr.String), 1, sid, ids[i])
	}
	p.c.send(b)
	for i, f := range fields {
		_, _, text := p.c.answer(ids[i])
		s += f + "=" + cString(text) + " "
	}
	return s
}

// settled is look when the record is not active any more.
func (p *putter) settled() string {
	p.c.t.Helper()
	for end := time.Now().Add(patience); p.value("PACT") != "0" && time.Now().Before(end); {
		time.Sleep(5 * time.Millisecond)
	}
	return p.look()
}
