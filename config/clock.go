package config

import (
	"time"

	"github.com/ioclet/ioclet/drivers/host"
)

// clockModel says what is to be while the machine's clock is wrong.
type clockModel struct {
	require bool
	wait    time.Duration
}

// clock checks clock:.
func (c *checker) clock() {
	k := &c.keys.Clock
	c.onlyIf(k.Require.Value || k.Require.Bad, k.Wait.Set, k.Wait.Pos, "wait", "require: yes")
	c.model.clock = clockModel{k.Require.Value, k.Wait.Value}
}

// clock holds time stamps back. Simulated values have those of this machine, whatever
// they are.
func (b *builder) clock() {
	if m := &b.model.clock; m.require && b.sim == nil {
		b.ioc.ClockGood = func() bool { return host.Synchronized(nil) }
		b.ioc.ClockWait = m.wait
	}
}
