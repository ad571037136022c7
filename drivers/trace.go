package drivers

import (
	"encoding/hex"
	"log/slog"
	"maps"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/format"
)

// Trace is the memory of what went over the wires of a driver last, and the place where
// it is watched. It keeps [TraceLength] transfers of [TraceBytes] bytes at most. The zero
// Trace is ready; its methods may be called from any goroutine. Once it is full, to
// add to it allocates nothing unless it is watched.
type Trace struct {
	watched atomic.Pointer[map[string]*slog.Logger] // by subject; nil: nobody watches

	mu    sync.Mutex
	ring  []Transfer // grows to TraceLength, the oldest at total%TraceLength then
	total uint64
}

// How much a Trace keeps.
const (
	TraceLength = 64
	TraceBytes  = 256
)

// Transfer is what went over the wires at once.
type Transfer struct {
	Time    time.Time
	Sent    bool   // to the hardware, otherwise from it
	Subject string // the channel or device: "PS:VOLT", "0x76"
	Data    []byte // its first TraceBytes bytes
	Size    int    // of all of it
}

// Sent adds what was sent to the subject.
func (t *Trace) Sent(subject string, b []byte) { t.add(true, subject, b) }

// Received adds what came from the subject.
func (t *Trace) Received(subject string, b []byte) { t.add(false, subject, b) }

func (t *Trace) add(sent bool, subject string, b []byte) {
	x := Transfer{Time: time.Now(), Sent: sent, Subject: subject, Size: len(b)}
	kept := b[:min(len(b), TraceBytes)]
	t.mu.Lock()
	if len(t.ring) < TraceLength {
		t.ring = append(t.ring, Transfer{})
	}
	e := &t.ring[t.total%TraceLength]
	x.Data = append(e.Data[:0], kept...)
	*e = x
	t.total++
	t.mu.Unlock()
	watched := t.watched.Load()
	if watched == nil {
		return
	}
	log := (*watched)[subject]
	if log == nil {
		log = (*watched)[""]
	}
	if log != nil {
		x.Data = kept
		log.Info("trace", "way", x.way(), "channel", subject, "bytes", format.Quote(kept), "hex", hex.EncodeToString(kept), "size", x.Size)
	}
}

// Watch has what goes to and from the subject from now on logged, as text and in
// hexadecimal, everything if subject is ""; a nil log ends it.
func (t *Trace) Watch(subject string, log *slog.Logger) {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make(map[string]*slog.Logger)
	if now := t.watched.Load(); now != nil {
		maps.Copy(all, *now)
	}
	if all[subject] = log; log == nil {
		delete(all, subject)
	}
	if len(all) == 0 {
		t.watched.Store(nil)
		return
	}
	t.watched.Store(&all)
}

// Total is how many transfers there have been.
func (t *Trace) Total() uint64 {
	t.mu.Lock()
	defer t.mu.Unlock()
	return t.total
}

// Last are the transfers that are kept, the oldest first. They are the caller's.
func (t *Trace) Last() []Transfer {
	t.mu.Lock()
	defer t.mu.Unlock()
	all := make([]Transfer, 0, len(t.ring))
	for i := range uint64(len(t.ring)) {
		x := t.ring[(t.total+i)%uint64(len(t.ring))]
		x.Data = append([]byte(nil), x.Data...)
		all = append(all, x)
	}
	return all
}

// Text is as many of the last transfers to and from the subject, or of all if it is "", as
// have room in most bytes, a line each, the newest last.
func (t *Trace) Text(subject string, most int) string {
	lines, left := []string{}, most
	all := t.Last()
	for i := len(all) - 1; i >= 0; i-- {
		if subject != "" && all[i].Subject != subject {
			continue
		}
		line := all[i].String() + "\n"
		if left -= len(line); left < 0 {
			break
		}
		lines = append(lines, line)
	}
	var b strings.Builder
	for i := len(lines) - 1; i >= 0; i-- {
		b.WriteString(lines[i])
	}
	return b.String()
}

func (x *Transfer) way() string {
	if x.Sent {
		return "sent"
	}
	return "received"
}

// String is x in one line: 15:04:05.000 > PS:VOLT "VOLT 1.000\n".
func (x Transfer) String() string {
	var b strings.Builder
	b.WriteString(x.Time.Format("15:04:05.000"))
	if x.Sent {
		b.WriteString(" > ")
	} else {
		b.WriteString(" < ")
	}
	b.WriteString(x.Subject)
	b.WriteByte(' ')
	b.WriteString(format.Quote(x.Data))
	if x.Size > len(x.Data) {
		b.WriteString("…")
	}
	return b.String()
}
