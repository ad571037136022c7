package logfilter

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"net/netip"
	"path"
	"slices"
	"strings"
)

// LevelTrace is the level of single messages, below that of debugging.
const LevelTrace = slog.LevelDebug - 4

// Filter says which records pass. The zero Filter lets those from slog.LevelInfo on
// pass.
type Filter struct {
	// Level is from which level on records pass, whatever they are about. It may be a
	// [slog.LevelVar], changed at any time. nil: slog.LevelInfo.
	Level slog.Leveler

	// Records below Level, but not below Detail, pass if they are about what is chosen
	// here: they carry at least one of the attributes for which something is chosen,
	// and of those that they carry each fits. nil: LevelTrace.
	Detail    slog.Leveler
	PVs       []string // patterns for "pv", as [path.Match] has them, where / is a letter like others: "GH:*"
	Addresses []string // for "peer": "10.0.0.7", or "10.0.0.7:40112"
	Roles     []string // for "role": "server", "client"
}

// Check is the first mistake in the patterns and addresses.
func (f *Filter) Check() error {
	for _, p := range f.PVs {
		if _, err := path.Match(p, ""); err != nil {
			return fmt.Errorf("PV %q: %w", p, err)
		}
	}
	for _, a := range f.Addresses {
		if _, err := netip.ParseAddr(a); err == nil {
			continue
		}
		if _, err := netip.ParseAddrPort(a); err != nil {
			return fmt.Errorf("address %q: expected one such as 10.0.0.7 or 10.0.0.7:40112", a)
		}
	}
	return nil
}

// letters makes the separator of paths a letter like others.
var letters = strings.NewReplacer("/", "\x00")

// New is h behind a filter. h gets no records that do not pass; it has to let all pass
// that come.
func New(h slog.Handler, f Filter) slog.Handler {
	if f.Level == nil {
		f.Level = slog.LevelInfo
	}
	if f.Detail == nil {
		f.Detail = LevelTrace
	}
	return &handler{next: h, filter: &f}
}

var _ slog.Handler = (*handler)(nil)

type handler struct {
	next    slog.Handler
	filter  *Filter
	grouped bool // attributes are no longer on top
	verdict verdict
}

// verdict is what attributes say about a record.
type verdict struct {
	chosen   bool // one fits
	excluded bool // one does not
}

// judge looks at one attribute.
func (v *verdict) judge(f *Filter, a slog.Attr) {
	fits, asked := false, false
	switch a.Key {
	case "pv":
		asked = len(f.PVs) > 0
		fits = asked && slices.ContainsFunc(f.PVs, func(pattern string) bool {
			ok, _ := path.Match(letters.Replace(pattern), letters.Replace(a.Value.String()))
			return ok
		})
	case "peer":
		asked = len(f.Addresses) > 0
		fits = asked && slices.ContainsFunc(f.Addresses, func(address string) bool { return isAt(a.Value.String(), address) })
	case "role":
		asked = len(f.Roles) > 0
		fits = asked && slices.Contains(f.Roles, a.Value.String())
	}
	v.chosen = v.chosen || fits
	v.excluded = v.excluded || asked && !fits
}

// isAt reports whether peer, an address with a port, is the address chosen, with a port
// or without.
func isAt(peer, address string) bool {
	if peer == address {
		return true
	}
	host, _, err := net.SplitHostPort(peer)
	return err == nil && host == address
}

// Enabled is false for details of what is known not to be chosen.
func (h *handler) Enabled(ctx context.Context, level slog.Level) bool {
	if level < h.filter.Level.Level() && (level < h.filter.Detail.Level() || h.verdict.excluded || !h.filter.choosy()) {
		return false
	}
	return h.next.Enabled(ctx, level)
}

// choosy reports whether anything is chosen.
func (f *Filter) choosy() bool { return len(f.PVs)+len(f.Addresses)+len(f.Roles) > 0 }

func (h *handler) Handle(ctx context.Context, r slog.Record) error {
	if r.Level < h.filter.Level.Level() {
		v := h.verdict
		if !h.grouped {
			r.Attrs(func(a slog.Attr) bool {
				v.judge(h.filter, a)
				return !v.excluded
			})
		}
		if !v.chosen || v.excluded {
			return nil
		}
	}
	return h.next.Handle(ctx, r)
}

func (h *handler) WithAttrs(attrs []slog.Attr) slog.Handler {
	c := *h
	c.next = h.next.WithAttrs(attrs)
	if !h.grouped {
		for _, a := range attrs {
			c.verdict.judge(h.filter, a)
		}
	}
	return &c
}

func (h *handler) WithGroup(name string) slog.Handler {
	c := *h
	c.next, c.grouped = h.next.WithGroup(name), h.grouped || name != ""
	return &c
}
