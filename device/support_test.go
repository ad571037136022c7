package device

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// fakeDriver is a driver whose every step a test can shape. It journals what the
// port does with it.
type fakeDriver struct {
	journal journal
	faults  chan error // what Run ends with

	mu    sync.Mutex
	open  func(ctx context.Context) error // nil: succeeds
	run   func(ctx context.Context) error // nil: waits for ctx or faults
	close func() error                    // nil: succeeds
}

func newFakeDriver() *fakeDriver { return &fakeDriver{faults: make(chan error, 1)} }

// set changes the driver between two calls of its methods.
func (d *fakeDriver) set(change func(d *fakeDriver)) {
	d.mu.Lock()
	defer d.mu.Unlock()
	change(d)
}

func (d *fakeDriver) Open(ctx context.Context) error {
	d.journal.add("open")
	d.mu.Lock()
	open := d.open
	d.mu.Unlock()
	if open != nil {
		return open(ctx)
	}
	return nil
}

func (d *fakeDriver) Run(ctx context.Context) error {
	d.mu.Lock()
	run := d.run
	d.mu.Unlock()
	if run != nil {
		return run(ctx)
	}
	select {
	case <-ctx.Done():
		return nil
	case err := <-d.faults:
		return err
	}
}

func (d *fakeDriver) Close() error {
	d.journal.add("close")
	d.mu.Lock()
	closing := d.close
	d.mu.Unlock()
	if closing != nil {
		return closing()
	}
	return nil
}

func (d *fakeDriver) Channels() []drivers.Channel { return nil }

// fakeInput is a channel that is read.
type fakeInput struct {
	name string
	read func(ctx context.Context) (pv.Value, error)
}

func (c *fakeInput) Name() string                               { return c.name }
func (c *fakeInput) Read(ctx context.Context) (pv.Value, error) { return c.read(ctx) }

// fakeOutput is a channel that is written.
type fakeOutput struct {
	name  string
	write func(ctx context.Context, v pv.Value) error
}

func (c *fakeOutput) Name() string                                { return c.name }
func (c *fakeOutput) Write(ctx context.Context, v pv.Value) error { return c.write(ctx, v) }

// fakeBoth is a channel that is written and read back.
type fakeBoth struct {
	fakeInput
	write func(ctx context.Context, v pv.Value) error
}

func (c *fakeBoth) Write(ctx context.Context, v pv.Value) error { return c.write(ctx, v) }

// fakeListener is a channel whose values come unasked.
type fakeListener struct {
	name string
	sink drivers.Sink
}

// fakeReadListener can be read, too.
type fakeReadListener struct {
	fakeListener
	read func(ctx context.Context) (pv.Value, error)
}

func (c *fakeReadListener) Read(ctx context.Context) (pv.Value, error) { return c.read(ctx) }

func (c *fakeListener) Name() string           { return c.name }
func (c *fakeListener) Notify(s drivers.Sink)  { c.sink = s }
func (c *fakeListener) post(x float64)         { c.sink.Post(pv.Float64Value(x), pv.Stamp{}, pv.Alarm{}) }
func reading(x float64) (pv.Value, error)      { return pv.Float64Value(x), nil }
func always(context.Context) (pv.Value, error) { return reading(7) }
func accepts(context.Context, pv.Value) error  { return nil }
func lostBy(text string) error {
	return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: errors.New(text)}
}
func timedOut() error { return &drivers.Fault{Status: pv.StatusTimeout, Err: errors.New("no answer")} }

// journal is what has happened, in order.
type journal struct {
	mu    sync.Mutex
	lines []string
}

func (j *journal) add(format string, args ...any) {
	j.mu.Lock()
	defer j.mu.Unlock()
	j.lines = append(j.lines, fmt.Sprintf(format, args...))
}

func (j *journal) take() string {
	j.mu.Lock()
	defer j.mu.Unlock()
	all := strings.Join(j.lines, " ")
	j.lines = nil
	return all
}

// answer is the completion of a put.
type answer struct {
	name string
	to   *journal
}

func (a answer) PutDone(err error) {
	if err != nil {
		a.to.add("%s: %v", a.name, err)
		return
	}
	a.to.add("%s ok", a.name)
}

