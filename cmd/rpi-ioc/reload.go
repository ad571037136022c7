package main

import (
	"context"
	"errors"
	"log/slog"
	"os/signal"
	"slices"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/access"
)

// onHangup reads the access rules again whenever this process gets SIGHUP, until ctx
// ends; stop waits for that. Without rules it calls end: the terminal has gone, and
// outputs are to go to their on_exit states. It keeps nothing of the model but what it
// needs.
func onHangup(ctx context.Context, end func(), model *config.Model, i *ioc.IOC, log *slog.Logger) (stop func()) {
	load := model.AccessLoader()
	switch {
	case load != nil:
		return onSignal(ctx, hangup, func(context.Context) { reload(load, i, log) })
	case slices.ContainsFunc(hangup, signal.Ignored): // nohup
		return func() {}
	}
	return onSignal(ctx, hangup, func(context.Context) { end() })
}

// reload puts the rules that are in the file now into force, and says what came of it.
func reload(load func() (*access.Rules, error), i *ioc.IOC, log *slog.Logger) {
	rules, err := load()
	var wrong access.Problems
	switch {
	case errors.As(err, &wrong):
		for _, p := range wrong {
			log.Error("access security", "place", p.Pos, "what", p.What, "expected", p.Expected)
		}
		log.Error("access security file has mistakes: the rules stay what they were", "mistakes", len(wrong))
	case err != nil:
		log.Error("access security file cannot be read: the rules stay what they were", "err", err)
	default:
		for _, w := range rules.Warnings() {
			log.Warn("access security", "place", w.Pos, "what", w.What)
		}
		i.UseAccess(rules)
		log.Info("access security rules are read again", "groups", len(rules.Groups()))
	}
}
