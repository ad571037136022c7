package link

import (
	"context"
	"errors"
	"fmt"
	"io"
	"sync"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Options say how a link is used. All but ReadSize are needed.
type Options struct {
	// ReadSize is how many bytes are read at a time; 4096 if zero.
	ReadSize int
	// Receive takes what has come, which is its own until it returns. The reader's
	// goroutine calls it; it does not block.
	Receive func(b []byte)
	// In and Out count bytes.
	In, Out *atomic.Uint64
	// WriteTimeout is how long the other end may take to take a command.
	WriteTimeout time.Duration
}

// Link is one connection, from [Start] to [Link.Leave]. The methods that say so are for who
// has the turn; the others may be called from any goroutine.
type Link struct {
	// immutable
	conn     io.ReadWriteCloser
	options  Options
	turn     chan struct{} // holds a token while nobody has the turn
	stopping chan struct{} // closed when exchanges are to make way for the last words
	closing  chan struct{} // closed when the connection is closed
	gone     chan struct{} // closed when err is set
	ended    sync.WaitGroup

	commands chan command // to the writer
	written  chan error   // from it, one for each command

	// owned by the holder of the turn
	out   []byte      // command being written
	busy  bool        // the writer has a command, perhaps one that was given up
	timer *time.Timer // for Wait

	mu   sync.Mutex
	err  error // why the connection ended
	once sync.Once
}

// command is what the writer is given to write, with a pause between its bytes.
type command struct {
	bytes []byte
	pause time.Duration
}

var (
	// ErrGone says that the connection has ended; what has come before may still be
	// looked at. [Link.WhyGone] has the reason.
	ErrGone = errors.New("connection gone")

	errClosing = errors.New("being closed")
	errHangup  = errors.New("closed by the other end")
)

const defaultReadSize = 4096

// Start begins to read and write on conn, which is the link's from now on.
func Start(conn io.ReadWriteCloser, o Options) *Link {
	if o.ReadSize == 0 {
		o.ReadSize = defaultReadSize
	}
	l := &Link{
		conn: conn, options: o,
		turn: make(chan struct{}, 1), stopping: make(chan struct{}), closing: make(chan struct{}), gone: make(chan struct{}),
		commands: make(chan command, 1), written: make(chan error, 1),
	}
	l.turn <- struct{}{}
	// ends when conn is closed
	l.ended.Go(func() { l.fail(drivers.Guard("reader", l.read)) })
	// ends when closing is closed and the write under way, if any, has returned
	l.ended.Go(l.write)
	return l
}

// maxEmptyReads is how many reads may yield nothing at all before it is an error:
// some serial libraries say so of a timeout.
const maxEmptyReads = 100

func (l *Link) read() error {
	buf := make([]byte, l.options.ReadSize)
	for empty := 0; ; {
		n, err := l.conn.Read(buf)
		if n > 0 {
			empty = 0
			l.options.In.Add(uint64(n))
			l.options.Receive(buf[:n])
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

func (l *Link) write() {
	for {
		select {
		case c := <-l.commands:
			l.written <- drivers.Guard("writer", func() error { return l.send(c) })
		case <-l.closing:
			return
		}
	}
}

func (l *Link) send(c command) error {
	step := len(c.bytes)
	if c.pause > 0 {
		step = 1
	}
	for i := 0; i < len(c.bytes); i += step {
		if i > 0 {
			select {
			case <-time.After(c.pause):
			case <-l.closing:
				return errClosing
			}
		}
		n, err := l.conn.Write(c.bytes[i : i+step])
		l.options.Out.Add(uint64(n))
		if err != nil {
			return err
		}
	}
	return nil
}

// fail ends the link because of err; the first one is kept.
func (l *Link) fail(err error) {
	l.once.Do(func() {
		l.mu.Lock()
		l.err = err
		l.mu.Unlock()
		close(l.gone)
	})
}

// Gone is closed when the connection has ended by itself.
func (l *Link) Gone() <-chan struct{} { return l.gone }

// Closed is closed when Leave closes the connection.
func (l *Link) Closed() <-chan struct{} { return l.closing }

// Lost is why the connection has ended, as a fault of all that was connected.
func (l *Link) Lost() error {
	l.mu.Lock()
	defer l.mu.Unlock()
	return Lost(l.err)
}

// Lost is err as the loss of the connection; the end of a context is none.
func Lost(err error) error {
	if errors.Is(err, context.Canceled) || errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("connection lost: %w", err)}
}

// WhyGone is err, or the loss of the connection in the place of ErrGone.
func (l *Link) WhyGone(err error) error {
	if errors.Is(err, ErrGone) {
		return l.Lost()
	}
	return err
}

// abort is closed when an exchange is to make way for the last words, never for a final one.
func (l *Link) abort(final bool) <-chan struct{} {
	if final {
		return nil
	}
	return l.stopping
}

// Acquire waits for the turn, which ends with Release. Unless it is final it fails once
// Leave has begun.
func (l *Link) Acquire(ctx context.Context, final bool) error {
	select {
	case <-l.turn:
	case <-l.gone:
		return l.Lost()
	case <-l.abort(final):
		return Lost(errClosing)
	case <-ctx.Done():
		return ctx.Err()
	}
	// The turn may have been there together with a reason not to take it.
	err := ctx.Err()
	select {
	case <-l.gone:
		err = l.Lost()
	case <-l.abort(final):
		err = Lost(errClosing)
	default:
	}
	if err != nil {
		l.Release()
	}
	return err
}

// AcquireInput waits for the turn to look at what has come, of a connection that has ended,
// too. It reports false when ctx has ended or the link is closed.
func (l *Link) AcquireInput(ctx context.Context) bool {
	select {
	case <-l.turn:
		return true
	case <-ctx.Done():
	case <-l.closing:
	}
	return false
}

// Release gives the turn back.
func (l *Link) Release() { l.turn <- struct{}{} }

// Wait waits for c no longer than d; came is false if that time is over. It returns ErrGone
// when the connection ends. What c has goes before any of these. For the holder of the turn.
func (l *Link) Wait(ctx context.Context, final bool, c <-chan struct{}, d time.Duration) (came bool, err error) {
	if l.timer == nil {
		l.timer = time.NewTimer(d)
	} else {
		l.timer.Reset(d)
	}
	defer l.timer.Stop()
	select {
	case <-c:
		return true, nil
	case <-l.timer.C:
	case <-l.gone:
		err = ErrGone
	case <-l.abort(final):
		err = Lost(errClosing)
	case <-ctx.Done():
		err = ctx.Err()
	}
	select {
	case <-c: // it came together with the other
		return true, nil
	default:
		return false, err
	}
}

// Sleep waits for d. For the holder of the turn.
func (l *Link) Sleep(ctx context.Context, final bool, d time.Duration) error {
	if d <= 0 {
		return nil
	}
	_, err := l.Wait(ctx, final, nil, d)
	return l.WhyGone(err)
}

// Write has the writer write b, with a pause between its bytes if that is not 0, and waits
// until the other end has taken it. If it is given up the writer goes on with it, so that a
// device gets whole commands; the next is written after it. It returns ErrGone when the
// connection ends. For the holder of the turn.
func (l *Link) Write(ctx context.Context, final bool, b []byte, pause time.Duration) error {
	t := time.NewTimer(l.options.WriteTimeout + time.Duration(len(b))*pause)
	defer t.Stop()
	if l.busy {
		if err := l.taken(ctx, final, t.C); err != nil {
			return err
		}
	}
	l.out = append(l.out[:0], b...) // a copy: the writer may keep it
	l.busy = true
	l.commands <- command{l.out, pause}
	return l.taken(ctx, final, t.C)
}

// taken waits until the writer has written what it has.
func (l *Link) taken(ctx context.Context, final bool, timeout <-chan time.Time) error {
	select {
	case err := <-l.written:
		l.busy = false
		if err != nil {
			l.fail(err)
			return Lost(err)
		}
		return nil
	case <-l.gone:
		return ErrGone
	case <-l.abort(final):
		return Lost(errClosing)
	case <-ctx.Done():
		return ctx.Err()
	case <-timeout:
		err := fmt.Errorf("port did not take the command within %v: flow control, or nobody at the other end?", l.options.WriteTimeout)
		l.fail(err)
		return &drivers.Fault{Status: pv.StatusWrite, Lost: true, Err: err}
	}
}
