package access

import (
	"log/slog"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
)

// Control applies [Rules] to the clients of a database, and tells them when their
// rights change: when an input of a rule does, when a record gets another group, and
// when other rules come into force. Until Use is called everybody may do everything.
// Set its fields first. Its methods may be called from any goroutine, but not with
// a record locked.
type Control struct {
	Database *record.Database
	// ByAddress matches hosts by the address that a client calls from, instead of by
	// the name that it says it has (base: asCheckClientIP). Names in HAGs are looked up
	// by [Control.Resolve].
	ByAddress bool
	Log       *slog.Logger // nil: slog.Default()

	using  sync.Mutex // of the inputs' subscriptions; taken before records and mu
	inputs []*input   // of the rules in force
	stop   []func()   // that end the watching of the database

	// changed under mu
	live    atomic.Pointer[live] // nil: everybody may do everything
	version atomic.Uint32        // of everything that rights depend on

	mu       sync.Mutex // taken with records locked; nothing is taken under it but what changed takes
	sessions map[*Session]struct{}
	resolved map[string][]string // addresses of the hosts' names, sorted
	resolve  chan struct{}       // of one: look up now; nil: nobody looks up
}

// live are rules in force, by their groups, with the values of their inputs.
type live struct {
	groups map[string]*liveGroup // immutable
}

// find is the group of that name, or DEFAULT.
func (l *live) find(name string) *liveGroup {
	if g := l.groups[name]; g != nil {
		return g
	}
	return l.groups[defaultGroup]
}

type liveGroup struct {
	*group // immutable

	// guarded by Control.mu
	values  [maxInputs]float64
	bad     uint32 // inputs that have no value to go by
	results []result
}

// result is that of a rule's CALC.
type result struct {
	met   bool // by the values that the inputs have, or had last: VAL in the next
	holds bool // it is met, and the inputs that it uses are good
}

func (c *Control) log() *slog.Logger {
	if c.Log != nil {
		return c.Log
	}
	return slog.Default()
}

// Use puts rules into force in place of those before, for the clients that are
// connected, too. Inputs that are not PVs of the database count as bad until they
// are there: rules that use them do not match.
func (c *Control) Use(r *Rules) {
	c.using.Lock()
	defer c.using.Unlock()
	if c.stop == nil {
		_, unwatch := c.Database.Watch(c.recordsChanged)
		c.stop = []func(){unwatch, c.Database.WatchGroups(c.regrouped)}
	}
	var inputs []*input
	l := &live{groups: make(map[string]*liveGroup, len(r.groups))}
	for name, g := range r.groups {
		lg := &liveGroup{group: g, bad: g.declared(), results: make([]result, len(g.rules))}
		l.groups[name] = lg
		for i := range g.inputs {
			if in := &g.inputs[i]; in.PV != "" {
				inputs = append(inputs, &input{control: c, live: l, group: lg, index: i, pv: in.PV})
			}
		}
	}
	for _, in := range inputs {
		if !in.connect() {
			c.log().Warn("access security: input is no PV here, its rules do not match", "group", in.group.name, "pv", in.pv)
		}
	}
	c.mu.Lock()
	c.live.Store(l)
	c.changed()
	if c.resolve != nil {
		select {
		case c.resolve <- struct{}{}:
		default:
		}
	}
	c.mu.Unlock()
	for _, in := range c.inputs {
		in.disconnect()
	}
	c.inputs = inputs
}

// Close ends the watching of the database: rights do not change any more.
func (c *Control) Close() {
	c.using.Lock()
	defer c.using.Unlock()
	for _, stop := range c.stop {
		stop()
	}
	for _, in := range c.inputs {
		in.disconnect()
	}
	c.stop, c.inputs = nil, nil
}

// recordsChanged connects inputs to records that have been added, and disconnects
// them from those that have been removed.
func (c *Control) recordsChanged(changes []record.Change) {
	c.using.Lock()
	defer c.using.Unlock()
	for _, change := range changes {
		for _, in := range c.inputs {
			switch {
			case !change.Removed && in.source == nil:
				in.connect()
			case change.Removed && in.record == change.Record:
				in.disconnect()
				in.set(0, false)
			}
		}
	}
}

// changed tells all sessions that rights may be different; c.mu is held.
func (c *Control) changed() {
	c.version.Add(1)
	for s := range c.sessions {
		s.changed()
	}
}

// regrouped takes note that a record has another group; it is locked.
func (c *Control) regrouped(*record.Record) {
	c.mu.Lock()
	defer c.mu.Unlock()
	c.changed()
}

// Session is what one client, as one user, may do. It belongs to one goroutine.
type Session struct {
	control    *Control
	user, host string
	changed    func()

	version uint32 // of what is known
	known   map[place]verdict
}

// place is all of a field that rules ask for. There are no more of them than the
// rules have groups and levels, whatever groups clients write to ASG.
type place struct {
	group *liveGroup
	level int
}

type verdict struct {
	access protocol.Access
	trap   bool
}

// Open begins the session of a client that calls itself user at host and calls from
// address. changed is called, perhaps with a record locked, when what
// [Session.Rights] says may be different; it must not block, and must not call the
// control or the session.
func (c *Control) Open(user, host, address string, changed func()) *Session {
	if c.ByAddress {
		host = address
	}
	s := &Session{control: c, user: user, host: strings.ToLower(host), changed: changed, known: make(map[place]verdict)}
	c.mu.Lock()
	defer c.mu.Unlock()
	if c.sessions == nil {
		c.sessions = make(map[*Session]struct{})
	}
	c.sessions[s] = struct{}{}
	return s
}

// Close ends the session: changed is not called any more.
func (s *Session) Close() {
	s.control.mu.Lock()
	defer s.control.mu.Unlock()
	delete(s.control.sessions, s)
}

// Rights is what the client may do with f, and whether its writes to f are to be told
// to those who listen for them (TRAPWRITE). That f may not be written by anybody is
// not looked at.
func (s *Session) Rights(f record.Field) (access protocol.Access, trap bool) {
	c := s.control
	if version := c.version.Load(); s.version != version {
		s.version = version
		clear(s.known)
	}
	l := c.live.Load()
	if l == nil {
		return protocol.AccessRead | protocol.AccessWrite, false
	}
	p := place{l.find(f.Record().ASG()), f.ASL()}
	v, ok := s.known[p]
	if !ok {
		v = c.judge(p, s)
		s.known[p] = v
	}
	return v.access, v.trap
}

// judge applies the rules.
func (c *Control) judge(p place, s *Session) (v verdict) {
	c.mu.Lock()
	defer c.mu.Unlock()
	from := func(hosts names) bool { return hosts[s.host] || c.ByAddress && c.isAddressOf(s.host, hosts) }
	v.access, v.trap = p.group.grant(p.level, s.user, from, func(i int) bool { return p.group.results[i].holds })
	return v
}
