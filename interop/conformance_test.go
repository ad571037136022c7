package interop_test

import (
	"os/exec"
	"strconv"
	"testing"

	"github.com/ioclet/ioclet/interop/conformance"
)

// TestConformance judges the judge: softIoc is right in all rows but those in which it
// is not followed. The test of our server stands beside the rows.
func TestConformance(t *testing.T) {
	t.Parallel()
	s := newSite(t)
	s.start(t, kind{"softIoc", func() *exec.Cmd {
		return exec.Command(python, "servers/softioc.py", "conformance/conformance.db", "conformance/conformance.acf")
	}})
	conformance.Run(t, "127.0.0.1:"+strconv.Itoa(s.port), conformance.NotFollowed())
}
