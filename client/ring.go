package client

// ring is a queue of updates that grows to what has been needed and then allocates
// no more. The zero ring is empty.
type ring struct {
	buf     []Update
	head, n int
}

// at is the update i places behind the first.
func (r *ring) at(i int) *Update { return &r.buf[(r.head+i)%len(r.buf)] }

func (r *ring) push(u Update) {
	if r.n == len(r.buf) {
		grown := make([]Update, max(1, 2*r.n))
		for i := range r.n {
			grown[i] = *r.at(i)
		}
		r.buf, r.head = grown, 0
	}
	r.n++
	*r.at(r.n - 1) = u
}

// pop takes the first update; there must be one.
func (r *ring) pop() Update {
	first := r.at(0)
	u := *first
	*first = Update{} // let its value go
	r.head = (r.head + 1) % len(r.buf)
	r.n--
	return u
}
