package modbus

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// link is one connection, from Open to Close.
type link struct {
	// immutable
	conn     io.ReadWriteCloser
	turn     chan struct{} // holds a token while nobody uses the connection
	stopping chan struct{} // closed when requests are to make way for Close
	closing  chan struct{} // closed when the connection is closed
	ended    sync.WaitGroup

	requests chan []byte   // to the writer
	written  chan error    // from it, one for each request
	data     chan struct{} // from the reader: bytes have come
	gone     chan struct{} // closed when err is set

	// owned by the holder of the turn
	transaction uint16
	frame       []byte
	busy        bool      // the writer has a request, perhaps one that was given up
	last        time.Time // end of the last exchange
	late        bool      // an answer may still come to a request that was given up
	quiet       time.Time // until then

	mu    sync.Mutex
	input []byte
	err   error

	once sync.Once
}

var (
	errNotOpen = errors.New("not open")
	errClosing = errors.New("being closed")
	errHangup  = errors.New("closed by the other end")
)

// maxInput bounds what is kept of input that nobody takes.
const maxInput = 4096

// start begins reading and writing on conn.
func start(conn io.ReadWriteCloser, count *counters) *link {
	l := &link{
		conn: conn, turn: make(chan struct{}, 1), stopping: make(chan struct{}), closing: make(chan struct{}),
		requests: make(chan []byte, 1), written: make(chan error, 1),
		data: make(chan struct{}, 1), gone: make(chan struct{}),
	}
	l.turn <- struct{}{}
	// ends when conn is closed
	l.ended.Go(func() { l.fail(l.read(count)) })
	// ends when closing is closed and the write under way, if any, has returned
	l.ended.Go(func() { l.write(count) })
	return l
}

// maxEmptyReads is how many reads may yield nothing at all before it is an error.
const maxEmptyReads = 100

func (l *link) read(count *counters) error {
	buf := make([]byte, 512)
	for empty := 0; ; {
		n, err := l.conn.Read(buf)
		if n > 0 {
			empty = 0
			count.in.Add(uint64(n))
			l.mu.Lock()
			if len(l.input)+n > maxInput {
				l.input = l.input[:0]
			}
			l.input = append(l.input, buf[:n]...)
			l.mu.Unlock()
			select {
			case l.data <- struct{}{}:
			default:
			}
		} else if empty++; err == nil && empty >= maxEmptyReads {
			err = io.ErrNoProgress
		}
		switch {
		case errors.Is(err, io.EOF):
			return errHangup
		case err != nil:
			return err
		}
	}
}

func (l *link) write(count *counters) {
	for {
		select {
		case b := <-l.requests:
			n, err := l.conn.Write(b)
			count.out.Add(uint64(n))
			l.written <- err
		case <-l.closing:
			return
		}
	}
}

// fail ends the link because of err; the first one is kept.
func (l *link) fail(err error) {
	l.once.Do(func() {
		l.mu.Lock()
		l.err = err
		l.mu.Unlock()
		close(l.gone)
	})
}

// lost is the loss of the connection, because of err or of what ended it.
func (l *link) lost() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return lost(l.err)
}

func lost(err error) error {
	return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("connection lost: %w", err)}
}

// abort is closed when a request is to make way for Close, never for a final one.
func (l *link) abort(final bool) <-chan struct{} {
	if final {
		return nil
	}
	return l.stopping
}

// acquire takes the turn.
func (l *link) acquire(ctx context.Context, final bool) error {
	select {
	case <-l.turn:
	case <-l.gone:
		return l.lost()
	case <-l.abort(final):
		return lost(errClosing)
	case <-ctx.Done():
		return ctx.Err()
	}
	// The turn may have been there together with a reason not to take it.
	err := ctx.Err()
	select {
	case <-l.gone:
		err = l.lost()
	case <-l.abort(final):
		err = lost(errClosing)
	default:
	}
	if err != nil {
		l.turn <- struct{}{}
	}
	return err
}

// wait waits for c no longer than d; came is false if that time is over.
func (l *link) wait(ctx context.Context, final bool, c <-chan struct{}, d time.Duration) (came bool, err error) {
	if d <= 0 {
		return false, nil
	}
	t := time.NewTimer(d)
	defer t.Stop()
	select {
	case <-c:
		return true, nil
	case <-t.C:
		return false, nil
	case <-l.gone:
		return false, l.lost()
	case <-l.abort(final):
		return false, lost(errClosing)
	case <-ctx.Done():
		return false, ctx.Err()
	}
}

// send has the writer write a frame. If it is given up the writer goes on with it; the next
// is written after it.
func (l *link) send(ctx context.Context, final bool, most time.Duration) error {
	t := time.NewTimer(most)
	defer t.Stop()
	if l.busy {
		if err := l.taken(ctx, final, t.C, most); err != nil {
			return err
		}
	}
	l.busy = true
	l.requests <- append([]byte(nil), l.frame...) // a copy: the writer may keep it
	return l.taken(ctx, final, t.C, most)
}

func (l *link) taken(ctx context.Context, final bool, timeout <-chan time.Time, most time.Duration) error {
	select {
	case err := <-l.written:
		l.busy = false
		if err != nil {
			l.fail(err)
			return l.lost()
		}
		return nil
	case <-l.gone:
		return l.lost()
	case <-l.abort(final):
		return lost(errClosing)
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout:
		err := fmt.Errorf("the request was not taken within %v: flow control, or nobody at the other end?", most)
		l.fail(err)
		return &drivers.Fault{Status: pv.StatusWrite, Lost: true, Err: err}
	}
}

// pending is how many bytes of input there are.
func (l *link) pending() int {
	l.mu.Lock()
	defer l.mu.Unlock()
	return len(l.input)
}

// take calls f with the input and drops as many bytes of it as f says.
func (l *link) take(f func(b []byte) int) {
	l.mu.Lock()
	defer l.mu.Unlock()
	l.input = l.input[:copy(l.input, l.input[f(l.input):])]
}

// shut closes the connection; called once. It waits for the goroutines no longer than
// wait: a write that the system does not give back is left behind.
func (l *link) shut(wait time.Duration) error {
	close(l.closing)
	closed := make(chan error, 1)
	// ends when the connection is closed and its reader and writer have returned
	go func() {
		err := l.conn.Close()
		l.ended.Wait()
		closed <- err
	}()
	t := time.NewTimer(wait)
	defer t.Stop()
	select {
	case err := <-closed:
		return err
	case <-t.C:
		return errors.New("connection does not close: a write is stuck in the system")
	}
}
