package pv

import "testing"

func TestEvery(t *testing.T) {
	v := ArrayValue([]int32{0, 1, 2, 3, 4, 5, 6})
	for _, tt := range []struct {
		first, step, count int
		want               []int32
	}{
		{0, 1, 7, []int32{0, 1, 2, 3, 4, 5, 6}},
		{2, 1, 3, []int32{2, 3, 4}},
		{1, 2, 3, []int32{1, 3, 5}},
		{6, 100, 1, []int32{6}},
		{7, 3, 0, []int32{}},
		{0, 1, 0, []int32{}},
	} {
		if got := v.Every(tt.first, tt.step, tt.count); !got.Equal(ArrayValue(tt.want)) {
			t.Errorf("Every(%d, %d, %d): %v, want %v", tt.first, tt.step, tt.count, got, tt.want)
		}
	}
	for _, kind := range []Kind{Int8, Uint8, Int16, Uint16, Enum, Int32, Uint32, Int64, Uint64, Float32, Float64} {
		if got := makeArray(kind, 5).Every(0, 2, 3); !got.Equal(makeArray(kind, 3)) {
			t.Errorf("%v: %v", kind, got)
		}
	}
	if got := ArrayValue([]string{"a", "b", "c"}).Every(0, 2, 2); !got.Equal(ArrayValue([]string{"a", "c"})) {
		t.Errorf("strings: %v", got)
	}
}

func TestEveryOutside(t *testing.T) {
	const far = 1 << 30
	for _, tt := range [][3]int{{0, 0, 1}, {0, 1, -1}, {-1, 2, 2}, {0, 2, 3}, {2, 2, 2}, {0, far, 2}, {0, far, far}, {4, 2, 1}} {
		func() {
			defer func() {
				if recover() == nil {
					t.Errorf("Every%v: no panic", tt)
				}
			}()
			ArrayValue([]int32{0, 1, 2, 3}).Every(tt[0], tt[1], tt[2])
		}()
	}
	defer func() {
		if recover() == nil {
			t.Error("Every of a scalar: no panic")
		}
	}()
	Int32Value(1).Every(0, 2, 2)
}
