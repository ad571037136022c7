package bus

import (
	"sync/atomic"

	"github.com/ioclet/ioclet/drivers"
)

// Stats counts what happened since the driver was made.
type Stats struct {
	Transactions uint64 // all, with the retries
	Retries      uint64 // operations that were tried again
	Failures     uint64 // operations that failed at last
}

// counters are a device's Stats while they grow.
type counters struct{ transactions, retries, failures atomic.Uint64 }

// DeviceStats is a snapshot of what happened to one device; safe to call at any time.
func (d *Driver) DeviceStats(device int) Stats {
	c := &d.devices[device].counters
	return Stats{Transactions: c.transactions.Load(), Retries: c.retries.Load(), Failures: c.failures.Load()}
}

// Stats is a snapshot of what happened on the bus; safe to call at any time.
func (d *Driver) Stats() (all Stats) {
	for i := range d.devices {
		s := d.DeviceStats(i)
		all.Transactions += s.Transactions
		all.Retries += s.Retries
		all.Failures += s.Failures
	}
	return all
}

// Counters are the Stats of the devices, each with the device's name and a blank before
// its own. drivers.Counted.
func (d *Driver) Counters() (list []drivers.Counter) {
	for _, v := range d.devices {
		c := &v.counters
		list = append(
			list,
			drivers.Counter{Name: v.short + " TRANSACTIONS", Desc: "transactions, with retries", Read: c.transactions.Load},
			drivers.Counter{Name: v.short + " RETRIES", Desc: "operations that were tried again", Read: c.retries.Load},
		)
	}
	return list
}
