package interop_test

import (
	"bufio"
	"context"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// TestCAMonitor lets ca monitor watch each server through a put from outside and a
// restart of the server.
func TestCAMonitor(t *testing.T) {
	t.Parallel()
	for _, k := range []kind{softIoc, caprotoS, ioclet} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			s := newSite(t)
			srv := s.start(t, k)
			ctx, cancel := context.WithTimeout(t.Context(), patience)
			defer cancel()
			cmd := exec.CommandContext(ctx, filepath.Join(binDir, "ca"), "monitor", "J:LONG", "J:TICK")
			cmd.Env = s.environ()
			stdout, err := cmd.StdoutPipe()
			if err != nil {
				t.Fatal(err)
			}
			if err := cmd.Start(); err != nil {
				t.Fatal(err)
			}
			defer func() { cancel(); cmd.Wait() }()
			lines := bufio.NewScanner(stdout)
			expect := func(what, pv, text string) {
				t.Helper()
				for lines.Scan() {
					if f := strings.Fields(lines.Text()); len(f) > 1 && f[0] == pv && strings.Contains(lines.Text(), text) {
						return
					}
				}
				t.Fatalf("%s: no line of %s with %q", what, pv, text)
			}
			expect("first event", "J:LONG", " -7 ")
			expect("by itself", "J:TICK", ":")
			if out, err := s.ca(t, "put -c J:LONG 31415"); err != nil {
				t.Fatal(err, out)
			}
			expect("a put of another client", "J:LONG", " 31415 ")
			srv.stop()
			expect("the server is gone", "J:LONG", "*** disconnected")
			s.start(t, k)
			expect("the server is back", "J:LONG", " -7 ")
			expect("by itself again", "J:TICK", ":")
		})
	}
}
