package filter

import "github.com/ioclet/ioclet/pv"

// Source is a field as a channel without filters shows it.
type Source struct {
	Kind  pv.Kind
	Count uint32 // most elements
	Long  bool   // a text as characters ("$"), which for a slice has Count of them whatever it holds
	Ended bool   // … and ends with its first NUL: a field of strings of at most 39 bytes
}

// filter is a gate or a converter.
type filter any

// Chain is the filters of a channel, in order. It does not change; its methods may be
// called from any goroutine. The nil Chain has no filters.
type Chain struct {
	text       string
	gates      []gate // before their first event
	converters []converter
	to         Source
	retyped    bool // a time stamp in place of a value that is no float
	restamps   bool
	tagged     bool
}

// Open is the filters that text, what a client has written behind the name of a field,
// asks for on that field; nil if it asks for none. States are those that the IOC has;
// nil has none. The error is an [*Error].
func Open(text string, from Source, states *States) (*Chain, error) {
	filters, err := parse(text, states)
	if err != nil || len(filters) == 0 {
		return nil, err
	}
	c := &Chain{text: text, to: from}
	for _, f := range filters {
		switch f := f.(type) {
		case gate:
			c.gates = append(c.gates, f)
			_, restamps := f.(restamp)
			_, tagged := f.(*utag)
			c.restamps, c.tagged = c.restamps || restamps, c.tagged || tagged
		case converter:
			bound, to := f.bind(c.to)
			if bound != nil {
				c.converters = append(c.converters, bound)
				c.to = to
			}
		}
	}
	c.retyped = c.to.Kind == pv.Float64 && !from.Kind.IsFloat()
	return c, nil
}

// String is the text that the chain was made of, "" for the nil Chain.
func (c *Chain) String() string {
	if c == nil {
		return ""
	}
	return c.text
}

// Kind is the kind of the channel's elements.
func (c *Chain) Kind() pv.Kind { return c.to.Kind }

// Count is how many elements of a full field the channel has, which is what clients
// are told (base: arr.c channel_open). Of a shorter one there may be more, where one
// index counts from the end and the other from the beginning: [-2:0].
func (c *Chain) Count() uint32 { return c.to.Count }

// Picks reports whether a filter decides about events.
func (c *Chain) Picks() bool { return c != nil && len(c.gates) > 0 }

// Read is what a client that reads the channel gets of s: filters that decide about
// events let it through.
func (c *Chain) Read(s pv.Sample) pv.Sample {
	if c == nil {
		return s
	}
	if c.restamps {
		s, _ = restamp{}.pass(s, 0, 0)
	}
	return c.Convert(s)
}

// Convert is s, which has passed a [Monitor], as it is sent. A number costs no memory,
// nor does the larger part of an array, which it shares.
func (c *Chain) Convert(s pv.Sample) pv.Sample {
	if c == nil {
		return s
	}
	for _, f := range c.converters {
		s.Value = f.convert(s)
	}
	return s
}

// Info is what is shown beside the value, where i, which may be nil, is what is shown
// beside the field's.
func (c *Chain) Info(i *pv.Info) *pv.Info {
	if c == nil || !c.retyped || i == nil {
		return i
	}
	info := *i
	info.Precision = 6 // as base has it for a field without PREC
	return &info
}

// Monitor is the filters of one subscription, with what they keep from event to event.
// The nil Monitor has no filters. Pass is not safe for concurrent use: the lock of the
// record whose events it sees guards it.
type Monitor struct {
	chain *Chain
	gates []gate
}

// Monitor makes the filters of a subscription; nil if there are none.
func (c *Chain) Monitor() *Monitor {
	if c == nil {
		return nil
	}
	m := &Monitor{chain: c, gates: make([]gate, len(c.gates))}
	for i, g := range c.gates {
		m.gates[i] = g.fork()
	}
	return m
}

// Chain is the channel's filters; its methods are safe for concurrent use.
func (m *Monitor) Chain() *Chain {
	if m == nil {
		return nil
	}
	return m.chain
}

// Tagged reports whether a filter goes by the user tag.
func (m *Monitor) Tagged() bool { return m != nil && m.chain.tagged }

// Pass is what becomes of an event s, of the classes in mask and with the record's user
// tag, if it is Tagged; ok is false if the client does not get it. It allocates nothing.
func (m *Monitor) Pass(s pv.Sample, mask pv.Mask, tag uint64) (t pv.Sample, ok bool) {
	if m == nil {
		return s, true
	}
	for _, g := range m.gates {
		if s, ok = g.pass(s, mask, tag); !ok {
			return s, false
		}
	}
	return s, true
}
