package bus

import "github.com/ioclet/ioclet/drivers/chip"

// transfer is a transaction about a register, with its buffers.
type transfer struct {
	out, in []byte
	data    []byte // of the register: part of in if it is read, of out if it is written
}

func (t *transfer) do(c chip.Conn) error { return c.Tx(t.out, t.in) }

// reading reads n bytes from the register at on.
func (m *Map) reading(at uint32, n int, duplex bool) (t transfer) {
	switch {
	case m.Exchange:
		t.out = m.word(at, n)
		t.in = make([]byte, n)
		t.data = t.in
	case duplex:
		t.out = m.address(nil, at, m.ReadBits)
		t.in = make([]byte, len(t.out)+n)
		t.data = t.in[len(t.out):]
		t.out = append(t.out, make([]byte, n)...)
	default:
		t.out, t.data = m.address(nil, at, m.ReadBits), make([]byte, n)
		t.in = t.data
	}
	return t
}

// writing writes n bytes to the register at, which are put into data before.
func (m *Map) writing(at uint32, n int, duplex bool) (t transfer) {
	if m.Exchange {
		t.out = m.word(at, n)
		t.data = t.out
	} else {
		head := m.address(nil, at, m.WriteBits)
		t.out = append(head, make([]byte, n)...)
		t.data = t.out[len(head):]
	}
	if duplex {
		t.in = make([]byte, len(t.out))
	}
	return t
}

// settings are the transfers that write them.
func (m *Map) settings(list []Setting, duplex bool) (all []transfer) {
	for _, s := range list {
		t := m.writing(s.At, len(s.Data), duplex)
		copy(t.data, s.Data)
		all = append(all, t)
	}
	return all
}

// word is the word that is sent in an exchange, of n bytes in the map's order.
func (m *Map) word(at uint32, n int) []byte {
	b := make([]byte, n)
	put(b, at, m.Order == LittleEndian)
	return b
}
