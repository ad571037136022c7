package ioc

import (
	"context"
	"sync"
	"time"
)

// lookForClients is how often it is looked whether there are clients.
const lookForClients = 200 * time.Millisecond

// absences are what is to be done when the last client has left.
type absences struct {
	mu     sync.Mutex
	came   uint32    // how many clients have
	left   time.Time // when the last one was found to have gone; zero: there is one
	orders []*order
}

// order is one function of OnDisconnect.
type order struct {
	after time.Duration
	do    func()
	done  bool // since the last client has left
}

// OnDisconnect has do called when the last client has left and no other has come for the
// time after: once, and once more when that happens again. Before the first client nothing
// is called. A client is a connection: an archiver or a gateway that stays keeps it from
// being called. Its calls do not overlap, and all come from one goroutine: do must not
// block. Call it before Run.
func (i *IOC) OnDisconnect(after time.Duration, do func()) {
	a := &i.absent
	a.mu.Lock()
	first := len(a.orders) == 0
	a.orders = append(a.orders, &order{after: after, do: do})
	a.mu.Unlock()
	if first {
		i.Every(lookForClients, func(context.Context) error {
			if s := i.server.Load(); s != nil {
				stats := s.Stats()
				for _, do := range a.look(stats.Accepted, stats.Connected, time.Now()) {
					do()
				}
			}
			return nil
		})
	}
}

// look is what is due now that so many clients have come, and so many are there.
func (a *absences) look(came uint32, clients int, now time.Time) (due []func()) {
	a.mu.Lock()
	defer a.mu.Unlock()
	if came != a.came { // some of them may have gone already
		a.came, a.left = came, time.Time{}
		for _, o := range a.orders {
			o.done = false
		}
	}
	switch {
	case clients > 0:
		a.left = time.Time{}
		return nil
	case came == 0:
		return nil
	case a.left.IsZero():
		a.left = now
	}
	for _, o := range a.orders {
		if !o.done && now.Sub(a.left) >= o.after {
			o.done = true
			due = append(due, o.do)
		}
	}
	return due
}
