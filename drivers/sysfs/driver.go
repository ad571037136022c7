package sysfs

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"math"
	"sync"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Options describe a device and what is wanted of it.
type Options struct {
	Place      Place // the zero Place is for attributes with absolute paths
	Attributes []Attribute
	Files      Files // nil is Kernel{}
}

// Driver is the driver of one device of the kernel: a drivers.Driver with a channel for
// each attribute. Channels are Readers, and Writers if their attributes are Writable.
//
// A read that hangs in the kernel cannot be ended: it costs this device only.
type Driver struct {
	// immutable
	place    Place
	files    Files
	channels []drivers.Channel

	mu  sync.Mutex
	dir string // of the place; "" while closed
}

var _ drivers.Driver = (*Driver)(nil)

// New is a driver for what o describes. It touches no file; the error is about
// attributes that cannot be.
func New(o Options) (*Driver, error) {
	d := &Driver{place: o.Place, files: o.Files}
	if d.files == nil {
		d.files = Kernel{}
	}
	if int(o.Place.Class) >= len(classes) {
		return nil, fmt.Errorf("sysfs: no class %d", o.Place.Class)
	}
	if (o.Place.Class == Path) != (o.Place.Name == "") {
		return nil, errors.New("sysfs: a place has a class and a name, or neither")
	}
	for _, a := range o.Attributes {
		if err := a.check(o.Place); err != nil {
			return nil, fmt.Errorf("%s %s: %w", o.Place, a.Name+a.Label, err)
		}
		if a.Scale == 0 {
			a.Scale = 1
		}
		c := &channel{driver: d, attribute: a}
		if a.Writable {
			d.channels = append(d.channels, output{c})
		} else {
			d.channels = append(d.channels, c)
		}
	}
	return d, nil
}

// Channels are one for each attribute, in their order. drivers.Driver.
func (d *Driver) Channels() []drivers.Channel { return d.channels }

