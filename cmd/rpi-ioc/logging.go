package main

import (
	"fmt"
	"io"
	"log/slog"
	"strings"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/logfilter"
)

// logging is what the flags say about the log.
type logging struct {
	level, format  string
	pvs, addresses []string
}

var (
	logLevels  = []string{"trace", "debug", "info", "warn", "error"}
	logFormats = []string{"text", "json"}
)

func (l *logging) addFlags(cmd *cobra.Command) {
	f := cmd.Flags()
	f.StringVar(&l.level, "log-level", "info", "what to log of everything: "+strings.Join(logLevels, ", "))
	f.StringSliceVar(&l.pvs, "log-pv", nil, "log every detail of the PVs of these names, such as 'GH:*'")
	f.StringSliceVar(&l.addresses, "log-address", nil, "log every message of the clients at these addresses")
	f.StringVar(&l.format, "log-format", "text", "form of the log and of reports: text or json")
	complete := func(flag string, words []string) {
		if err := cmd.RegisterFlagCompletionFunc(flag, cobra.FixedCompletions(words, cobra.ShellCompDirectiveNoFileComp)); err != nil {
			panic(err) // no such flag
		}
	}
	complete("log-level", logLevels)
	complete("log-format", logFormats)
	complete("log-pv", nil)
	complete("log-address", nil)
}

// logger is the log that the flags ask for.
func (l *logging) logger(w io.Writer) (*slog.Logger, error) {
	f := logfilter.Filter{PVs: l.pvs, Addresses: l.addresses}
	var level slog.Level
	switch err := level.UnmarshalText([]byte(l.level)); {
	case l.level == "trace":
		level = logfilter.LevelTrace
	case err != nil:
		return nil, usageError{fmt.Errorf("--log-level %q: expected %s", l.level, orList(logLevels))}
	}
	f.Level = level
	if err := f.Check(); err != nil {
		return nil, usageError{fmt.Errorf("log filter: %w", err)}
	}
	o := &slog.HandlerOptions{Level: logfilter.LevelTrace, ReplaceAttr: nameTrace}
	switch l.format {
	case "text":
		return slog.New(logfilter.New(slog.NewTextHandler(w, o), f)), nil
	case "json":
		return slog.New(logfilter.New(slog.NewJSONHandler(w, o), f)), nil
	}
	return nil, usageError{fmt.Errorf("--log-format %q: expected %s", l.format, orList(logFormats))}
}

// orList is "a, b or c".
func orList(words []string) string {
	last := len(words) - 1
	return strings.Join(words[:last], ", ") + " or " + words[last]
}

// nameTrace gives the level of messages its name.
func nameTrace(groups []string, a slog.Attr) slog.Attr {
	if len(groups) == 0 && a.Key == slog.LevelKey && a.Value.Any() == logfilter.LevelTrace {
		a.Value = slog.StringValue("TRACE")
	}
	return a
}
