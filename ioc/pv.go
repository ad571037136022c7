package ioc

import (
	"context"
	"fmt"
	"math"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// PV is a process variable whose value is a T in the program. Its names are
// [Float], [Int], [Enum], [Text] and [Floats]; the methods of [IOC] make them.
type PV[T any] struct {
	// immutable
	record  *record.Record // nil if it could not be made
	err     error          // why
	handler *handler
	wrap    func(T) pv.Value
	unwrap  func(pv.Value) T
}

// The PVs that an [IOC] makes.
type (
	Float  = PV[float64]   // an ao record, ai if it is ReadOnly
	Int    = PV[int32]     // longout, longin
	Enum   = PV[int]       // bo, bi; mbbo, mbbi with more than two states
	Text   = PV[string]    // stringout, stringin: 39 bytes; lso, lsi: as long as is asked for
	Floats = PV[[]float64] // aao, waveform
)

// Float makes a PV that is a floating point number.
func (i *IOC) Float(name string, options ...Option) *Float {
	return add(i, record.Spec{Name: name, Type: record.AO}, options, pv.Float64Value, pv.Value.Float64)
}

// Int makes a PV that is a 32-bit integer.
func (i *IOC) Int(name string, options ...Option) *Int {
	return add(i, record.Spec{Name: name, Type: record.Longout}, options, pv.Int32Value,
		func(v pv.Value) int32 { return int32(v.Int64()) })
}

// Enum makes a PV that is one of at most 16 states; the program sees its index. An
// index that has no state may be set; clients see the number, 65535 at most and for
// a negative one.
func (i *IOC) Enum(name string, states []string, options ...Option) *Enum {
	spec := record.Spec{Name: name, Type: record.MBBO, Info: pv.Info{Choices: states}}
	if len(states) <= 2 {
		spec.Type = record.BO
	}
	return add(i, spec, options,
		func(index int) pv.Value {
			if index < 0 || index > math.MaxUint16 {
				index = math.MaxUint16
			}
			return pv.EnumValue(uint16(index))
		},
		func(v pv.Value) int { return int(v.Int64()) })
}

// Text makes a PV that is a text of at most 39 bytes; longer ones are cut.
func (i *IOC) Text(name string, options ...Option) *Text {
	return add(i, record.Spec{Name: name, Type: record.Stringout}, options, pv.StringValue, pv.Value.Str)
}

// LongText makes a PV that is a text of at most size-1 bytes, 32766 at most; clients
// see it whole as name.VAL$.
func (i *IOC) LongText(name string, size int, options ...Option) *Text {
	return add(i, record.Spec{Name: name, Type: record.LSO, Elements: i.elements(name, size)}, options, pv.StringValue, pv.Value.Str)
}

// Floats makes a PV that is an array of at most size numbers; what is more is cut
// off. Set takes over the slice that it is given, and Get's result is shared: neither
// may be changed.
func (i *IOC) Floats(name string, size int, options ...Option) *Floats {
	spec := record.Spec{Name: name, Type: record.AAO, ElementKind: pv.Float64, Elements: i.elements(name, size)}
	return add(i, spec, options, pv.ArrayValue[float64], func(v pv.Value) []float64 {
		x, _ := pv.Elements[float64](v)
		return x
	})
}

// elements is a size as a record has it.
func (i *IOC) elements(name string, size int) uint32 {
	if size < 1 || int64(size) > math.MaxUint32 {
		i.problem(fmt.Errorf("pv %q: size %d", i.prefix+name, size))
		return 1
	}
	return uint32(size)
}

func add[T any](i *IOC, spec record.Spec, options []Option, wrap func(T) pv.Value, unwrap func(pv.Value) T) *PV[T] {
	spec.Name = i.prefix + spec.Name
	d := description{spec: spec}
	for _, o := range options {
		o(&d)
	}
	p := &PV[T]{handler: &handler{ioc: i}, wrap: wrap, unwrap: unwrap}
	d.spec.Device = p.handler
	if d.spec.ReadOnly {
		d.spec.Type = inputOf(d.spec.Type)
	}
	i.enter(p.handler)
	if p.record, p.err = i.database.Add(d.spec); p.err != nil {
		i.forget(p.handler)
		i.problem(p.err)
	}
	return p
}

// Record is the PV's record; nil if it could not be made.
func (p *PV[T]) Record() *record.Record { return p.record }

// Err is why the PV could not be made. Run returns it, too, if the PV was to be made
// before.
func (p *PV[T]) Err() error { return p.err }

// Set gives the PV the value x and the present time; one that was removed takes no
// notice. While OnPut's function carries
// out a put Set does not change the value, since x may be older than the put.
func (p *PV[T]) Set(x T) { p.post(x, pv.Stamp{}) }

// SetAt is Set of a value that was taken at t.
func (p *PV[T]) SetAt(x T, t time.Time) { p.post(x, pv.StampOf(t)) }

func (p *PV[T]) post(x T, t pv.Stamp) {
	if p.record != nil {
		p.handler.fault.Store(nil)
		_ = p.record.Post(p.wrap(x), t, pv.Alarm{}) // the value is of the PV's own type
	}
}

// Fault marks the PV until it is set again: alarm READ, INVALID, or the alarm of a
// [drivers.Fault] in err. The value stays what it was; clients read err, as far as
// its first 39 bytes, from the field AMSG.
func (p *PV[T]) Fault(err error) {
	if p.record == nil {
		return
	}
	alarm := drivers.AlarmOf(err, pv.StatusRead)
	if err == nil {
		alarm = pv.Alarm{Status: pv.StatusRead, Severity: pv.InvalidAlarm}
	}
	p.handler.fault.Store(&record.Result{Alarm: alarm, Err: err})
	p.record.Fault(alarm, err)
}

// Update takes a reading that may have failed: it is Set if err is nil, else Fault.
// It returns err.
func (p *PV[T]) Update(x T, err error) error {
	if err != nil {
		p.Fault(err)
		return err
	}
	p.Set(x)
	return nil
}

// Get is the present value; the zero T if there is none yet.
func (p *PV[T]) Get() (x T) {
	if p.record == nil {
		return x
	}
	s, _ := p.record.Value().Get()
	return p.unwrap(s.Value)
}

// Change alters what describes the PV, while it lives: [Units], [Precision], limits,
// [States], [Deadband], [Description], [Scan], [Field]; [ReadOnly] and [Initial] are
// without effect. Clients are told, and the alarm follows new limits. The error is a
// [*record.SpecError], [record.ErrRemoved] or that of Err.
func (p *PV[T]) Change(options ...Option) error {
	if p.record == nil {
		return p.err
	}
	return p.record.Change(func(s *record.Spec) {
		d := description{spec: *s}
		for _, o := range options {
			o(&d)
		}
		*s = d.spec
	})
}

// OnPut makes do carry out what clients write. It runs in a goroutine of its own,
// one call at a time for a PV, while clients already see the new value; a client
// that waits for completion is answered when do returns. Puts that arrive meanwhile
// are carried out afterwards: each of those that wait for completion, and of others
// in a row the last. An error, or a panic, marks the PV (alarm WRITE, INVALID, or that
// of a [drivers.Fault]) and is logged when it appears and when it is gone; the client
// is told that the put has failed. do must return soon after ctx ends, which it does
// when the IOC stops or the PV is removed. The last OnPut counts; what is put before the
// first one is just kept.
func (p *PV[T]) OnPut(do func(ctx context.Context, x T) error) {
	p.handler.onPut(func(ctx context.Context, v pv.Value) (pv.Value, error) {
		return pv.Value{}, do(ctx, p.unwrap(v))
	})
}

// OnPutReadback is OnPut for what can tell which value it has taken: the PV becomes
// what do returns.
func (p *PV[T]) OnPutReadback(do func(ctx context.Context, x T) (T, error)) {
	p.handler.onPut(func(ctx context.Context, v pv.Value) (pv.Value, error) {
		x, err := do(ctx, p.unwrap(v))
		return p.wrap(x), err
	})
}
