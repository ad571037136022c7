package ioc

import (
	"context"
	"net"

	"github.com/ioclet/ioclet/ioc/access"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
)

// UseAccess puts access security rules into force, in place of those before. It may be
// called before Run and at any time beside it: clients that are connected are told
// what rights they have now. Before its first call everybody may do everything. It is of
// no effect on an IOC with a Policy.
//
//	rules, err := access.Load("site.acf", map[string]string{"P": "BENCH:"})
//	if err == nil {
//		bench.UseAccess(rules)
//	}
func (i *IOC) UseAccess(rules *access.Rules) {
	i.accessControl().Use(rules)
}

// accessControl is what applies access rules, made when it is asked for first.
func (i *IOC) accessControl() *access.Control {
	i.controlled.Do(func() {
		i.control.Database, i.control.ByAddress, i.control.Log = i.database, i.HostsByAddress, i.log()
	})
	return &i.control
}

// policy is what an IOC lets its clients do.
type policy struct{ ioc *IOC }

func (p policy) Open(who caserver.Identity, changed func()) caserver.Session {
	s := session{ioc: p.ioc}
	if p.ioc.Policy != nil {
		s.Session = p.ioc.Policy.Open(who, changed)
	} else {
		s.Session = p.ioc.control.Open(who.User, who.Host, who.Address.String(), changed)
	}
	return s
}

type session struct {
	caserver.Session
	ioc *IOC
}

func (s session) Rights(f record.Field) (a protocol.Access, trap bool) {
	a, trap = s.Session.Rights(f)
	if s.ioc.ReadOnly {
		a &^= protocol.AccessWrite
	}
	return a, trap
}

// secure has the server ask the IOC what clients may do, and tell its PutLog.
func (i *IOC) secure(s *caserver.Server) {
	i.accessControl()
	s.Policy = policy{i}
	if i.PutLog == nil {
		return
	}
	s.AllPuts = i.PutLog.All
	s.OnPut = func(p caserver.Put) { i.PutLog.Add(access.Put(p)) }
}

// resolveHosts finds the addresses of the hosts that access rules name, until ctx ends.
func (i *IOC) resolveHosts(ctx context.Context) {
	if i.HostsByAddress {
		i.control.Resolve(ctx, net.DefaultResolver.LookupHost)
	}
}
