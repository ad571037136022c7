package record

import (
	"fmt"
	"testing"

	"github.com/ioclet/ioclet/pv"
)

func BenchmarkPost(b *testing.B) {
	for _, n := range []int{0, 1, 8} {
		b.Run(fmt.Sprintf("subscribers=%d", n), func(b *testing.B) {
			var db Database
			r := mustAdd(b, &db, Spec{Type: AI, HHSV: pv.Major, Info: pv.Info{Alarm: pv.Limits{High: 1e300}}})
			subs := make([]discard, n)
			for i := range subs {
				r.Value().Subscribe(pv.EventValue|pv.EventAlarm, &subs[i])
			}
			t := pv.Stamp{Sec: 1}
			x := 0.0
			b.ReportAllocs()
			for b.Loop() {
				x++
				r.Post(pv.Float64Value(x), t, pv.Alarm{})
			}
		})
	}
}

func BenchmarkPut(b *testing.B) {
	var db Database
	v := mustAdd(b, &db, Spec{Type: AO, Info: pv.Info{Control: pv.Limits{High: 1e9}}}).Value()
	var d discard
	b.ReportAllocs()
	for b.Loop() {
		if err := v.Put(pv.Float64Value(1), &d); err != nil {
			b.Fatal(err)
		}
	}
}

func BenchmarkHas(b *testing.B) {
	var db Database
	for i := range 10_000 {
		mustAdd(b, &db, Spec{Name: fmt.Sprintf("BENCH:PV:%05d", i)})
	}
	name := []byte("BENCH:PV:04711.EGU")
	b.ReportAllocs()
	for b.Loop() {
		if !db.Has(name) {
			b.Fatal("not found")
		}
	}
}

func BenchmarkAdd(b *testing.B) {
	var db Database
	i := 0
	b.ReportAllocs()
	for b.Loop() {
		i++
		mustAdd(b, &db, Spec{Name: fmt.Sprint("PV", i), Info: pv.Info{Units: "V"}})
	}
}