// monitor journals a record's events.
type monitor struct{ to *journal }

func (m monitor) Post(s *pv.Sample, _ pv.Mask) { m.to.add("%v %v", s.Value, s.Alarm) }

// logLines keeps what is logged, without times.
type logLines struct {
	mu  sync.Mutex
	buf bytes.Buffer
}

func (l *logLines) Write(b []byte) (int, error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	return l.buf.Write(b)
}

// take returns the lines with what, and forgets all.
func (l *logLines) take(what string) (lines []string) {
	l.mu.Lock()
	defer l.mu.Unlock()
	for line := range strings.Lines(l.buf.String()) {
		if strings.Contains(line, what) {
			lines = append(lines, strings.TrimSpace(line))
		}
	}
	l.buf.Reset()
	return lines
}

func (l *logLines) logger() *slog.Logger {
	return slog.New(slog.NewTextHandler(l, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
		if a.Key == slog.TimeKey {
			return slog.Attr{}
		}
		return a
	}}))
}

// rig is one port with its records.
type rig struct {
	t      testing.TB
	db     *record.Database
	driver *fakeDriver
	port   *Port
	log    *logLines
	stop   context.CancelFunc
	ended  chan error
}

func newRig(t testing.TB, config Config) *rig {
	r := &rig{t: t, db: new(record.Database), driver: newFakeDriver(), log: new(logLines), ended: make(chan error, 1)}
	config.Log = r.log.logger()
	if config.Name == "" {
		config.Name = "P"
	}
	r.port = NewPort(r.driver, config)
	return r
}

func (r *rig) add(spec record.Spec, ch drivers.Channel, opt Options) *record.Record {
	r.t.Helper()
	rec, err := r.port.Add(r.db, spec, ch, opt)
	if err != nil {
		r.t.Fatal(err)
	}
	return rec
}

// input adds an ai behind ch.
func (r *rig) input(name string, ch drivers.Channel) *record.Record {
	r.t.Helper()
	return r.add(record.Spec{Name: name, Type: record.AI}, ch, Options{})
}

// output adds an ao behind ch.
func (r *rig) output(name string, ch drivers.Channel) *record.Record {
	r.t.Helper()
	return r.add(record.Spec{Name: name, Type: record.AO}, ch, Options{})
}

func (r *rig) start() {
	ctx, stop := context.WithCancel(context.Background())
	r.stop = stop
	go func() { r.ended <- r.port.Run(ctx) }() // ended by finish
	synctest.Wait()
}

// finish ends Run, which must return nil.
func (r *rig) finish() {
	r.t.Helper()
	r.stop()
	if err := <-r.ended; err != nil {
		r.t.Errorf("Run: %v", err)
	}
}

// pass lets a time pass in the bubble.
func pass(d time.Duration) {
	<-time.After(d)
	synctest.Wait()
}

// state is a record's value and alarm, with the alarm's message.
func state(t testing.TB, r *record.Record) string {
	t.Helper()
	f, err := r.Field("AMSG")
	if err != nil {
		t.Fatal(err)
	}
	s, _ := r.Value().Get()
	why, _ := f.Get()
	return strings.TrimSpace(fmt.Sprintf("%v %v %s", s.Value, s.Alarm, why.Value.Str()))
}

func wantState(t testing.TB, when string, r *record.Record, want string) {
	t.Helper()
	if got := state(t, r); got != want {
		t.Errorf("%s: %s = %q, want %q", when, r.Name(), got, want)
	}
}

func equal(t testing.TB, what, got, want string) {
	t.Helper()
	if got != want {
		t.Errorf("%s: %q, want %q", what, got, want)
	}
}

func put(t testing.TB, r *record.Record, x float64, done record.Completion) {
	t.Helper()
	if err := r.Value().Put(pv.Float64Value(x), done); err != nil {
		t.Fatal(err)
	}
}

// shared is a variable of a test and of what the port calls.
type shared[T any] struct {
	mu    sync.Mutex
	value T
}

func (s *shared[T]) get() T {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.value
}

func (s *shared[T]) set(v T) {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.value = v
}
