package access

import (
	"context"
	"net/netip"
	"slices"
	"time"
)

// isAddressOf reports whether address is one of a host of the group whose name has
// been looked up; c.mu is held.
func (c *Control) isAddressOf(address string, hosts names) bool {
	for h := range hosts {
		if slices.Contains(c.resolved[h], address) {
			return true
		}
	}
	return false
}

// resolveAgain is how long Resolve waits before it looks up again.
const resolveAgain = time.Minute

// Resolve looks up the names of the hosts in the rules, when they come into force and
// each minute until ctx ends, for a control that goes [Control].ByAddress: hosts match
// once their names have been found. lookup is such as [net.Resolver.LookupHost]. A
// name that is not found is logged when that begins; its addresses stay those of before.
func (c *Control) Resolve(ctx context.Context, lookup func(ctx context.Context, host string) ([]string, error)) {
	resolve := make(chan struct{}, 1)
	c.mu.Lock()
	c.resolve = resolve
	c.mu.Unlock()
	failed := map[string]bool{}
	for ctx.Err() == nil {
		for _, host := range c.hostNames() {
			addresses, err := lookup(ctx, host)
			if ctx.Err() != nil {
				return
			}
			if err != nil && !failed[host] {
				c.log().Warn("access security: host not found, it does not match", "host", host, "err", err)
			}
			if failed[host] = err != nil; err == nil {
				c.setAddresses(host, addresses)
			}
		}
		select {
		case <-ctx.Done():
		case <-resolve:
		case <-time.After(resolveAgain):
		}
	}
}

// hostNames are the hosts in the rules that are not addresses.
func (c *Control) hostNames() []string {
	l := c.live.Load()
	if l == nil {
		return nil
	}
	var list []string
	for _, g := range l.groups {
		for i := range g.rules {
			for h := range g.rules[i].hosts {
				if _, err := netip.ParseAddr(h); err != nil {
					list = append(list, h)
				}
			}
		}
	}
	slices.Sort(list)
	return slices.Compact(list)
}

func (c *Control) setAddresses(host string, addresses []string) {
	addresses = slices.Sorted(slices.Values(addresses)) // name servers turn them round
	c.mu.Lock()
	defer c.mu.Unlock()
	if slices.Equal(c.resolved[host], addresses) {
		return
	}
	if c.resolved == nil {
		c.resolved = make(map[string][]string)
	}
	c.resolved[host] = addresses
	c.changed()
}
