package link

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

// What a driver's Close may take in all is a second.
const (
	exitBudget  = 700 * time.Millisecond // for all last words
	exitGrace   = 20 * time.Millisecond  // for the last of them to say what was wrong
	closeBudget = 250 * time.Millisecond // for the connection to close
)

// LastWord sets an output to what it shall be at the end, by a final exchange. It waits for
// the answer no longer than most.
type LastWord func(ctx context.Context, most time.Duration) error

// Farewell is what is to be said to one device.
type Farewell struct {
	To    *Health
	Words []LastWord
}

// Leave has all exchanges make way, says the last words, first to devices that answer, and
// closes the connection; called once. Each word has its share of the 0.7 s that there are,
// so that all are said.
func (l *Link) Leave(all []Farewell) error {
	close(l.stopping)
	return errors.Join(l.say(all), l.shut())
}

func (l *Link) say(all []Farewell) error {
	end := time.Now().Add(exitBudget)
	ctx, cancel := context.WithDeadline(context.Background(), end.Add(exitGrace))
	defer cancel()
	if err := l.Acquire(ctx, true); err != nil {
		if drivers.IsLost(err) {
			return nil
		}
		return errors.New("a command is stuck: on_exit values not written")
	}
	slices.SortStableFunc(all, func(a, b Farewell) int { return a.To.silent - b.To.silent })
	l.Release()
	var words []LastWord
	for _, f := range all {
		words = append(words, f.Words...)
	}
	var errs []error
	for i, say := range words {
		share := time.Until(end) / time.Duration(len(words)-i)
		if err := say(ctx, share); err != nil && !drivers.IsLost(err) {
			errs = append(errs, fmt.Errorf("on_exit: %w", err))
		}
	}
	return errors.Join(errs...)
}

// shut closes the connection. A write that the system does not give back is left behind and
// ends when the system lets it.
func (l *Link) shut() error {
	close(l.closing)
	closed := make(chan error, 1)
	// ends when the connection is closed and its reader and writer have returned
	go func() {
		err := drivers.Guard("close", l.conn.Close)
		l.ended.Wait()
		closed <- err
	}()
	t := time.NewTimer(closeBudget)
	defer t.Stop()
	select {
	case err := <-closed:
		return err
	case <-t.C:
		return errors.New("port does not close: a write is stuck in the system")
	}
}
