package main

// panel has the curves of ours and softIoc over the numbers x.
func (r *results) panel(title, key string, x []int) panel {
	p := panel{title: title}
	for _, peer := range r.peers[:2] {
		c := curve{name: peer.name, x: x}
		for _, n := range x {
			c.y = append(c.y, r.median(peer, at(key, n)))
		}
		p.curves = append(p.curves, c)
	}
	return p
}

// overPVs shows that an operation costs the same however many PVs there are.
func (r *results) overPVs() plot {
	return plot{"CPU per operation, µs", "PVs", []panel{
		r.panel("search", "search", sizes),
		r.panel("connect a channel", "connect", sizes),
		r.panel("get", "get", sizes),
		r.panel("put with completion", "put", sizes),
		r.panel("the same and its event", "event", sizes),
	}}
}

// overSubscribers shows that an event costs no more with more subscribers.
func (r *results) overSubscribers() plot {
	return plot{"CPU per event, µs", "subscribers", []panel{
		r.panel("event", "crowd", crowdSizes),
	}}
}
