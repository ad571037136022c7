package circuit

import (
	"fmt"
	"math/rand/v2"
	"slices"
	"testing"
)

// Whatever comes and goes, the first subscription with an id is found, as in a plain
// list.
func TestSubscriptionsAreFoundInOrder(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	var subs subscriptions
	var want []*Subscription
	for range 5000 {
		id := r.Uint32N(40)
		if r.IntN(20) == 0 || len(want) < 60 && r.IntN(3) > 0 {
			s := &Subscription{ID: id}
			subs.add(s)
			want = append(want, s)
			continue
		}
		got, ok := subs.find(id)
		i := slices.IndexFunc(want, func(s *Subscription) bool { return s.ID == id })
		if ok != (i >= 0) || ok && got != want[i] {
			t.Fatalf("id %d of %d: found %v, %v", id, len(want), got, ok)
		}
		if ok && r.IntN(2) == 0 {
			i = r.IntN(len(want)) // any
			got = want[i]
		}
		if ok {
			subs.remove(got)
			subs.remove(got) // is gone
			want = slices.Delete(want, i, i+1)
		}
		if len(subs.list) != len(want) {
			t.Fatalf("%d subscriptions, want %d", len(subs.list), len(want))
		}
	}
	for len(want) > 0 {
		subs.remove(want[0])
		want = want[1:]
	}
	if len(subs.list) != 0 || subs.byID != nil {
		t.Errorf("%d are left", len(subs.list))
	}
}

// To cancel one costs the same however many a channel has, of one id or of many.
func BenchmarkCancel(b *testing.B) {
	for _, n := range []int{10, 1000, 100_000} {
		for _, ids := range []int{1, n} {
			b.Run(fmt.Sprintf("%d-of-%d-ids", n, ids), func(b *testing.B) {
				var subs subscriptions
				for i := range n {
					subs.add(&Subscription{ID: uint32(i % ids)})
				}
				b.ReportAllocs()
				for i := 0; b.Loop(); i++ {
					s, _ := subs.find(uint32(i % ids))
					subs.remove(s)
					subs.add(s)
				}
			})
		}
	}
}
