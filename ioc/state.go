package ioc

import (
	"fmt"

	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/pv"
)

// State is a named state of an IOC, on or off: clients let events through by it with
// the channel filter sync, as in REC.{sync:{while:"beam"}}. Its methods may be called
// from any goroutine and do not block.
type State = filter.State

// State is the IOC's state of that name; it is made, and off, when it is first asked
// for. Clients cannot make states: a channel that names one that the IOC does not have
// is refused.
func (i *IOC) State(name string) *State { return i.states.State(name) }

// FollowState makes the state of that name follow r: it is on while r's value,
// as clients' monitors see it, is a number other than zero. A record that is removed
// leaves the state as it is. The error says that r has no such value.
func (i *IOC) FollowState(name string, r *record.Record) error {
	if r.Type().Array() || r.Value().Kind() == pv.String {
		return fmt.Errorf("state %q: pv %q is no number", name, r.Name())
	}
	r.Value().Subscribe(pv.EventValue|pv.EventLog, stateFollower{i.State(name)})
	return nil
}

// stateFollower sets a state by the events of a record.
type stateFollower struct{ state *State }

// Post is called with the record locked.
func (f stateFollower) Post(s *pv.Sample, _ pv.Mask) {
	x := s.Value.Float64()
	f.state.Set(x != 0 && x == x)
}
