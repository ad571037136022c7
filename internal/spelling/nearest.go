package spelling

import (
	"slices"
	"strings"
)

// Nearest picks, of the known names that are at most far typing errors away from what
// was typed, those that are nearest, each once and in the order of known. A typing
// error is a byte too many, too few, replaced or swapped with its neighbour; capitals
// do not matter. A name whose length differs by more than far takes no time, so that
// a text of any length may be asked about.
func Nearest(typed string, known []string, far int) []string {
	typed = strings.ToLower(typed)
	var found []string
	for _, name := range known {
		switch d := distance(typed, strings.ToLower(name), far); {
		case d > far:
		case d < far:
			found, far = []string{name}, d
		case !slices.Contains(found, name):
			found = append(found, name)
		}
	}
	return found
}

// distance is the number of typing errors that make a into b (optimal string
// alignment); limit+1 if it is more than limit.
func distance(a, b string, limit int) int {
	if len(a)-len(b) > limit || len(b)-len(a) > limit {
		return limit + 1
	}
	before, last, row := make([]int, len(b)+1), make([]int, len(b)+1), make([]int, len(b)+1)
	for j := range last {
		last[j] = j
	}
	for i := 1; i <= len(a); i++ {
		row[0] = i
		for j := 1; j <= len(b); j++ {
			cost := 1
			if a[i-1] == b[j-1] {
				cost = 0
			}
			row[j] = min(last[j]+1, row[j-1]+1, last[j-1]+cost)
			if i > 1 && j > 1 && a[i-1] == b[j-2] && a[i-2] == b[j-1] {
				row[j] = min(row[j], before[j-2]+1)
			}
		}
		before, last, row = last, row, before
	}
	return min(last[len(b)], limit+1)
}
