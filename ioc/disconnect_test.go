package ioc

import (
	"slices"
	"testing"
	"time"
)

func TestAbsence(t *testing.T) {
	var a absences
	var called []string
	for _, o := range []struct {
		name  string
		after time.Duration
	}{{"at once", 0}, {"late", 10 * time.Second}} {
		a.orders = append(a.orders, &order{after: o.after, do: func() { called = append(called, o.name) }})
	}
	begin := time.Unix(1e9, 0)
	for _, step := range []struct {
		at      int // seconds
		came    uint32
		clients int
		want    []string
	}{
		{0, 0, 0, nil}, // nobody has come yet
		{60, 0, 0, nil},
		{61, 2, 2, nil},
		{62, 2, 1, nil},
		{70, 2, 0, []string{"at once"}},
		{79, 2, 0, nil},
		{80, 2, 0, []string{"late"}},
		{1000, 2, 0, nil}, // each once
		{1001, 3, 1, nil},
		{1002, 3, 0, []string{"at once"}},
		{1003, 4, 1, nil}, // comes back in time
		{1020, 4, 0, []string{"at once"}},
		{1025, 5, 0, []string{"at once"}}, // has come and gone unseen
		{1034, 5, 0, nil},
		{1035, 5, 0, []string{"late"}},
	} {
		called = nil
		for _, do := range a.look(step.came, step.clients, begin.Add(time.Duration(step.at)*time.Second)) {
			do()
		}
		if !slices.Equal(called, step.want) {
			t.Errorf("at %d s with %d of %d clients: %q, want %q", step.at, step.clients, step.came, called, step.want)
		}
	}
}
