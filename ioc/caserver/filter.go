package caserver

import (
	"strings"

	"github.com/ioclet/ioclet/ioc/filter"
	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol/dbr"
)

// channel finds the field that a client has named, and makes a channel with the filters
// that stand behind it.
func (s *Server) channel(name string) (*channel, error) {
	f, rest, err := s.Database.Resolve(name)
	if err != nil {
		return nil, err
	}
	ch := &channel{field: f}
	if rest != "" {
		ch.filter, err = filter.Open(rest, sourceOf(f), s.States)
	}
	return ch, err
}

// sourceOf is f as filters want to know it.
func sourceOf(f record.Field) filter.Source {
	from := filter.Source{Kind: f.Kind(), Count: f.Count()}
	if name, long := strings.CutSuffix(f.Name(), "$"); long {
		from.Long = true
		t := f.Record().Type()
		from.Ended = name != "VAL" || t != record.LSI && t != record.LSO
	}
	return from
}

// shape is the type and count that a client is told.
func (ch *channel) shape() (dbr.Type, uint32) {
	if ch.filter == nil {
		return dbr.Native(ch.field.Kind()), ch.field.Count()
	}
	return dbr.Native(ch.filter.Kind()), ch.filter.Count()
}
