package device

import (
	"iter"
	"slices"

	"github.com/ioclet/ioclet/ioc/record"
)

var _ record.Releaser = (*binding)(nil)

// Release forgets a record that was removed. What it has in the queue is passed over,
// an operation under way ends unheard, and what the channel still brings goes nowhere.
// The hardware stays as it is. record.Releaser.
func (b *binding) Release(*record.Record) {
	p := b.port
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.released++; 2*p.released > len(p.bindings) {
		// A new slice: the old one may be being read.
		p.bindings = slices.DeleteFunc(slices.Clone(p.bindings), func(b *binding) bool { return b.record.Removed() })
		p.released = 0
	}
}

// bound are the bindings whose records there are.
func (p *Port) bound() iter.Seq[*binding] {
	p.mu.Lock()
	all := p.bindings
	p.mu.Unlock()
	return func(yield func(*binding) bool) {
		for _, b := range all {
			if !b.record.Removed() && !yield(b) {
				return
			}
		}
	}
}
