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

	inForce atomic.Bool // there are rules

	mu       sync.Mutex // taken with records locked; nothing is taken under it but what changed takes
	live     *live      // nil: everybody may do everything
	sessions map[*Session]struct{}
	version  uint32              // of everything that rights depend on, the rules before all
	resolved map[string][]string // addresses of the hosts' names
}

// live are rules with the values of their inputs; guarded by Control.mu.
type live struct {
	rules  *Rules
	groups map[string]*liveGroup
}

type liveGroup struct {
	*group
	values  [maxInputs]float64
	bad     uint32 // inputs that have no value to go by
	results []result
}

// result is that of a rule's CALC.
type result struct {
	value float64 // of the expression: VAL in the next
	met   bool
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
	l := &live{rules: r, groups: make(map[string]*liveGroup, len(r.groups))}
	for name, g := range r.groups {
		lg := &liveGroup{group: g, bad: g.declared(), results: make([]result, len(g.rules))}
		l.groups[name] = lg
		for i, pv := range g.inputs {
			if pv != "" {
				inputs = append(inputs, &input{control: c, live: l, group: lg, index: i, pv: pv})
			}
		}
	}
	for _, in := range inputs {
		if !in.connect() {
			c.log().Warn("access security: input is no PV here, its rules do not match", "group", in.group.name, "pv", in.pv)
		}
	}
	c.mu.Lock()
	c.live = l
	c.inForce.Store(true)
	c.changed()
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
	c.version++
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

	version uint32
	known   map[place]verdict
}

// place is all of a field that rules ask for.
type place struct {
	group string
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
	s := &Session{control: c, user: user, host: strings.ToLower(host), changed: changed}
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
	if !c.inForce.Load() {
		return protocol.AccessRead | protocol.AccessWrite, false
	}
	p := place{f.Record().ASG(), f.ASL()} // locks the record: not under mu
	c.mu.Lock()
	defer c.mu.Unlock()
	if s.version != c.version {
		s.version, s.known = c.version, make(map[place]verdict)
	}
	v, ok := s.known[p]
	if !ok {
		v = c.judge(p, s)
		s.known[p] = v
	}
	return v.access, v.trap
}

// judge applies the rules; c.mu is held.
func (c *Control) judge(p place, s *Session) (v verdict) {
	g := c.live.groups[p.group]
	if g == nil {
		g = c.live.groups[defaultGroup]
	}
	from := func(hosts names) bool { return hosts[s.host] || c.ByAddress && c.isAddressOf(s.host, hosts) }
	v.access, v.trap = g.grant(p.level, s.user, from, func(i int) bool { return g.results[i].met })
	return v
}
