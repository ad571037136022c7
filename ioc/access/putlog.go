package access

import (
	"bytes"
	"context"
	"log/slog"
	"math"
	"os"
	"strings"
	"sync"
	"time"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

// Put is a write of a client that has ended, well or not.
type Put struct {
	Time       time.Time // when it was asked for
	User, Host string    // as the client says
	Peer       string    // address and port that it came from
	Field      record.Field
	Old, New   pv.Value // before and after; New is what was sent, if it was refused
	Status     protocol.Status
}

// PutLog writes down what clients write: one record a write, in their order, with the
// message "put" and the attributes
//
//	pv      the record's name, with the field's if it is not VAL
//	old     the value before
//	new     the value after; of a write that was refused, what was sent
//	user    who, as the client says
//	host    from where, as the client says
//	peer    the address and port that it came from
//	result  ECA_NORMAL, or why it failed: ECA_NOWTACCESS, ECA_PUTFAIL …
//
// Numbers are numbers, states and long strings ("DESC$") are texts, of an array there are the first ten elements
// and, as old_count and new_count, their number. Set the fields, then call Run; Add may
// be called from any goroutine, with a record locked, too.
type PutLog struct {
	// Handler takes the records, such as slog.NewJSONHandler(&access.LogFile{Path: …},
	// nil). While it fails, records are dropped.
	Handler slog.Handler
	// All asks for all writes; without it there are only those of clients whose right
	// to the field, be it to read only, comes from a rule with TRAPWRITE.
	All bool
	// Changes leaves out the writes that left the value as it was.
	Changes bool
	Log     *slog.Logger // takes what goes wrong with Handler; nil: slog.Default()

	mu      sync.Mutex
	waiting []slog.Record
	dropped int
	wake    chan struct{} // of one; nil: not running
}

// Limits of what is kept and shown.
const (
	maxWaiting  = 1000 // puts that are not written yet
	maxElements = 10   // of an array
	maxString   = 256  // bytes of a text
)

// Add takes one write and returns at once. When too many wait to be written it is
// counted as dropped, which the next record that is written says.
func (l *PutLog) Add(p Put) {
	if l.Changes && p.Status.OK() && p.Old.Equal(p.New) {
		return
	}
	l.mu.Lock()
	defer l.mu.Unlock()
	if len(l.waiting) == maxWaiting {
		l.dropped++
		return
	}
	l.waiting = append(l.waiting, p.record())
	if l.wake != nil {
		select {
		case l.wake <- struct{}{}:
		default:
		}
	}
}

// Run writes what is added until ctx ends, and then the rest.
func (l *PutLog) Run(ctx context.Context) {
	wake := make(chan struct{}, 1)
	l.mu.Lock()
	l.wake = wake
	l.mu.Unlock()
	failed := false
	for ended := false; ; {
		l.mu.Lock()
		records, dropped := l.waiting, l.dropped
		l.waiting, l.dropped = nil, 0
		l.mu.Unlock()
		for _, r := range records {
			if dropped > 0 {
				r.AddAttrs(slog.Int("dropped", dropped))
			}
			err := l.Handler.Handle(context.WithoutCancel(ctx), r)
			if err != nil && !failed {
				l.log().Warn("put log cannot be written, puts are lost", "err", err)
			}
			if err == nil && failed {
				l.log().Info("put log is written again")
			}
			failed = err != nil
			if !failed {
				dropped = 0
			} else {
				dropped++
			}
		}
		if dropped > 0 {
			l.mu.Lock()
			l.dropped += dropped
			l.mu.Unlock()
		}
		if ended {
			return
		}
		select {
		case <-wake:
		case <-ctx.Done():
			ended = true
		}
	}
}

func (l *PutLog) log() *slog.Logger {
	if l.Log != nil {
		return l.Log
	}
	return slog.Default()
}

// record is p as it is written.
func (p *Put) record() slog.Record {
	name := p.Field.Record().Name()
	if f := p.Field.Name(); f != "VAL" {
		name += "." + f
	}
	r := slog.NewRecord(p.Time, slog.LevelInfo, "put", 0)
	r.AddAttrs(slog.String("pv", name))
	addValue(&r, "old", p.Old, p.Field)
	addValue(&r, "new", p.New, p.Field)
	r.AddAttrs(slog.String("user", p.User), slog.String("host", p.Host), slog.String("peer", p.Peer), slog.String("result", p.Status.String()))
	return r
}

// addValue adds a value of a field; what is shown has nothing in common with v, which
// may be large.
func addValue(r *slog.Record, key string, v pv.Value, f record.Field) {
	if b, ok := pv.Elements[uint8](v); ok && strings.HasSuffix(f.Name(), "$") {
		b, _, _ = bytes.Cut(b, []byte{0})
		v = pv.StringValue(string(b[:min(len(b), maxString+1)]))
	}
	if !v.IsArray() {
		r.AddAttrs(slog.Any(key, plain(v, f)))
		return
	}
	list := make([]any, min(v.Len(), maxElements))
	for i := range list {
		list[i] = plain(v.At(i), f)
	}
	r.AddAttrs(slog.Any(key, list), slog.Int(key+"_count", v.Len()))
}

// plain is a scalar as JSON has it.
func plain(v pv.Value, f record.Field) any {
	switch k := v.Kind(); {
	case k == pv.Invalid:
		return nil
	case k == pv.String:
		s := v.Str()
		if len(s) > maxString {
			s = s[:maxString] + "…"
		}
		return s
	case k == pv.Enum:
		i, choices := v.Int64(), f.Info().Choices
		if i < int64(len(choices)) {
			return choices[i]
		}
		return i
	case k.IsFloat():
		x := v.Float64()
		if math.IsNaN(x) || math.IsInf(x, 0) {
			return slog.Float64Value(x).String()
		}
		return x
	}
	if v.Kind() == pv.Uint64 {
		return uint64(v.Int64())
	}
	return v.Int64()
}

// LogFile appends what is written to a file, which it opens for each Write: so the file
// may be moved away at any time.
type LogFile struct {
	Path string
}

// Write appends b to the file, which is made if it is not there, for its owner and
// group to read.
func (l *LogFile) Write(b []byte) (int, error) {
	f, err := os.OpenFile(l.Path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o640)
	if err != nil {
		return 0, err
	}
	n, err := f.Write(b)
	if e := f.Close(); err == nil {
		err = e
	}
	return n, err
}
