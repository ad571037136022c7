package circuit

// Sizes of the input buffer in bytes.
const (
	inputFirst  = 1 << 10  // the buffer until something has come: a peer that says nothing costs little
	inputStart  = 4 << 10  // the smallest buffer afterwards
	inputBusy   = 16 << 10 // how far it grows for a peer that fills it
	inputKeep   = 64 << 10 // a larger one is given back once it is no longer needed
	inputQuiet  = 64       // … by a client after so many reads that would have fitted into inputKeep
	inputMinGap = 512      // a read with less room than this is not worth its system call
	inputTrust  = 64 << 10 // what is made room for because a header says so; for more, bytes must come
)

// input is the receive buffer: bytes r to w have arrived and are not consumed.
type input struct {
	buf   []byte
	r, w  int
	need  int    // bytes that the message at r takes in all, 0: unknown
	skip  uint64 // bytes still to come of a message that was refused
	quiet int    // reads in a row that needed no large buffer
	calm  int    // after how many of them the buffer is made small
	fresh bool   // bytes have come since the last Next
	full  bool   // the last read has filled the buffer: there may be more to read at once
}

func (in *input) bytes() []byte { return in.buf[in.r:in.w] }

// space makes room for at least n bytes behind w, and for what the incomplete
// message needs.
func (in *input) space(n int) []byte {
	have := in.w - in.r
	if have == 0 {
		in.r, in.w = 0, 0
	}
	if in.w-in.r+in.gap(n) > inputKeep {
		in.quiet = 0
	} else if len(in.buf) > inputKeep {
		in.quiet++
	}
	switch size := in.room(n); {
	case size != len(in.buf):
		other := make([]byte, size)
		copy(other, in.bytes())
		in.buf = other
	case len(in.buf)-in.w < in.gap(n):
		copy(in.buf, in.bytes())
	default:
		return in.buf[in.w:]
	}
	in.r, in.w, in.full = 0, have, false
	return in.buf[in.w:]
}

// advance says that n bytes have been read behind w.
func (in *input) advance(n int) {
	in.w += n
	in.fresh = in.fresh || n > 0
	in.full = in.w == len(in.buf)
}

// gap is the room that is needed behind w: beyond inputTrust by doubling, so that a
// peer cannot take memory by headers alone.
func (in *input) gap(n int) int {
	have := in.w - in.r
	return max(n, min(in.need, max(inputTrust, 2*have))-have, inputMinGap)
}

// room is the size of the buffer that space has in the end: as it is, larger where
// that is too small, and small again when a large one has served its purpose.
func (in *input) room(n int) int {
	size := in.w - in.r + in.gap(n)
	if in.buf == nil {
		return max(inputFirst, size)
	}
	if in.full && len(in.buf) < inputBusy {
		return max(inputBusy, size)
	}
	if size > len(in.buf) || len(in.buf) > inputKeep && size <= inputKeep && in.quiet >= in.calm {
		return max(inputStart, size)
	}
	return len(in.buf)
}

// consume takes n bytes away. Their memory stays as it is until the next space.
func (in *input) consume(n int) {
	in.r += n
	in.need = 0
}

// drain drops what has arrived of a refused message.
func (in *input) drain() {
	n := min(in.skip, uint64(in.w-in.r))
	in.skip -= n
	in.r += int(n)
	in.need = 0
}
