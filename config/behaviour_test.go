package config

import (
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestBehaviourProblems(t *testing.T) {
	const file = `devices:
  A:
    port: {tcp: "192.0.2.1:1"}
    sim:
      delay: 2h
      state: {X: 1, Y: "Z + 1", P: 3, L: [1]}
      start: {Q: 1, P: 2}
      commands:
        - {command: "*RST", set: {P: 0, R: 0}}
        - {command: "A?", answer: "%(P)f"}
        - {command: "B %f"}
        - {answer: "OK"}
    pvs:
      P: {read: "A?", reply: "%f"}
  C:
    port: {tcp: "192.0.2.1:2"}
    sim: {start: {Q: 1}, commands: [{comand: C}]}
    pvs: {P: {read: "A?", reply: "%f"}}
  D:
    port: {tcp: "192.0.2.1:3"}
    sim: {start: {Q: 1}}
    pvs: {P: {read: "A?", reply: "%f"}}
  B: {i2c: {address: 0x48}, sim: {delay: 1s}, pvs: {P: {at: 1}}}
`
	const want = `
5:14: sim: delay: 2h0m0s, expected at most 1h
6:24: sim: state: Y: expression "Z + 1": column 1: unknown name Z (did you mean P?)
6:36: sim: state: P: a PV has this name
6:42: sim: state L: a list, expected a number or an expression
9:9: sim: a command without a line, expected command: such as "*RST"
9:21: sim: commands: *RST: set: no PV or state "R"
11:21: sim: commands: B %f: %f sets nothing that there is, expected %(NAME)f
17:22: sim: start: Q: no such PV
17:38: unknown key "comand" (did you mean "command"?)
21:22: sim: start: Q: no such PV
23:34: sim belongs to devices with port:, this one has i2c:
`
	if d := cmp.Diff(strings.TrimSpace(want), parse(t, file)); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}
