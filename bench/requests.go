package main

import (
	"encoding/binary"
	"math"
	"slices"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// request is what a link asks again and again.
type request struct {
	answer protocol.Command
	// append appends the i-th request.
	append func(dst []byte, i int) []byte
}

// getting asks for the values of channels in turn.
func getting(sids []uint32, dbr uint16, count uint32) request {
	return request{protocol.CmdReadNotify, func(dst []byte, i int) []byte {
		return protocol.AppendReadNotify(dst, dbr, count, sids[i%len(sids)], uint32(i))
	}}
}

// putting writes to channels in turn, each time another value, and wants to hear
// the end.
func putting(sids []uint32) request {
	var x [8]byte
	return request{protocol.CmdWriteNotify, func(dst []byte, i int) []byte {
		binary.BigEndian.PutUint64(x[:], math.Float64bits(float64(i+2)))
		return protocol.AppendWriteNotify(dst, dbrDouble, 1, sids[i%len(sids)], uint32(i), x[:])
	}}
}

// repeat makes requests in batches for the given time, each when the one before has
// been answered. It returns how long each took, in order.
func (l *link) repeat(q request, batch int, during time.Duration) ([]time.Duration, error) {
	var all []time.Duration
	for begin, i := time.Now(), 0; time.Since(begin) < during; {
		sent := time.Now()
		for range batch {
			l.out = q.append(l.out, i)
			i++
		}
		if err := l.flush(); err != nil {
			return nil, err
		}
		if err := l.expect(batch, q.answer, nil); err != nil {
			return nil, err
		}
		all = append(all, time.Since(sent))
	}
	return all, nil
}

// figures are what a series of requests came to.
type figures struct {
	rate     float64 // 1/s
	cpu      float64 // of the server, in µs each
	p50, p99 float64 // µs a batch
}

// measure repeats requests and watches the server meanwhile.
func (r *process) measure(l *link, q request, batch int, during time.Duration) (f figures, err error) {
	var all []time.Duration
	begin := time.Now()
	cpu, err := r.cost(func() error {
		all, err = l.repeat(q, batch, during)
		return err
	})
	if err != nil {
		return f, err
	}
	n := float64(len(all) * batch)
	slices.Sort(all)
	return figures{
		rate: n / time.Since(begin).Seconds(), cpu: cpu / n * 1e6,
		p50: percentile(all, 0.5), p99: percentile(all, 0.99),
	}, nil
}

// percentile of sorted durations, in µs.
func percentile(sorted []time.Duration, p float64) float64 {
	return float64(sorted[int(p*float64(len(sorted)-1))].Nanoseconds()) / 1e3
}
