// Package ioc is what a Go program imports to serve process variables: it makes
// records, runs them, their devices and a Channel Access server, and stops them
// again in the right order.
//
//	bench := ioc.New("BENCH:")
//	temp := bench.Float("TEMP", ioc.Units("C"), ioc.Precision(2), ioc.High(40, pv.Minor), ioc.ReadOnly())
//	led := bench.Enum("LED", []string{"Off", "On"})
//	led.OnPut(func(ctx context.Context, state int) error { return pin.Out(state == 1) })
//	bench.Every(time.Second, func(ctx context.Context) error { return temp.Update(sensor.Read(ctx)) })
//	err := bench.Run(ctx)
//
// PVs are made before Run or while it runs, and may be removed: clients find new ones
// and lose those that have gone without a restart. The methods Set, Update, Fault and
// Get may be called at any time and from any goroutine; they never wait for a client.
// What goes wrong in making a PV is returned by Run or, if that has begun, logged; see
// [PV.Err]. Several IOCs can
// live in one process if their servers listen on different ports.
//
//	client ── put ──▶ record ──▶ OnPut's function        Every's function
//	       ◀─ answer ─┤    ▲     └─ error: alarm WRITE   └─ Set, Update, Fault
//	       ◀─ monitor ┘    └──────────────────────────────────┘
//
// Many PVs that belong together are declared by a struct with tags: [IOC.Group]. Hardware
// with a driver of its own, which is to be opened again when it is lost, comes in by
// [IOC.AddPort].
//
// A program that reads a configuration file uses package config, which builds the
// same [IOC].
package ioc
