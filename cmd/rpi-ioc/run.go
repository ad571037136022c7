package main

import (
	"context"
	"fmt"
	"log/slog"
	"runtime/debug"
	"sync"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/ioc/caserver"
)

func (p *program) runCommand() *cobra.Command {
	var sim bool
	var level string
	cmd := &cobra.Command{
		Use:   "run FILE",
		Short: "Serve the PVs of a configuration file until Ctrl-C",
		Long: `Serve the PVs of a configuration file until Ctrl-C or SIGTERM.

Hardware that is not there makes its PVs INVALID and is looked for again; it does
not keep the others from being served. At the end outputs go to their on_exit
states. Where the server listens stands in the file (server:), or else in
EPICS_CAS_INTF_ADDR_LIST, EPICS_CAS_SERVER_PORT and the other variables of an EPICS
server, which have the last word.

SIGHUP has the access security file (access:) read again. If there is a mistake in it
the rules stay what they were.`,
		Example: `  rpi-ioc run bench.yaml
  rpi-ioc run --sim bench.yaml        # on simulated hardware
  rpi-ioc run --log debug bench.yaml  # with every line of the instruments`,
		Args:              oneFile,
		ValidArgsFunction: completeYAML,
		RunE: func(cmd *cobra.Command, args []string) error {
			var l slog.Level
			if err := l.UnmarshalText([]byte(level)); err != nil {
				return usageError{fmt.Errorf("--log %q: expected debug, info, warn or error", level)}
			}
			log := slog.New(slog.NewTextHandler(p.stderr, &slog.HandlerOptions{Level: l}))
			return p.serve(cmd.Context(), args[0], sim, log)
		},
	}
	cmd.Flags().BoolVar(&sim, "sim", false, "simulate all hardware")
	cmd.Flags().StringVar(&level, "log", "info", "what to log: debug, info, warn or error")
	return cmd
}

func (p *program) serve(ctx context.Context, file string, sim bool, log *slog.Logger) error {
	model, err := config.Load(file)
	if err != nil {
		return err
	}
	built, err := model.Build(config.Options{Sim: sim, Log: log})
	if err != nil {
		return err
	}
	if built.Server, err = built.Server.WithEnv(p.lookup); err != nil {
		log.Warn("environment: passed over", "err", err)
	}
	for _, w := range model.Warnings {
		log.Warn("configuration", "place", w.Pos, "what", w.What)
	}
	defer reloadOnHangup(ctx, model, built, log)()
	announce := newBanner(model)
	announce.ports, announce.sim, announce.program = built.Ports(), sim, p.name
	debug.FreeOSMemory() // of reading the file: many times what the records take
	var printing sync.WaitGroup
	built.Started = func(s *caserver.Server) {
		printing.Go(func() { // until every driver was tried, or ctx ends
			announce.print(ctx, p.stdout, s)
		})
	}
	err = built.Run(ctx)
	printing.Wait()
	return err
}
