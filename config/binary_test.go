package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBlockProblems(t *testing.T) {
	const file = `devices:
  A:
    port: {tcp: "192.0.2.1:1"}
    byte_order: little
    pvs:
      P1: {read: "A?", block: int16}
      P2: {read: "A?", block: int12, count: 5}
      P3: {read: "A?", block: int16, count: 5, separator: ","}
      P4: {read: "A?", reply: "%d", block: int16, count: 5}
      P5: {write: "A %d", block: int16, count: 5}
      P6: {read: "A6?", reply: "CURVE ", block: uint8, count: 5, alarm: {high: 3}}
`
	const want = `
6:31: block needs count:
7:31: block: "int12", expected one of int8, uint8, int16, uint16, int32, uint32, int64, float32, float64 (did you mean "int16"?)
8:59: separator needs text, not a block
9:44: block: reply "%d": before a block only plain text can stand
10:34: block: nothing is asked: read is missing
11:73: alarm needs a number
`
	if d := cmp.Diff(strings.TrimSpace(want), parse(t, file)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
