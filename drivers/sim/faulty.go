package sim

import (
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"
	"syscall"
	"time"

	"github.com/ioclet/ioclet/drivers/sysfs"
)

// Faulty are the files of a [Tree] as one driver has them: its parts, which are the
// attributes of a device or the channel of a PWM chip, can be made to fail. Its methods may
// be called from any goroutine.
type Faulty struct {
	tree *Tree

	mu    sync.Mutex
	parts []part
}

var _ sysfs.Files = (*Faulty)(nil)

// part is a file, or a directory with all that is in it.
type part struct {
	// immutable
	path   string
	whole  string // what goes when it is unplugged: itself, or the device that it is of
	forget string // a directory that is not there when the device comes back; "" for none

	fault  Fault
	frozen map[string][]byte // what is read of the files with the fault Stuck
	healed chan struct{}     // closed when the fault ends
}

// FileFaults lists what can be wrong with a file.
func FileFaults(writable bool) []Fault {
	faults := []Fault{NoFault, Drop, Late, Garbage, NACK, Stuck, Unplug}
	if writable {
		faults = append(faults, Refuse)
	}
	return faults
}

// PWMFaults lists what can be wrong with a PWM channel. That one can be read says nothing
// of the hardware: the kernel remembers what it was told.
func PWMFaults() []Fault { return []Fault{NoFault, Refuse, Unplug} }

// lateFile is when a file with the fault Late is read or written: device support gives an
// operation up after 10 s.
const lateFile = lateBy * 10 * time.Second

// SetFault makes something wrong with the i-th part, until another fault, or NoFault, is.
// Unplug is of the device, and so of all its parts.
func (f *Faulty) SetFault(i int, fault Fault) {
	f.mu.Lock()
	defer f.mu.Unlock()
	p := &f.parts[i]
	if p.healed != nil {
		close(p.healed)
	}
	p.fault, p.frozen, p.healed = fault, map[string][]byte{}, make(chan struct{})
	if fault == Unplug && p.forget != "" {
		f.tree.Remove(p.forget)
	}
}

// within reports whether name is at or is somewhere in it.
func within(at, name string) bool { return name == at || strings.HasPrefix(name, at+"/") }

// gone reports whether name was unplugged.
func (f *Faulty) gone(name string) bool {
	f.mu.Lock()
	defer f.mu.Unlock()
	for i := range f.parts {
		if p := &f.parts[i]; p.fault == Unplug && within(p.whole, name) {
			return true
		}
	}
	return false
}

// of is the part that name belongs to, nil if to none. mu is held.
func (f *Faulty) of(name string) *part {
	for i := range f.parts {
		if p := &f.parts[i]; within(p.path, name) {
			return p
		}
	}
	return nil
}

// reach is what becomes of an operation that faults let through: it is done with the fault
// that is returned.
func (f *Faulty) reach(op, name string) (Fault, error) {
	fails := func(err error) error { return &fs.PathError{Op: op, Path: name, Err: err} }
	if f.gone(name) {
		return Unplug, fails(fs.ErrNotExist)
	}
	fault, healed := NoFault, (chan struct{})(nil)
	f.mu.Lock()
	if p := f.of(name); p != nil {
		fault, healed = p.fault, p.healed
	}
	f.mu.Unlock()
	switch {
	case fault == Drop:
		time.Sleep(stuckTime)
		return fault, fails(syscall.ETIMEDOUT)
	case fault == NACK:
		return fault, fails(syscall.EIO)
	case fault == Refuse && op == "write":
		return fault, fails(syscall.EINVAL)
	case fault == Late:
		select {
		case <-healed:
		case <-time.After(lateFile):
		}
	}
	return fault, nil
}

// ReadFile is Tree.ReadFile but for faults. sysfs.Files.
func (f *Faulty) ReadFile(name string) ([]byte, error) {
	fault, err := f.reach("read", name)
	if err != nil {
		return nil, err
	}
	text, err := f.tree.ReadFile(name)
	if err != nil {
		return nil, err
	}
	switch fault {
	case Garbage:
		text = slices.Clone(text)
		for i := range text {
			text[i] |= 0x80 // no digit is left
		}
	case Stuck:
		f.mu.Lock()
		defer f.mu.Unlock()
		p := f.of(name)
		if first, ok := p.frozen[name]; ok {
			return first, nil
		}
		p.frozen[name] = text
	}
	return text, nil
}

// WriteFile is Tree.WriteFile but for faults. sysfs.Files.
func (f *Faulty) WriteFile(name string, text []byte) error {
	fault, err := f.reach("write", name)
	if err != nil || fault == Stuck {
		return err
	}
	return f.tree.WriteFile(name, text)
}

// ReadDir is Tree.ReadDir without what was unplugged. sysfs.Files.
func (f *Faulty) ReadDir(name string) ([]string, error) {
	if f.gone(path.Clean(name)) {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	names, err := f.tree.ReadDir(name)
	there := names[:0]
	for _, n := range names {
		if !f.gone(path.Join(name, n)) {
			there = append(there, n)
		}
	}
	return there, err
}

// RealPath is Tree.RealPath but for what was unplugged. sysfs.Files.
func (f *Faulty) RealPath(name string) (string, error) {
	if f.gone(path.Clean(name)) {
		return "", &fs.PathError{Op: "lstat", Path: name, Err: fs.ErrNotExist}
	}
	return f.tree.RealPath(name)
}
