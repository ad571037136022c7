package spelling

import (
	"fmt"
	"slices"
	"testing"
)

func Example() {
	known := []string{"GPIO16", "GPIO17", "GND"}
	fmt.Println(Nearest("gpoi17", known, 2), Nearest("RELAY", known, 2))
	// Output: [GPIO17] []
}

func TestNearest(t *testing.T) {
	for _, test := range []struct {
		typed string
		known []string
		far   int
		want  []string
	}{
		{"volt", []string{"VOLTS", "VOLT", "volt"}, 2, []string{"VOLT", "volt"}},
		{"pin5", []string{"pin2", "pin25", "pin3", "pin2"}, 2, []string{"pin2", "pin25", "pin3"}},
		{"abcd", []string{"wxyz", "abyz"}, 2, []string{"abyz"}},
		{"abcd", []string{"wxyz"}, 3, nil},
		{"", []string{"a", "ab"}, 1, []string{"a"}},
		{"a", nil, 3, nil},
	} {
		if got := Nearest(test.typed, test.known, test.far); !slices.Equal(got, test.want) {
			t.Errorf("Nearest(%q, %q, %d) = %q, want %q", test.typed, test.known, test.far, got, test.want)
		}
	}
}

func TestDistance(t *testing.T) {
	for _, test := range []struct {
		a, b string
		want int
	}{
		{"", "", 0},
		{"A", "", 1},
		{"GPIO17", "GPIO17", 0},
		{"GPOI17", "GPIO17", 1},
		{"GPIO1", "GPIO17", 1},
		{"GPIO71", "GPIO17", 1},
		{"XPIO99", "GPIO17", 3},
		{"ABCDEF", "", 3},
	} {
		if got := distance(test.a, test.b, 2); got != test.want {
			t.Errorf("distance(%q, %q) = %d, want %d", test.a, test.b, got, test.want)
		}
	}
}
