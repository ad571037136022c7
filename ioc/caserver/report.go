package caserver

import (
	"context"
	"fmt"
	"io"
	"net/netip"
	"slices"
	"strconv"
	"strings"
	"time"
	"unicode"
	"unicode/utf8"
)

// Report is what a server tells of itself and its clients, as the C server's casr does.
// As JSON it is what json.Marshal makes of it, as text what WriteText prints.
type Report struct {
	Time     time.Time        `json:"time"`
	Port     uint16           `json:"port"`     // TCP
	Records  int              `json:"records"`  // that are served
	Circuits []string         `json:"circuits"` // addresses where clients are accepted
	Names    []string         `json:"names"`    // addresses where searches are heard
	Beacons  []netip.AddrPort `json:"beacons"`  // where beacons go
	Ignored  []netip.Addr     `json:"ignored"`  // whose searches are not answered
	Stats
	BufferBytes int64 `json:"buffer_bytes"` // of Limits.BufferBytes that are in use
	level       int
}

// Levels of a [Server.Report].
const (
	ReportServer   = iota // the server alone
	ReportClients         // and each client
	ReportChannels        // and each client's channels
)

// channelPause is how long a client may take to tell its channels: one that waits for
// its turn to write does not answer.
const channelPause = time.Second

// Report tells what the server does, in as much detail as level, one of the Report
// constants, asks for. With ReportChannels it may take a second, or until ctx ends, when
// clients are busy; their channels are missing then. It may be called at any time after
// Listen and from any goroutine.
func (s *Server) Report(ctx context.Context, level int) Report {
	r := Report{Time: time.Now(), Port: s.Port(), Records: s.Database.Len(), Stats: s.Stats(), BufferBytes: s.requests.used.Load() + s.budget.used.Load(), level: level}
	s.sockets.mu.Lock()
	for _, l := range s.sockets.listeners {
		r.Circuits = append(r.Circuits, l.Addr().String())
	}
	for _, u := range s.sockets.searches {
		r.Names = append(r.Names, u.in.LocalAddr().String())
	}
	r.Beacons = slices.Clone(s.sockets.beaconTo)
	s.sockets.mu.Unlock()
	if ignored := s.ignored.Load(); ignored != nil {
		r.Ignored = *ignored
	}
	switch {
	case level < ReportClients:
		r.Clients = nil
	case level >= ReportChannels:
		s.addChannels(ctx, &r)
	}
	return r
}

// addChannels asks every client's reader for its channels.
func (s *Server) addChannels(ctx context.Context, r *Report) {
	type list struct {
		peer  string
		names []string
	}
	s.mu.Lock()
	lists := make(chan list, len(s.clients))
	asked := len(s.clients)
	for c := range s.clients {
		c.ask(func() { lists <- list{c.peer, c.channelNames()} })
	}
	s.mu.Unlock()
	late := time.NewTimer(channelPause)
	defer late.Stop()
	for range asked {
		select {
		case l := <-lists:
			for i := range r.Clients {
				if r.Clients[i].Peer == l.peer {
					r.Clients[i].Names = l.names
				}
			}
		case <-late.C:
			return
		case <-ctx.Done():
			return
		}
	}
}

// channelNames are the names of the client's channels; the reader's.
func (c *client) channelNames() []string {
	names := []string{}
	for _, ch := range c.circuit.Channels().All() {
		f := fieldOf(ch)
		name := f.Record().Name()
		if f.Name() != "VAL" || channelOf(ch).filter != nil {
			name += "." + f.Name() + channelOf(ch).filter.String()
		}
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// WriteText prints the report.
func (r *Report) WriteText(w io.Writer) error {
	var b strings.Builder
	since := func(t time.Time) string {
		if t.IsZero() {
			return "never"
		}
		return r.Time.Sub(t).Round(100*time.Millisecond).String() + " ago"
	}
	fmt.Fprintf(&b, "Channel Access server: %s, TCP port %d, %s, %s\n",
		plural(r.Records, "record"), r.Port, plural(r.Connected, "client"), plural(r.AllChannels, "channel"))
	fmt.Fprintf(&b, "  connections: %d accepted, %d refused; searches: %d, of them %d found; large buffers: %d bytes\n",
		r.Accepted, r.Refused, r.Searches, r.Found, r.BufferBytes)
	fmt.Fprintf(&b, "  accepts on %s; hears searches on %s\n", texts(r.Circuits), texts(r.Names))
	fmt.Fprintf(&b, "  beacons to %s; ignores %s\n", texts(r.Beacons), texts(r.Ignored))
	for _, l := range r.Limits {
		if l.Held > 0 {
			fmt.Fprintf(&b, "  limit %s: %v, held back %d times\n", l.Name, l.Value, l.Held)
		}
	}
	for i := range r.Clients {
		c := &r.Clients[i]
		fmt.Fprintf(&b, "%s (%s@%s), V4.%d, priority %d, connected %s\n", c.Peer, printable(c.User), printable(c.Host), c.Minor, c.Priority, since(c.Since))
		fmt.Fprintf(&b, "  %s, %s; %d events, %d drops; last received %s, sent %s\n",
			plural(c.Channels, "channel"), plural(c.Subscriptions, "subscription"), c.Events, c.Drops, since(c.LastReceived), since(c.LastSent))
		fmt.Fprintf(&b, "  %d bytes received, %d sent, %d not taken yet, %d events waiting\n", c.Received, c.Sent, c.Undelivered, c.Waiting)
		for _, name := range c.Names {
			fmt.Fprintf(&b, "    %s\n", printable(name))
		}
		if r.level >= ReportChannels && c.Names == nil {
			fmt.Fprintf(&b, "    busy: its channels are not known\n")
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// printable is s as it can be shown on a terminal: what a client calls itself or its channels
// may hold anything.
func printable(s string) string {
	if utf8.ValidString(s) && strings.IndexFunc(s, func(r rune) bool { return !unicode.IsPrint(r) }) < 0 {
		return s
	}
	return strconv.Quote(s)
}

func plural(n int, what string) string {
	if n == 1 {
		return "1 " + what
	}
	return fmt.Sprintf("%d %ss", n, what)
}

// texts lists addresses.
func texts[T any](list []T) string {
	if len(list) == 0 {
		return "none"
	}
	parts := make([]string, len(list))
	for i, x := range list {
		parts[i] = fmt.Sprint(x)
	}
	return strings.Join(parts, " ")
}
