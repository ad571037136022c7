package main

import (
	"encoding/binary"
	"math"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// still measures requests to PVs that change only by them.
func (b *bench) still(p peer, s sample) error {
	r, err := p.start(still)
	if err != nil {
		return err
	}
	defer r.stop()
	l, err := r.connect("B:P0", 20*b.window+time.Minute)
	if err != nil {
		return err
	}
	defer l.close()
	sids, err := l.create(names("P", few))
	if err != nil {
		return err
	}
	get, put := getting(sids[:1], dbrTimeDouble, 1), putting(sids[:1])
	if _, err := l.repeat(get, 1, b.window/4); err != nil { // warm up
		return err
	}
	one, err := r.measure(l, get, 1, b.window)
	if err != nil {
		return err
	}
	s["get1"], s["get50"], s["get99"], s["one get"] = one.rate, one.p50, one.p99, one.cpu
	all, err := r.measure(l, get, 100, b.window)
	if err != nil {
		return err
	}
	s["gets"], s["getcpu"], s["many gets"] = all.rate, 1e6/all.cpu, all.cpu
	if one, err = r.measure(l, put, 1, b.window); err != nil {
		return err
	}
	s["put1"], s["put1cpu"], s["put50"], s["put99"], s["one put"] = one.rate, 1e6/one.cpu, one.p50, one.p99, one.cpu
	if all, err = r.measure(l, putting(sids), few, b.window); err != nil {
		return err
	}
	s["putcpu"] = 1e6 / all.cpu
	if err := b.arrays(r, l, s); err != nil || p.basic {
		return err
	}
	if err := b.fast(r, s); err != nil {
		return err
	}
	return b.crowds(r, s)
}

// arrays fills the arrays and gets them.
func (b *bench) arrays(r *process, l *link, s sample) error {
	for _, a := range []struct {
		name          string
		n, batch      int
		rate, cpuEach string
	}{{"B:PROFILE", profileLen, 10, "profile", "profilecpu"}, {"B:BIG", bigLen, 1, "big", "bigcpu"}} {
		sids, err := l.create([]string{a.name})
		if err != nil {
			return err
		}
		data := make([]byte, 0, 8*a.n)
		for i := range a.n {
			data = binary.BigEndian.AppendUint64(data, math.Float64bits(float64(i)))
		}
		l.out = protocol.AppendWriteNotify(l.out, dbrDouble, uint32(a.n), sids[0], 1, data)
		if err := l.flush(); err != nil {
			return err
		}
		if err := l.expect(1, protocol.CmdWriteNotify, nil); err != nil {
			return err
		}
		f, err := r.measure(l, getting(sids, dbrDouble, uint32(a.n)), a.batch, b.window)
		if err != nil {
			return err
		}
		s[a.rate], s[a.cpuEach] = f.rate, f.cpu
	}
	return nil
}
