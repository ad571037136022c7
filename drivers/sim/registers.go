package sim

import (
	"github.com/ioclet/ioclet/drivers/bus"
)

// registerFile is a chip that consists of registers, which keep what is written to them.
// They are bytes that follow each other if the map's Block says so, else each address
// stands for as many bytes as are asked for. target.
type registerFile struct {
	spec    bus.Map
	duplex  bool
	stride  int // bytes that an address stands for
	content []byte
	at      int               // next byte
	words   map[uint32][]byte // of an exchange, by what is sent
	codecs  []bus.Codec
	written []bool
}

// longestRegister is how many bytes a register has at most.
const longestRegister = 4

func newRegisterFile(m bus.Map, duplex bool) (*registerFile, error) {
	if err := m.Check(duplex); err != nil {
		return nil, err
	}
	f := &registerFile{spec: m, duplex: duplex, stride: longestRegister, written: make([]bool, len(m.Registers))}
	if m.Block {
		f.stride = 1
	}
	for _, r := range m.Registers {
		f.codecs = append(f.codecs, bus.NewCodec(r, m.Order))
	}
	f.Reset()
	return f, nil
}

// Reset makes all registers 0. target.
func (f *registerFile) Reset() {
	f.words = map[uint32][]byte{}
	if !f.spec.Exchange {
		f.content = make([]byte, f.stride<<(8*f.spec.Addresses()))
	}
	for i := range f.written {
		f.written[i] = false
	}
	f.oblige()
}

// oblige makes true what the driver expects of the chip.
func (f *registerFile) oblige() {
	conditions := []*bus.Condition{f.spec.Identity}
	if f.spec.Measure != nil {
		conditions = append(conditions, f.spec.Measure.Ready)
	}
	for _, c := range conditions {
		if c == nil {
			continue
		}
		for i, want := range c.Want {
			mask := byte(0xFF)
			if c.Mask != nil {
				mask = c.Mask[i]
			}
			b := &f.content[(int(c.At)*f.stride+i)%len(f.content)]
			*b = *b&^mask | want&mask
		}
	}
}

// bytes are those of the i-th register.
func (f *registerFile) bytes(i int) []byte {
	r := &f.spec.Registers[i]
	if !f.spec.Exchange {
		return f.content[int(r.At)*f.stride:][:r.Type.Size()]
	}
	b := f.words[r.At]
	if len(b) < r.Type.Size() {
		b = make([]byte, r.Type.Size())
		f.words[r.At] = b
	}
	return b[:r.Type.Size()]
}

// Get is the i-th register's value. target.
func (f *registerFile) Get(i int) float64 { return f.codecs[i].Decode(f.bytes(i)).Float64() }

// Set gives it one; what does not fit leaves it as it was. target.
func (f *registerFile) Set(i int, x float64) {
	if bits, err := f.codecs[i].Encode(x); err == nil {
		f.codecs[i].Merge(f.bytes(i), bits)
	}
}

// Written reports whether the i-th register was written since the last time. target.
func (f *registerFile) Written(i int) bool {
	w := f.written[i]
	f.written[i] = false
	return w
}

// Tx does a transaction. target.
func (f *registerFile) Tx(w, r []byte) error {
	head := f.spec.Addresses()
	switch {
	case f.spec.Exchange:
		f.exchange(w, r)
		return nil
	case len(w) >= head:
		address := uint32(0)
		for _, b := range w[:head] {
			address = address<<8 | uint32(b)
		}
		f.at = int(address&^(f.spec.ReadBits|f.spec.WriteBits)) * f.stride
		data := w[head:]
		if f.duplex && !f.writes(address) {
			data, r = nil, r[head:]
		} else if f.duplex {
			r = nil
		}
		f.put(data)
	}
	f.oblige()
	for i := range r {
		r[i] = f.content[f.at]
		f.at = (f.at + 1) % len(f.content)
	}
	return nil
}

// writes reports whether an address with its bits is one to write to.
func (f *registerFile) writes(address uint32) bool {
	if bits := f.spec.WriteBits; bits != 0 {
		return address&bits == bits
	}
	return f.spec.ReadBits != 0 && address&f.spec.ReadBits != f.spec.ReadBits
}

// put writes bytes from the next one on.
func (f *registerFile) put(data []byte) {
	first := f.at
	for _, b := range data {
		f.content[f.at] = b
		f.at = (f.at + 1) % len(f.content)
	}
	for i, r := range f.spec.Registers {
		start := int(r.At) * f.stride
		f.written[i] = f.written[i] || start < first+len(data) && first < start+r.Type.Size()
	}
}

// exchange takes a word and gives one: it belongs to the register that differs from it in
// the bits of its value at most.
func (f *registerFile) exchange(w, r []byte) {
	for i := range r {
		r[i] = 0
	}
	for i, reg := range f.spec.Registers {
		if reg.Type.Size() != len(w) || !f.codecs[i].Belongs(w, reg.At) {
			continue
		}
		b := f.bytes(i)
		copy(r, b)
		if reg.Write {
			copy(b, w)
			f.written[i] = true
		}
		return
	}
}
