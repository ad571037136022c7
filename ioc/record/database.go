package record

import (
	"bytes"
	"fmt"
	"iter"
	"log/slog"
	"maps"
	"slices"
	"strings"
	"sync"
	"sync/atomic"

	"github.com/ioclet/ioclet/pv"
)

// Database holds records and scans them. The zero Database is empty and ready
// to use; its methods may be called from any goroutine.
type Database struct {
	log      atomic.Pointer[slog.Logger]
	timeless atomic.Bool // see HoldTime

	names names // writers hold mu

	mu        sync.Mutex
	order     []*Record // as added, and some that have left; appended to only, or replaced
	gone      int       // how many of order have left
	aliases   map[*Record][]string
	infoTags  map[*Record]map[string]string
	listeners []*listener // copied on write
	telling   bool        // some goroutine tells the listeners
	scanner   scanner

	regrouped atomic.Pointer[[]*func(*Record)] // of WatchGroups; writers hold mu
}

// NotFoundError says that there is no such record, or no such field of it.
type NotFoundError struct {
	Record string
	Field  string // "" if the record does not exist
}

func (e *NotFoundError) Error() string {
	if e.Field == "" {
		return fmt.Sprintf("no record %q", e.Record)
	}
	return fmt.Sprintf("record %q has no field %q", e.Record, e.Field)
}

// Add makes a record, before Run or beside it. The error is a [*SpecError]. It may not
// be called from within a [Device], [Subscriber] or [Completion].
func (db *Database) Add(s Spec) (*Record, error) {
	r, err := newRecord(db, &s)
	if err != nil {
		return nil, err
	}
	db.mu.Lock()
	all := append([]string{s.Name}, s.Aliases...)
	for i, n := range all {
		if db.names.find(n) != nil || slices.Contains(all[:i], n) {
			db.mu.Unlock()
			return nil, &SpecError{Record: s.Name, Field: "NAME", Err: fmt.Errorf("%q: %w", n, ErrDuplicate)}
		}
	}
	if !r.is(udf) {
		r.sample.Time = db.stamp(pv.Stamp{}) // HoldTime comes before, or sees the record
	}
	for i, n := range all {
		all[i] = strings.Clone(n)
		db.names.add(all[i], r)
	}
	if len(all) > 1 {
		if db.aliases == nil {
			db.aliases = make(map[*Record][]string)
		}
		db.aliases[r] = all[1:]
	}
	if len(s.InfoTags) > 0 {
		if db.infoTags == nil {
			db.infoTags = make(map[*Record]map[string]string)
		}
		db.infoTags[r] = maps.Clone(s.InfoTags)
	}
	db.order = append(db.order, r)
	running := db.scanner.running()
	db.note(Change{Record: r})
	db.mu.Unlock()
	r.enter(running)
	db.tell()
	return r, nil
}

// enter has a new record scanned.
func (r *Record) enter(running bool) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.removed.Load() {
		return
	}
	r.db.scanner.move(r, r.scan)
	if running && r.starts() {
		r.initial()
	}
}

// Record is the record of that name or alias, nil if there is none.
func (db *Database) Record(name string) *Record { return db.names.find(name) }

// Lookup finds a field: "REC" and "REC.VAL" are the value, "REC.EGU" another
// field, "REC.DESC$" the whole of a string as an array of characters. The error
// is a [*NotFoundError].
func (db *Database) Lookup(name string) (Field, error) {
	f, rest, err := db.Resolve(name)
	if err == nil && rest != "" {
		rec, field, _ := strings.Cut(name, ".")
		return Field{}, &NotFoundError{Record: rec, Field: field}
	}
	return f, err
}

// Resolve is Lookup of a name with something behind it, a channel filter perhaps:
// "REC.VAL[1:3]", "REC.{ts:{}}". It returns what stands there, unread.
func (db *Database) Resolve(name string) (f Field, rest string, err error) {
	rec, field, dotted := strings.Cut(name, ".")
	r := db.names.find(rec)
	if r == nil {
		return Field{}, "", &NotFoundError{Record: rec}
	}
	if !dotted {
		return Field{rec: r, def: r.value()}, "", nil
	}
	n := fieldName(field)
	base := field[:n]
	rest, long := strings.CutPrefix(field[n:], "$")
	def := r.value()
	if base != "" {
		def = r.fields.find(base)
	}
	if def == nil || long && r.kindOf(def) != pv.String {
		return Field{}, "", &NotFoundError{Record: rec, Field: field}
	}
	return Field{rec: r, def: def, long: long}, rest, nil
}

// fieldName is how many bytes at the front of s can be a field's name (base:
// dbStaticLib.c dbFindFieldPart).
func fieldName[T string | []byte](s T) int {
	for i := range len(s) {
		switch c := s[i]; {
		case c >= 'A' && c <= 'Z' || c >= 'a' && c <= 'z' || c == '_':
		case c >= '0' && c <= '9' && i > 0:
		default:
			return i
		}
	}
	return len(s)
}

// Has reports whether name, as a client searches for it, is a field of a record
// here. As in base, what follows the field's name (a '$', a filter, anything) is
// not looked at. It takes no lock and does not allocate.
func (db *Database) Has(name []byte) bool {
	rec, field, dotted := bytes.Cut(name, []byte{'.'})
	r := db.names.get(rec)
	if r == nil || !dotted {
		return r != nil
	}
	field = field[:fieldName(field)]
	return len(field) == 0 || r.fields.get(field) != nil
}

// Records lists the records in the order they were added: those that exist when
// the loop begins and have not been removed when it comes to them.
func (db *Database) Records() iter.Seq[*Record] {
	return func(yield func(*Record) bool) {
		db.mu.Lock()
		all := db.order
		db.mu.Unlock()
		for _, r := range all {
			if !r.Removed() && !yield(r) {
				return
			}
		}
	}
}

// Len is the number of records.
func (db *Database) Len() int {
	db.mu.Lock()
	defer db.mu.Unlock()
	return len(db.order) - db.gone
}

// Aliases are the other names of a record, in the order they were given; none after
// its removal.
func (db *Database) Aliases(r *Record) []string {
	db.mu.Lock()
	defer db.mu.Unlock()
	return slices.Clone(db.aliases[r])
}

// InfoTags are what a record was added with; none after its removal.
func (db *Database) InfoTags(r *Record) map[string]string {
	db.mu.Lock()
	defer db.mu.Unlock()
	return maps.Clone(db.infoTags[r])
}

// SetLog says who is told of the processing of records with TPRO; at first it is
// slog.Default(). The logger is called with the record locked.
func (db *Database) SetLog(log *slog.Logger) { db.log.Store(log) }

// trace logs that a record with TPRO processes.
func (db *Database) trace(r *Record, q request) {
	log := db.log.Load()
	if log == nil {
		log = slog.Default()
	}
	log.Info("process", "pv", r.name, "put", q.put, "value", r.sample.Value.String())
}
