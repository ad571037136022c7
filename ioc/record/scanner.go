package record

import (
	"cmp"
	"context"
	"slices"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/pv"
)

// scanner processes the records that have a period: one goroutine a period in
// use.
type scanner struct {
	choices atomic.Pointer[scanMenu]

	mu    sync.Mutex // taken with a record's lock held, never the other way round
	lists []*scanList
	ctx   context.Context // of Run; nil: not running
	began time.Time       // Run
	done  sync.WaitGroup  // the goroutines of Run
}

// scanMenu is the SCAN menu: base's, and the other periods of this database.
type scanMenu struct {
	scans []Scan
	info  *pv.Info
}

// scanList is the records of one period.
type scanList struct {
	scan     Scan
	ticks    atomic.Uint64
	overruns atomic.Uint64
	due      atomic.Int64 // when the next tick is, in ns since scanner.began

	// guarded by scanner.mu
	records []*Record
	version uint64
	started bool
}

// ScanStat counts what happened to a period.
type ScanStat struct {
	Scan     Scan
	Records  int    // that have it now
	Ticks    uint64 // how often they were processed
	Overruns uint64 // ticks that fell out because the last one took too long
}

// Scans lists the periods that are or have been in use, the shortest first.
func (db *Database) Scans() []ScanStat {
	s := &db.scanner
	s.mu.Lock()
	defer s.mu.Unlock()
	var all []ScanStat
	for _, l := range s.lists {
		all = append(all, ScanStat{l.scan, len(l.records), l.ticks.Load(), l.overruns.Load()})
	}
	slices.SortFunc(all, func(a, b ScanStat) int { return cmp.Compare(a.Scan.every, b.Scan.every) })
	return all
}

// Run processes the records with PINI, then scans until ctx ends. It returns nil
// when all its goroutines have ended; what devices still do is theirs to end.
// Only one Run at a time.
func (db *Database) Run(ctx context.Context) error {
	s := &db.scanner
	db.mu.Lock()
	s.mu.Lock()
	if s.ctx != nil {
		s.mu.Unlock()
		db.mu.Unlock()
		panic("record: Run of a database that runs already")
	}
	s.ctx, s.began = ctx, time.Now()
	s.mu.Unlock()
	all := slices.Clone(db.order)
	db.mu.Unlock()
	s.startUp(ctx, all)

	s.mu.Lock()
	for _, l := range s.lists {
		s.start(l)
	}
	s.mu.Unlock()
	<-ctx.Done()
	s.mu.Lock()
	s.ctx = nil
	s.mu.Unlock()
	s.done.Wait()
	return nil
}

func (s *scanner) running() bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.ctx != nil
}

// move puts r into the list of scan, out of the one it is in. r's lock is held.
func (s *scanner) move(r *Record, scan Scan) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if l := r.list; l != nil {
		last := len(l.records) - 1
		l.records[r.listIndex] = l.records[last]
		l.records[r.listIndex].listIndex = r.listIndex
		l.records[last] = nil
		l.records = l.records[:last]
		l.version++
		r.list = nil
	}
	if scan.Period() == 0 {
		return
	}
	s.addChoice(scan)
	l := s.list(scan)
	r.list, r.listIndex = l, int32(len(l.records))
	l.records = append(l.records, r)
	l.version++
	s.start(l)
}

func (s *scanner) list(scan Scan) *scanList {
	for _, l := range s.lists {
		if l.scan == scan {
			return l
		}
	}
	l := &scanList{scan: scan}
	s.lists = append(s.lists, l)
	return l
}

// start starts the goroutine of l if Run is on; mu is held.
func (s *scanner) start(l *scanList) {
	if s.ctx == nil || l.started {
		return
	}
	l.started = true
	ctx, began := s.ctx, s.began
	next := time.Now().Add(l.scan.every)
	l.due.Store(int64(next.Sub(began)))
	// Ends with ctx.
	s.done.Go(func() { s.scan(ctx, l, began, next) })
}

// scan processes the records of l once a period. The ticks stand on a grid that
// begins at next, so that they do not drift; those that have passed when the records
// are through are counted and left out.
func (s *scanner) scan(ctx context.Context, l *scanList, began, next time.Time) {
	var records []*Record
	var version uint64
	period := l.scan.every
	timer := time.NewTimer(time.Until(next))
	defer timer.Stop()
	for {
		select {
		case <-ctx.Done():
			s.mu.Lock()
			l.started = false
			s.mu.Unlock()
			return
		case <-timer.C:
		}
		s.mu.Lock()
		if version != l.version {
			version = l.version
			clear(records)
			records = append(records[:0], l.records...)
			sortByPhase(records)
		}
		s.mu.Unlock()
		for _, r := range records {
			r.scanned(l.scan)
		}
		l.ticks.Add(1)
		next = next.Add(period)
		if late := time.Since(next); late >= 0 {
			missed := late/period + 1
			l.overruns.Add(uint64(missed))
			next = next.Add(missed * period)
		}
		l.due.Store(int64(next.Sub(began)))
		timer.Reset(time.Until(next))
	}
}

// scanned processes the record unless it has changed to another scan meanwhile.
func (r *Record) scanned(scan Scan) {
	r.lock.Lock()
	defer r.lock.Unlock()
	if r.scan == scan {
		r.process()
	}
}

var baseMenu = &scanMenu{scans: menuScans, info: &pv.Info{Choices: menuChoices["menuScan"]}}

func (s *scanner) current() *scanMenu {
	if m := s.choices.Load(); m != nil {
		return m
	}
	return baseMenu
}

func (s *scanner) menu() *pv.Info { return s.current().info }

// index is the place of scan in the menu.
func (s *scanner) index(scan Scan) int { return slices.Index(s.current().scans, scan) }

// at is the scan at place i of the menu.
func (s *scanner) at(i int) (Scan, error) {
	m := s.current()
	if i >= len(m.scans) || m.scans[i] == event {
		return Scan{}, errChoice
	}
	return m.scans[i], nil
}

// addChoice adds a period to the menu; mu is held.
func (s *scanner) addChoice(scan Scan) {
	m := s.current()
	if slices.Contains(m.scans, scan) {
		return
	}
	s.choices.Store(&scanMenu{
		scans: append(slices.Clip(m.scans), scan),
		info:  &pv.Info{Choices: append(slices.Clip(m.info.Choices), scan.String())},
	})
}
