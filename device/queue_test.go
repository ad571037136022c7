package device

import (
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func TestQueueKeepsOrder(t *testing.T) {
	var q queue
	q.wake = make(chan struct{}, 1)
	if q.put(request{}) {
		t.Error("a closed queue has taken a request")
	}
	q.open()
	next, want := 0.0, 0.0
	put := func(n int) {
		for range n {
			if !q.put(request{value: pv.Float64Value(next)}) {
				t.Fatal("refused")
			}
			next++
		}
	}
	take := func(n int) {
		for range n {
			r, ok := q.take()
			if !ok || r.value.Float64() != want {
				t.Fatalf("took %v (%v), want %v", r.value, ok, want)
			}
			want++
		}
	}
	for range 50 { // the queue breathes: it grows, shrinks and turns over
		put(7)
		take(3)
		put(1)
		take(5)
	}
	waiting := q.close()
	if len(waiting) != 0 {
		t.Errorf("%d wait, want none", len(waiting))
	}
	q.open()
	put(3)
	if waiting = q.close(); len(waiting) != 3 || q.put(request{}) {
		t.Errorf("%d wait after close, want 3 and no more", len(waiting))
	}
	if c := cap(q.reads.items); c > 64 {
		t.Errorf("the queue has grown to %d for 7 requests at a time", c)
	}
}

func BenchmarkQueue(b *testing.B) {
	var q queue
	q.wake = make(chan struct{}, 1)
	q.open()
	for range 1000 {
		q.put(request{})
	}
	b.ReportAllocs()
	for b.Loop() {
		q.put(request{})
		q.take()
	}
}
