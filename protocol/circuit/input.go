package circuit

// Sizes of the input buffer in bytes.
const (
	inputStart  = 4 << 10  // the first buffer
	inputKeep   = 64 << 10 // a larger one is given back once it is no longer needed
	inputQuiet  = 64       // … after so many reads that would have fitted into inputKeep
	inputMinGap = 512      // a read with less room than this is not worth its system call
	inputTrust  = 1 << 20  // what is made room for because a header says so; for more, bytes must come
)

// input is the receive buffer: bytes r to w have arrived and are not consumed.
type input struct {
	buf   []byte
	r, w  int
	need  int    // bytes that the message at r takes in all, 0: unknown
	skip  uint64 // bytes still to come of a message that was refused
	quiet int    // reads in a row that needed no large buffer
	fresh bool   // bytes have come since the last Next
}

func (in *input) bytes() []byte { return in.buf[in.r:in.w] }

// space makes room for at least n bytes behind w, and for what the incomplete
// message needs: beyond inputTrust by doubling, so that a peer cannot take memory by
// headers alone.
func (in *input) space(n int) []byte {
	if in.r == in.w {
		in.r, in.w = 0, 0
		in.shrink()
	}
	have := in.w - in.r
	n = max(n, min(in.need, max(inputTrust, 2*have))-have, inputMinGap)
	if len(in.buf)-in.w >= n {
		return in.buf[in.w:]
	}
	if len(in.buf)-have < n {
		grown := make([]byte, max(inputStart, have+n))
		copy(grown, in.bytes())
		in.buf = grown
	} else {
		copy(in.buf, in.bytes())
	}
	in.r, in.w = 0, have
	return in.buf[in.w:]
}

// shrink gives a large, empty buffer back after a while without large messages.
func (in *input) shrink() {
	if len(in.buf) <= inputKeep {
		return
	}
	if in.quiet++; in.quiet >= inputQuiet {
		in.buf, in.quiet = nil, 0
	}
}

// consume takes n bytes away. Their memory stays as it is until the next space.
func (in *input) consume(n int) {
	if n > inputKeep {
		in.quiet = 0
	}
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
