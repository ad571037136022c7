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
