package main

import (
	"context"
	"log/slog"
	"runtime/debug"
	"sync"
	"sync/atomic"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/reccaster"
)

func (p *program) runCommand() *cobra.Command {
	var sim bool
	var logs logging
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
the rules stay what they were. Without such a file SIGHUP, which a terminal sends that is
closed, ends the program as Ctrl-C does. SIGUSR1 has a report printed to standard error: who is
connected, what to, what was sent and dropped, which limits were reached, and how the ports
are doing, with what went over their wires last.

Started by systemd as a service of Type=notify it says when it serves, and with
WatchdogSec= that it is alive, as long as its scans advance.`,
		Example: `  rpi-ioc run bench.yaml
  rpi-ioc run --sim bench.yaml        # on simulated hardware
  rpi-ioc run --log-level debug bench.yaml         # with every line of the instruments
  rpi-ioc run --log-pv 'GH:AIR:*' bench.yaml       # every detail of some PVs
  rpi-ioc run --log-address 10.0.0.7 bench.yaml    # every message of one client
  pkill -USR1 rpi-ioc                              # who is connected?`,
		Args:              oneFile,
		ValidArgsFunction: completeYAML,
		RunE: func(cmd *cobra.Command, args []string) error {
			errs := newLogWriter(p.stderr)
			defer errs.close()
			log, err := logs.logger(errs)
			if err != nil {
				return err
			}
			return p.serve(cmd.Context(), args[0], sim, log, func(ctx context.Context, s *caserver.Server, ports []*device.Port) {
				report(ctx, errs, s, ports, logs.format == "json")
			})
		},
	}
	cmd.Flags().BoolVar(&sim, "sim", false, "simulate all hardware")
	logs.addFlags(cmd)
	return cmd
}

// load makes the IOC. What the runtime keeps for itself for ever grows with the most that
// was in use: a large file is read with little garbage around.
func load(file string, o config.Options) (*config.Model, *ioc.IOC, error) {
	defer debug.SetGCPercent(debug.SetGCPercent(40))
	model, err := config.Load(file)
	if err != nil {
		return nil, nil, err
	}
	built, err := model.Build(o)
	return model, built, err
}

func (p *program) serve(ctx context.Context, file string, sim bool, log *slog.Logger, report func(context.Context, *caserver.Server, []*device.Port)) error {
	model, built, err := load(file, config.Options{Sim: sim, Log: log})
	if err != nil {
		return err
	}
	if built.Server, err = built.Server.WithEnv(p.lookup); err != nil {
		log.Warn("environment: passed over", "err", err)
	}
	if c := built.RecSync; c != nil {
		c.Infos = append(c.Infos, reccaster.InfosFromEnv(p.lookup)...)
	}
	for _, w := range model.Warnings {
		log.Warn("configuration", "place", w.Pos, "what", w.What)
	}
	outliveReaders()
	ctx, end := context.WithCancel(ctx)
	defer end()
	defer onHangup(ctx, end, model, built, log)()
	announce := newBanner(model)
	announce.ports, announce.sim, announce.program = built.Ports(), sim, p.name
	debug.FreeOSMemory() // of reading the file: many times what the records take
	var serving atomic.Pointer[caserver.Server]
	defer onSignal(ctx, inquiry, func(ctx context.Context) { report(ctx, serving.Load(), built.Ports()) })()
	var printing sync.WaitGroup
	manager, ports := underSystemd(p.lookup, log), built.Ports()
	built.Started = func(s *caserver.Server) {
		serving.Store(s)
		printing.Go(func() { // until every driver was tried, or ctx ends
			announce.print(ctx, p.stdout, s)
		})
		if manager != nil {
			manager.stalled = built.Database().Stalled
			manager.status = func() string { return summary(announce.pvs, ports, s) }
			printing.Go(func() { manager.run(ctx) }) // until ctx ends
		}
	}
	err = built.Run(ctx)
	end()
	printing.Wait()
	return err
}
