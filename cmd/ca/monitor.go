package main

import (
	"context"
	"fmt"
	"time"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/client"
	"github.com/ioclet/ioclet/pv"
)

// monitorOptions are the flags of ca monitor.
type monitorOptions struct {
	options
	maskLetters string
	mask        pv.Mask
	updates     uint
}

func (p *program) monitorCommand() *cobra.Command {
	o := &monitorOptions{}
	cmd := &cobra.Command{
		Use:   "monitor [flags] pv...",
		Short: "Print PVs whenever they change",
		Long: `Print PVs whenever they change: name, time, value, and status and severity if there
is an alarm. It goes on until it is interrupted (Ctrl-C) or --updates have been
printed, through restarts of the servers.

PVs that are not found within --wait are named once, and are still searched for.`,
		Example: `  ca monitor BENCH1:PS:VOLT BENCH1:BUTTON
  ca monitor -m a BENCH1:PS:CURR           # alarms only
  ca monitor -t cI BENCH1:DRIFT            # seconds since the last one, by our clock
  ca monitor --updates 10 --json BENCH1:DRIFT`,
		Args: needs(1, "no PV named"),
		RunE: func(cmd *cobra.Command, names []string) error {
			if err := o.settle(p, cmd); err != nil {
				return err
			}
			return p.monitor(cmd.Context(), o, names)
		},
	}
	o.connecting(cmd)
	o.formatting(cmd)
	f := cmd.Flags()
	f.StringVarP(&o.maskLetters, "mask", "m", "va", "what to be told of: v value, l log, a alarm, p property")
	f.StringVarP(&o.stampKey, "stamps", "t", "", "time stamps: s server's, c ours, n none; r since start, i since the last, I since the PV's last")
	f.UintVar(&o.updates, "updates", 0, "end after this many lines of values (default: never)")
	return cmd
}

func (o *monitorOptions) settle(p *program, cmd *cobra.Command) (err error) {
	if err := o.options.settle(p, cmd); err != nil {
		return err
	}
	o.layout = wide
	o.mask, err = parseMask(o.maskLetters)
	return err
}

// watch is one run of ca monitor.
type watch struct {
	*program
	*monitorOptions
	queue    *client.Monitor
	channels []*client.Channel
	found    map[*client.Channel]bool
}

// monitor prints updates as they come.
func (p *program) monitor(ctx context.Context, o *monitorOptions, names []string) error {
	c := p.newClient()
	defer c.Close()
	w := &watch{program: p, monitorOptions: o, found: map[*client.Channel]bool{}}
	w.queue = c.NewMonitor(client.MonitorOptions{
		Request: client.Request{Type: o.choose, Count: o.count}, Mask: o.mask,
	})
	for _, name := range names {
		ch := c.ChannelAt(name, o.priority)
		if err := w.queue.Add(ch); err != nil {
			return err
		}
		w.channels = append(w.channels, ch)
	}
	return w.run(ctx)
}

// run prints updates until no more are wanted, and what is missing after --wait.
func (w *watch) run(ctx context.Context) error {
	if w.wait > 0 {
		if done, err := w.print(ctx, w.wait); done {
			return err
		}
		if err := w.printMissing(); err != nil {
			return err
		}
	}
	_, err := w.print(ctx, 0)
	return err
}

// print prints updates for a while, or with 0 as long as there are any; done says
// that no more are wanted.
func (w *watch) print(ctx context.Context, while time.Duration) (done bool, err error) {
	part, cancel := ctx, context.CancelFunc(func() {})
	if while > 0 {
		part, cancel = context.WithTimeout(ctx, while)
	}
	defer cancel()
	for u := range w.queue.Updates(part) {
		w.found[u.Channel] = true
		if u.Kind == client.NowConnected || u.Kind == client.AccessChanged {
			continue
		}
		if u.Err != nil {
			fmt.Fprintf(w.stderr, "ca: %v\n", u.Err)
		}
		if err := w.printLine(&reading{name: u.Channel.Name(), Data: u.Data, err: u.Err}); err != nil {
			return true, err
		}
		if u.Kind == client.NewValue && w.updates > 0 {
			if w.updates--; w.updates == 0 {
				return true, w.result()
			}
		}
	}
	if ctx.Err() != nil {
		return true, w.result()
	}
	return false, nil
}

// result is a failure if a PV has never been found. One that has just been found may
// have its updates still in the queue.
func (w *watch) result() error {
	for _, ch := range w.channels {
		if !w.found[ch] && ch.State() != client.Connected {
			return errFailed
		}
	}
	return nil
}

// printMissing names the PVs that have not been found.
func (w *watch) printMissing() error {
	for _, ch := range w.channels {
		if w.found[ch] {
			continue
		}
		err := &client.Error{PV: ch.Name(), Op: "monitor", Err: fmt.Errorf("%w in %v", client.ErrNotFound, w.wait)}
		if err := w.printLine(&reading{name: ch.Name(), err: err}); err != nil {
			return err
		}
	}
	return nil
}

// printLine writes one reading at once.
func (w *watch) printLine(r *reading) error {
	out, err := w.append(nil, r)
	if err != nil {
		return err
	}
	_, err = w.stdout.Write(out)
	return err
}
