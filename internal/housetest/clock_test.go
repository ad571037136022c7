package housetest

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

// wallClock is time that is measured by a clock that somebody may set: differences of
// Unix times, of times that went through a stamp, or that were stripped of the reading
// of the monotonic clock.
var wallClock = regexp.MustCompile(`Unix(Nano|Micro|Milli)?\(\)\s*-|-\s*[\w.]+\.Unix(Nano|Micro|Milli)?\(\)|\.Time\(\)\.Sub\(|\.Sub\([\w.]+\.Time\(\)\)|time\.Since\([\w.]+\.Time\(\)\)|\.Round\(0\)`)

// TestClockSteps: an hour forwards or back, as NTP does it to a Raspberry Pi, must not make
// scans fall out or come twice, nor time-outs. Go's timers and time.Since do not see it as
// long as nobody measures in another way.
func TestClockSteps(t *testing.T) {
	for code, found := range map[string]bool{
		"now.UnixNano()-last > 5":              true,
		"last - now.UnixMilli()":               true,
		"s.Time.Time().Sub(t)":                 true,
		"t.Sub(s.Time.Time())":                 true,
		"time.Since(sample.Time.Time())":       true,
		"time.Now().Round(0)":                  true,
		"time.Since(began)":                    false,
		"now.Sub(began)":                       false,
		"pv.StampOf(time.Now())":               false,
		"float64(t.UnixNano()%int64(period))-": false,
	} {
		if wallClock.MatchString(code) != found {
			t.Errorf("%s: found %t", code, !found)
		}
	}
	files := 0
	for _, dir := range []string{"client", "config", "device", "drivers", "ioc", "protocol", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err != nil {
				return err
			}
			files++
			for i, line := range strings.Split(string(text), "\n") {
				code, _, _ := strings.Cut(line, "//")
				if wallClock.MatchString(code) {
					t.Errorf("%s:%d: time is measured by the wall clock: %s", path, i+1, strings.TrimSpace(line))
				}
			}
			return nil
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if files < 100 {
		t.Errorf("only %d files", files)
	}
}
