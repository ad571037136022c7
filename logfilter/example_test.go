package logfilter_test

import (
	"log/slog"
	"os"

	"github.com/ioclet/ioclet/logfilter"
)

// Warnings of everything, every detail of the greenhouse.
func Example() {
	text := slog.NewTextHandler(os.Stdout, &slog.HandlerOptions{
		Level: logfilter.LevelTrace,
		ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		},
	})
	log := slog.New(logfilter.New(text, logfilter.Filter{Level: slog.LevelWarn, PVs: []string{"GH:*"}}))
	log.Debug("processed", "pv", "GH:AIR:TEMP", "value", 21.5)
	log.Debug("processed", "pv", "LAB:P", "value", 1e-6)
	log.Warn("no answer", "pv", "LAB:P")
	// Output:
	// level=DEBUG msg=processed pv=GH:AIR:TEMP value=21.5
	// level=WARN msg="no answer" pv=LAB:P
}