// Open finds the device. drivers.Driver.
func (d *Driver) Open(context.Context) error {
	dir := "/"
	if d.place.Class == Path {
		if err := d.present(); err != nil {
			return err
		}
	} else {
		var err error
		if dir, err = d.place.find(d.files); err != nil {
			return fmt.Errorf("%v: %w", d.place, err)
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dir = dir
	return nil
}

// present reports the absence of all files of a driver without a device.
func (d *Driver) present() (err error) {
	for _, c := range d.channels {
		if _, err = d.files.RealPath(c.Name()); err == nil {
			return nil
		}
		if errors.Is(err, fs.ErrNotExist) {
			err = drivers.ErrAbsent
		}
		err = fmt.Errorf("%s: %w", c.Name(), err)
	}
	return err
}

// Run waits for ctx: nothing comes unasked. drivers.Driver.
func (*Driver) Run(ctx context.Context) error {
	<-ctx.Done()
	return nil
}

// Close writes what is to be there on exit, and forgets where the device is.
// drivers.Driver.
func (d *Driver) Close() error {
	d.mu.Lock()
	open := d.dir != ""
	d.mu.Unlock()
	var errs []error
	for _, ch := range d.channels {
		if o, ok := ch.(output); ok && open && o.attribute.OnExit.Kind() != pv.Invalid {
			if err := o.Write(context.Background(), o.attribute.OnExit); err != nil {
				errs = append(errs, fmt.Errorf("%s: on exit: %w", o.Name(), err))
			}
		}
	}
	d.mu.Lock()
	defer d.mu.Unlock()
	d.dir = ""
	return errors.Join(errs...)
}

// channel is an attribute.
type channel struct {
	driver    *Driver
	attribute Attribute
}

func (c *channel) Name() string { return c.attribute.Name + c.attribute.Label }

// Read reads the file. drivers.Reader.
func (c *channel) Read(context.Context) (pv.Value, error) {
	w, err := c.where()
	if err != nil {
		return pv.Value{}, err
	}
	v, err := c.read(w)
	if err != nil {
		return pv.Value{}, c.fault(pv.StatusRead, w.value, err)
	}
	return v, nil
}

func (c *channel) read(w where) (pv.Value, error) {
	a, files := &c.attribute, c.driver.files
	text, err := files.ReadFile(w.value)
	if err != nil {
		return pv.Value{}, err
	}
	v, err := a.parse(text)
	if err != nil {
		return pv.Value{}, &textError{w.value, err}
	}
	switch {
	case v.Kind() == pv.String:
		return v, nil
	case a.Kind == pv.Int64 || a.Kind == pv.Enum:
		if v.Kind() == pv.Float64 {
			return pv.Value{}, &textError{w.value, notA("a whole number", text)}
		}
		return v, nil
	}
	scale, offset, err := c.factors(w)
	if err != nil {
		return pv.Value{}, err
	}
	return pv.Float64Value((v.Float64()+offset)*scale*a.Scale + a.Offset), nil
}

// factors make a value in its unit of the number in the file: (number + offset) * scale.
func (c *channel) factors(w where) (scale, offset float64, err error) {
	scale = w.unit
	for _, f := range []struct {
		path string
		use  func(x float64)
	}{
		{w.scale, func(x float64) { scale *= x }},
		{w.offset, func(x float64) { offset = x }},
	} {
		if f.path == "" {
			continue
		}
		text, err := c.driver.files.ReadFile(f.path)
		if err != nil {
			return 0, 0, err
		}
		x, err := number(text)
		if err != nil {
			return 0, 0, &textError{f.path, err}
		}
		f.use(x)
	}
	return scale, offset, nil
}

// where finds the files of the channel.
func (c *channel) where() (where, error) {
	d := c.driver
	d.mu.Lock()
	dir := d.dir
	d.mu.Unlock()
	if dir == "" {
		return where{}, &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%v: not open", d.place)}
	}
	w, err := c.attribute.resolve(d.files, d.place.Class, dir)
	if err != nil {
		return where{}, c.fault(pv.StatusRead, dir, err)
	}
	return w, nil
}

// fault says what err means for the channel, and for the device.
func (c *channel) fault(status pv.Status, name string, err error) error {
	d := c.driver
	if known := (*drivers.Fault)(nil); errors.As(err, &known) {
		return err
	}
	if bad := (*textError)(nil); errors.As(err, &bad) {
		return &drivers.Fault{Status: pv.StatusCalc, Err: err}
	}
	if missing := (*missingError)(nil); errors.As(err, &missing) {
		return &drivers.Fault{Status: pv.StatusComm, Err: err}
	}
	err = fault(d.files, status, name, err)
	f := err.(*drivers.Fault)
	switch {
	case !gone(err):
	case len(d.channels) == 1:
		f.Lost = true // there is nothing else
	case d.place.Class != Path:
		dir, err := d.place.find(d.files)
		d.mu.Lock()
		f.Lost = err != nil || dir != d.dir
		d.mu.Unlock()
	}
	return f
}

// textError says in which file there is no value.
type textError struct {
	path string
	err  error
}

func (e *textError) Error() string { return fmt.Sprintf("%s: %v", e.path, e.err) }

func (e *textError) Unwrap() error { return e.err }

// output is an attribute that is written and read back.
type output struct{ *channel }

// Write writes the file. drivers.Writer.
func (o output) Write(_ context.Context, v pv.Value) error {
	w, err := o.where()
	if err != nil {
		return err
	}
	if err := o.write(w, v); err != nil {
		return o.fault(pv.StatusWrite, w.value, err)
	}
	return nil
}

func (o output) write(w where, v pv.Value) error {
	a := &o.attribute
	whole := false
	if a.Kind == pv.Float64 || a.Kind == pv.Invalid {
		scale, offset, err := o.factors(w)
		if err != nil {
			return err
		}
		scale *= a.Scale
		x := (v.Float64()-a.Offset)/scale - offset
		whole = math.Abs(scale) < 1 || w.scale != "" // the text counts
		v = pv.Float64Value(x)
	}
	text, err := a.print(v, whole)
	if err != nil {
		return &drivers.Fault{Status: pv.StatusHwLimit, Err: fmt.Errorf("%s: %w", w.value, err)}
	}
	return o.driver.files.WriteFile(w.value, text)
}
