package filter

import (
	"sync"
	"sync/atomic"
)

// States are the named states of an IOC, by which the filter sync lets events pass. The
// zero States is empty and ready to use; its methods may be called from any goroutine.
type States struct {
	mu     sync.RWMutex
	byName map[string]*State
}

// State is true or false. It may be used from any goroutine, and never blocks.
type State struct{ on atomic.Bool }

// Set makes the state on or not. It has effect with the next event of a channel that
// is filtered by it; it makes none by itself.
func (s *State) Set(on bool) { s.on.Store(on) }

// Get reports whether the state is on.
func (s *State) Get() bool { return s.on.Load() }

// State is the state of that name. It is made, and false, if there is none yet; clients
// cannot make states, only name them.
func (s *States) State(name string) *State {
	s.mu.Lock()
	defer s.mu.Unlock()
	st := s.byName[name]
	if st == nil {
		if s.byName == nil {
			s.byName = make(map[string]*State)
		}
		st = new(State)
		s.byName[name] = st
	}
	return st
}

// find is the state of that name, nil if there is none, or no states.
func (s *States) find(name string) *State {
	if s == nil {
		return nil
	}
	s.mu.RLock()
	defer s.mu.RUnlock()
	return s.byName[name]
}
