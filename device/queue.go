package device

import (
	"sync"

	"github.com/ioclet/ioclet/pv"
)

// request is one operation that a record waits for.
type request struct {
	binding *binding
	do      operation
	urgent  bool     // of a write
	value   pv.Value // to write
	action  *action  // to ask about
}

// operation is what is to be done with a channel.
type operation uint8

const (
	opRead operation = iota
	opWrite
	opAsk // whether the action of the last write has ended
)

// writesPerRead is how many writes may pass a waiting read: operators' commands
// come before polls, but a flood of them does not stop the readings.
const writesPerRead = 4

// queue holds the requests of one port; at first it is closed. A record has at most
// one request at a time, so the queue is as long as the port has records at most.
type queue struct {
	wake chan struct{} // capacity 1: something was put in

	mu                    sync.Mutex // guards what follows
	urgent, writes, reads fifo

	passed int  // writes since the last read
	opened bool // requests are taken
}

// fifo is a slice with a moving head.
type fifo struct {
	items []request
	head  int
}

func (f *fifo) len() int { return len(f.items) - f.head }

func (f *fifo) push(r request) {
	if len(f.items) == cap(f.items) && f.head > len(f.items)/2 { // reuse what has been popped
		n := copy(f.items, f.items[f.head:])
		clear(f.items[n:])
		f.items, f.head = f.items[:n], 0
	}
	f.items = append(f.items, r)
}

func (f *fifo) pop() request {
	r := f.items[f.head]
	f.items[f.head] = request{} // let go of the value
	if f.head++; f.head == len(f.items) {
		f.items, f.head = f.items[:0], 0
	}
	return r
}

// put appends r and wakes the worker, or reports false if the queue is closed.
func (q *queue) put(r request) bool {
	q.mu.Lock()
	if !q.opened {
		q.mu.Unlock()
		return false
	}
	switch {
	case r.urgent:
		q.urgent.push(r)
	case r.do == opWrite:
		q.writes.push(r)
	default:
		q.reads.push(r)
	}
	q.mu.Unlock()
	select {
	case q.wake <- struct{}{}:
	default:
	}
	return true
}

// take removes the next request: what is urgent, then writes, but a read after every
// writesPerRead of them.
func (q *queue) take() (r request, ok bool) {
	q.mu.Lock()
	defer q.mu.Unlock()
	switch {
	case q.urgent.len() > 0:
		return q.urgent.pop(), true
	case q.writes.len() > 0 && (q.reads.len() == 0 || q.passed < writesPerRead):
		q.passed++
		return q.writes.pop(), true
	case q.reads.len() > 0:
		q.passed = 0
		return q.reads.pop(), true
	}
	return request{}, false
}

// open lets requests in.
func (q *queue) open() {
	q.mu.Lock()
	defer q.mu.Unlock()
	q.opened = true
}

// close refuses further requests and returns those that wait.
func (q *queue) close() (waiting []request) {
	q.mu.Lock()
	q.opened = false
	q.mu.Unlock()
	for {
		r, ok := q.take()
		if !ok {
			return waiting
		}
		waiting = append(waiting, r)
	}
}
