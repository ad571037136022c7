package bus

import "sync/atomic"

// Stats counts what happened since the driver was made.
type Stats struct {
	Transactions uint64 // all, with the retries
	Retries      uint64 // operations that were tried again
	Failures     uint64 // operations that failed at last
}

func (s *Stats) add(o Stats) {
	s.Transactions += o.Transactions
	s.Retries += o.Retries
	s.Failures += o.Failures
}

// counters are a device's Stats while they grow.
type counters struct{ transactions, retries, failures atomic.Uint64 }

func (c *counters) snapshot() Stats {
	return Stats{Transactions: c.transactions.Load(), Retries: c.retries.Load(), Failures: c.failures.Load()}
}
