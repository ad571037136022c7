package record

import (
	"cmp"
	"context"
	"slices"
)

// The choices of menuPini by which a record processes when the database starts. An
// IOC does not pause here, so that the others never come.
const (
	piniYes = 1 + iota
	piniRun
	piniRunning
)

// starts reports whether the record processes when the database starts; its lock is
// held.
func (r *Record) starts() bool { return r.pini >= piniYes && r.pini <= piniRunning }

// startUp processes the records with PINI: those with YES, then RUN, then RUNNING, and
// each in the order of PHAS (base: iocInit.c piniProcess).
func (s *scanner) startUp(ctx context.Context, all []*Record) {
	s.inOrder(all)
	for choice := uint8(piniYes); choice <= piniRunning; choice++ {
		for _, r := range all {
			if ctx.Err() != nil {
				return
			}
			r.lock.Lock()
			if r.pini == choice {
				r.initial()
			}
			r.lock.Unlock()
		}
	}
}

// inOrder sorts records by PHAS; equal ones keep their order.
func (s *scanner) inOrder(records []*Record) {
	s.mu.Lock()
	defer s.mu.Unlock()
	sortByPhase(records)
}

// sortByPhase is inOrder with mu held.
func sortByPhase(records []*Record) {
	slices.SortStableFunc(records, func(a, b *Record) int { return cmp.Compare(a.phase, b.phase) })
}

// setPhase sets PHAS; the record's lock is held.
func (s *scanner) setPhase(r *Record, phase int16) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r.phase = phase
	if r.list != nil {
		r.list.version++
	}
}
