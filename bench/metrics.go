package main

import (
	"fmt"
	"math"
)

// sample is what one round with one server came to, by the keys of metrics and those
// that at makes.
type sample map[string]float64

// at is the key of a metric at a number of PVs or of subscribers.
func at(key string, n int) string { return fmt.Sprintf("%s@%d", key, n) }

// metric is one row of the table.
type metric struct {
	key, name, unit string
	more            bool // more is better
	changing        bool // of PVs that change: a basic server has less to do
	want            target
}

// target is what a metric is to reach. The zero target is none.
type target struct {
	kind targetKind
	x    float64
}

type targetKind uint8

const (
	noTarget targetKind = iota
	better              // at least x times better than softIoc
	atMost
	atLeast
)

const us, perSecond = "µs", "1/s"

var metrics = []metric{
	{key: "cpu1", name: "CPU per monitor event, 1 subscriber to 10,000 PVs at 10 Hz", unit: us, changing: true, want: target{better, 3}},
	{key: "lost1", name: "… changes that no event told of", unit: "%", changing: true, want: target{atMost, 0}},
	{key: "rate1", name: "… events delivered (100,000 are to be made)", unit: perSecond, more: true, changing: true, want: target{atLeast, 99_500}},
	{key: "cpu8", name: "CPU per monitor event, 8 subscribers to 10,000 PVs at 10 Hz", unit: us, changing: true, want: target{better, 8}},
	{key: "lost8", name: "… changes that no event told of", unit: "%", changing: true, want: target{atMost, 0}},
	{key: "rate8", name: "… events delivered (800,000 are to be made)", unit: perSecond, more: true, changing: true, want: target{atLeast, 796_000}},
	{key: "cpu0", name: "CPU of 10,000 PVs at 10 Hz that nobody watches", unit: "% of a core", changing: true},
	{key: "fastcpu", name: "CPU with 50 subscribers to a PV written at 1 kHz", unit: "% of a core", want: target{better, 2}},
	{key: "fastlost", name: "… writes that no event told of", unit: "%", want: target{atMost, 0}},
	{key: "fast99", name: "… from the write to its event, p99", unit: "ms", want: target{atMost, 5}},
	{key: "gets", name: "gets, 100 in flight", unit: perSecond, more: true},
	{key: "getcpu", name: "… per second of CPU", unit: perSecond, more: true, want: target{better, 1.5}},
	{key: "get1", name: "gets, one after the other", unit: perSecond, more: true, want: target{better, 1}},
	{key: "get50", name: "… round trip, p50", unit: us},
	{key: "get99", name: "… round trip, p99", unit: us},
	{key: "put1", name: "puts with completion, one after the other", unit: perSecond, more: true},
	{key: "put1cpu", name: "… per second of CPU", unit: perSecond, more: true, want: target{better, 2}},
	{key: "put50", name: "… round trip, p50", unit: us},
	{key: "put99", name: "… round trip, p99", unit: us},
	{key: "putcpu", name: "puts with completion, 100 in flight to 100 PVs, per second of CPU", unit: perSecond, more: true, want: target{better, 2}},
	{key: "profile", name: "gets of 1,000 doubles, 10 in flight", unit: perSecond, more: true, want: target{better, 1}},
	{key: "profilecpu", name: "… CPU each", unit: us, want: target{better, 1.5}},
	{key: "big", name: "gets of 8 MB, one after the other", unit: perSecond, more: true, want: target{better, 1}},
	{key: "bigcpu", name: "… CPU each", unit: us, want: target{better, 1.5}},
	{key: at("rss", 10), name: "memory (RSS) with 10 PVs", unit: "MB", want: target{atMost, 15}},
	{key: at("rss", 10_000), name: "memory (RSS) with 10,000 PVs", unit: "MB", want: target{better, 1}},
	{key: at("rss", 100_000), name: "memory (RSS) with 100,000 PVs", unit: "MB", want: target{better, 2}},
	{key: "connectcpu", name: "CPU to connect 10,000 channels", unit: "ms", want: target{better, 1.5}},
	{key: "leavecpu", name: "CPU to lose 8 clients with 10,000 subscriptions each", unit: "ms", want: target{atMost, 100}},
	{key: "leave", name: "… from the end of their connections until the server is quiet", unit: "ms"},
	{key: at("started", 1000), name: "from start to the first answered search, 1,000 PVs", unit: "ms", want: target{atMost, 100}},
}

// value is that of a key, NaN where there is none.
func (s sample) value(key string) float64 {
	if x, ok := s[key]; ok {
		return x
	}
	return math.NaN()
}
