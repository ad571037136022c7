package interop_test

import (
	"bufio"
	"context"
	"io"
	"os/exec"
	"strings"
	"testing"
	"time"
)

// TestJudges lets each foreign client judge softIoc, which shows that the judge is
// right, and ours.
func TestJudges(t *testing.T) {
	t.Parallel()
	for _, judge := range []string{"pyepics", "caproto", "aioca"} {
		for _, k := range []kind{softIoc, ioclet} {
			t.Run(judge+"/"+k.name, func(t *testing.T) {
				t.Parallel()
				judged(t, k, "judges/"+judge+"_judge.py")
			})
		}
	}
}

// TestAccessJudge has C libca and caproto judge access security.
func TestAccessJudge(t *testing.T) {
	t.Parallel()
	for _, k := range []kind{
		{"softIoc", func() *exec.Cmd {
			return exec.Command(python, "servers/softioc.py", "golden/access.db", "golden/access.acf")
		}},
		{"ioclet", func() *exec.Cmd { return iocletWith("testdata/access.yaml") }},
	} {
		t.Run(k.name, func(t *testing.T) {
			t.Parallel()
			judged(t, k, "judges/access_judge.py")
		})
	}
}

// judged runs a judge against a server of kind k and fails t for every verdict that
// is not PASS.
func judged(t *testing.T, k kind, script string) {
	s := newSite(t)
	srv := s.start(t, k)
	s.converse(t, script, map[string]func(){"RESTART": func() {
		srv.stop()
		srv = s.start(t, k)
	}})
}

// converse lets a script judge what serves in s, doing what it asks for by a word on a
// line of its own and answering by a new line. It fails t for every verdict that is not
// PASS.
func (s *site) converse(t *testing.T, script string, asked map[string]func()) {
	t.Helper()
	ctx, cancel := context.WithTimeout(t.Context(), 3*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, python, script)
	cmd.Env = s.environ()
	stdin, err := cmd.StdinPipe()
	if err != nil {
		t.Fatal(err)
	}
	stdout, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	var stderr strings.Builder
	cmd.Stderr = &stderr
	if err := cmd.Start(); err != nil {
		t.Fatal(err)
	}
	passed, ended := 0, false
	for lines := bufio.NewScanner(stdout); lines.Scan(); {
		switch verdict, what, _ := strings.Cut(lines.Text(), " "); verdict {
		case "PASS":
			passed++
		case "FAIL":
			t.Errorf("%s", what)
		case "END":
			ended = true
		default:
			if do, ok := asked[lines.Text()]; ok {
				do()
				io.WriteString(stdin, "\n")
			} else {
				t.Log(lines.Text())
			}
		}
	}
	if err := cmd.Wait(); err != nil && !ended {
		t.Errorf("%s: %v", script, err)
	}
	if !ended || passed == 0 {
		t.Errorf("%s: %d checks passed, came to its end: %v", script, passed, ended)
	}
	if t.Failed() {
		t.Logf("standard error of %s:\n%s", script, stderr.String())
	}
}
