package interop_test

import (
	"os/exec"
	"strings"
	"testing"
)

// TestBench puts through the whole house, as the README promises: a foreign client's
// put with completion goes as text to the simulated power supply and is read back
// before it completes.
func TestBench(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start(t, kind{"ioclet", func() *exec.Cmd { return iocletWith("../examples/bench/bench.yaml") }})
	const script = `
import sys, epics
def get(name, **kw):
    return epics.caget("BENCH1:" + name, timeout=15, use_monitor=False, **kw)
print(epics.caput("BENCH1:PS:VOLT", 12.5, wait=True, timeout=15), get("PS:VOLT"))
print(epics.caput("BENCH1:PS:OUT", "On", wait=True, timeout=15), get("PS:OUT", as_string=True))
print(epics.caput("BENCH1:LED", 1, wait=True, timeout=15), get("LED", as_string=True))
print(get("BUTTON", as_string=True), get("TARGET"), get("PS:VOLT.EGU"))
print(*(get(name + ".SEVR") for name in ["PS:VOLT", "PS:OUT", "LED", "BUTTON", "TARGET"]))
`
	out, err := s.output(t, python, "-c", script)
	const want = "1 12.5\n1 On\n1 On\nReleased 20.0 V\n0 0 0 0 0\n"
	if err != nil || !strings.HasSuffix(out, want) {
		t.Errorf("%v: got %q, want %q", err, out, want)
	}
}
