package sim

import (
	"fmt"
	"math/rand/v2"
	"time"

	"github.com/ioclet/ioclet/boards"
)

// motion is how inputs behave by themselves.
type motion struct {
	expression *expression
	world      *clock
}

// motionStep is how often lines that are watched are moved.
const motionStep = 5 * time.Millisecond

// Move has inputs that are claimed together follow an expression of [Functions]: a
// single one is active while that is above 0, several have its bits. It is called before
// the pins are used.
func (ls *Lines) Move(pins []boards.Pin, text string, seed uint64) error {
	world := &clock{now: time.Now(), random: rand.New(rand.NewPCG(seed, 5))}
	e, err := compile(text, nil, world)
	if err != nil {
		return fmt.Errorf("sim: %w", err)
	}
	ls.mu.Lock()
	defer ls.mu.Unlock()
	ls.line(pins[0]).motion = &motion{e, world}
	return nil
}

// move brings the lines to where they are now. all.mu is held.
func (c *claim) move() {
	m := c.lines[0].motion
	if m == nil {
		return
	}
	m.world.now = time.Now()
	x := m.expression.eval(nil)
	levels := uint64(max(x, 0))
	if len(c.lines) == 1 {
		levels = 0
		if x > 0 {
			levels = 1
		}
	}
	for i, l := range c.lines {
		l.wire.outside = levelOf((levels>>i&1 != 0) != c.config.ActiveLow)
		l.wire.settle(m.world.now)
	}
}
