package ioc

import "time"

// clockPeriod is how often a clock that was not good is asked again.
const clockPeriod = time.Second

// clock holds the times of values back if the machine's clock is not good, until it is.
func (l *life) clock() {
	i := l.ioc
	if i.ClockGood == nil || i.ClockGood() {
		return
	}
	i.log().Warn("the clock is not synchronized: values have no time until it is", "at_most", i.ClockWait)
	i.database.HoldTime(true)
	l.works.Go(func() { // until ctx ends or the clock is good
		l.awaitClock()
	})
}

func (l *life) awaitClock() {
	i := l.ioc
	began := time.Now()
	ticker := time.NewTicker(clockPeriod)
	defer ticker.Stop()
	for {
		select {
		case <-l.ctx.Done():
			return
		case <-ticker.C:
		}
		waited := time.Since(began)
		switch {
		case i.ClockGood():
			i.log().Info("the clock is synchronized", "after", waited)
		case i.ClockWait > 0 && waited >= i.ClockWait:
			i.log().Warn("the clock is still not synchronized: values have its time all the same", "after", waited)
		default:
			continue
		}
		i.database.HoldTime(false)
		return
	}
}
