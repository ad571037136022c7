package circuit

import "testing"

func TestTable(t *testing.T) {
	var tab Table[string]
	a, _ := tab.Add("a")
	b, _ := tab.Add("b")
	if a != 0 || b != 1 {
		t.Errorf("first ids %d, %d; want 0, 1", a, b)
	}
	if v, ok := tab.Remove(a); !ok || v != "a" {
		t.Errorf("Remove(a) = %q, %v", v, ok)
	}
	if _, ok := tab.Remove(a); ok {
		t.Error("removed twice")
	}
	c, _ := tab.Add("c")
	if _, ok := tab.Get(a); ok || c == a {
		t.Errorf("id %d given out again at once", a)
	}
	if v, ok := tab.Get(c); !ok || v != "c" {
		t.Errorf("Get(c) = %q, %v", v, ok)
	}
	if _, ok := tab.Get(0xFFFFFFFF); ok {
		t.Error("found an id that was never given out")
	}
	for id := range tab.All() {
		tab.Remove(id)
	}
	if tab.Len() != 0 {
		t.Errorf("%d left of none", tab.Len())
	}
}

func TestTableFull(t *testing.T) {
	var tab Table[struct{}]
	for range maxIndex + 1 {
		if _, ok := tab.Add(struct{}{}); !ok {
			t.Fatal("full too early")
		}
	}
	if _, ok := tab.Add(struct{}{}); ok {
		t.Error("more than 2^20 ids")
	}
}

// An id that was dropped is known until an id of the same slot, given out afterwards,
// has been removed.
func TestTableDrop(t *testing.T) {
	var tab Table[string]
	add := func(s string) uint32 {
		id, _ := tab.Add(s)
		return id
	}
	known := func(when string, want bool, ids ...uint32) {
		t.Helper()
		for _, id := range ids {
			if got := tab.Dropped(id); got != want {
				t.Errorf("%s: Dropped(%#x) = %v", when, id, got)
			}
			if _, ok := tab.Get(id); ok && want {
				t.Errorf("%s: %#x is found", when, id)
			}
		}
	}
	known("at first", false, 0, 1, 0xFFFFFFFF)
	tab.Drop(7) // was never given out
	a := add("a")
	known("in use", false, a)
	tab.Drop(a)
	known("dropped", true, a)
	b := add("b")
	known("slot used again", true, a)
	known("slot used again", false, b)
	tab.Drop(b)
	known("dropped twice", true, a, b)
	c := add("c")
	tab.Remove(c)
	known("removed", false, a, b, c)
	for range 2 * maxGen {
		tab.Drop(add("x"))
	}
	d := add("d")
	known("all the slot's ids dropped", false, d)
	tab.Drop(d)
	known("all the slot's ids dropped", true, d)
}
