package serial

import (
	"context"
	"errors"
	"fmt"
	"net"
	"sync"
	"sync/atomic"
	"syscall"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Listener waits for an instrument that connects to us. There is one connection at a time:
// that of an instrument that has started anew takes the place of the old one, which
// may look alive for long. Make one with [Listen].
type Listener struct {
	address string // immutable

	mu       sync.Mutex
	listener *net.TCPListener
	idle     *time.Timer // closes listener and next if nobody dials any more
	next     net.Conn    // has taken the place of another and waits for Dial
}

// Listen is a transport for instruments that connect to address: ":7000" on any interface
// of this machine, "127.0.0.1:7000" on one. It listens from the first Dial on until a
// connection is closed for good.
func Listen(address string) *Listener { return &Listener{address: address} }

// Renew is another Listener for the same address, which has not listened yet.
func (l *Listener) Renew() *Listener { return Listen(l.address) }

func (l *Listener) String() string { return "listen " + l.address }

// Address is where it listens, nil if it does not just now.
func (l *Listener) Address() net.Addr {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listener == nil {
		return nil
	}
	return l.listener.Addr()
}

const (
	listenTimeout = 5 * time.Second  // that Dial waits for a connection
	listenIdle    = 10 * time.Second // how long one may come that is taken by the next Dial
)

// Dial waits for a connection, no longer than 5 s. After that it still listens for a while,
// so that none is refused before it is called again.
func (l *Listener) Dial(ctx context.Context) (Conn, error) {
	listener, next, err := l.open()
	if err != nil {
		return nil, err
	}
	if next != nil {
		return l.connected(listener, next), nil
	}
	if err := listener.SetDeadline(time.Now().Add(listenTimeout)); err != nil {
		return nil, err
	}
	stop := context.AfterFunc(ctx, func() { _ = listener.SetDeadline(time.Unix(1, 0)) })
	conn, err := listener.AcceptTCP()
	stop()
	switch {
	case err == nil:
		return l.connected(listener, conn), nil
	case ctx.Err() != nil:
		l.close()
		return nil, ctx.Err()
	}
	l.closeLater()
	if late, ok := errors.AsType[net.Error](err); ok && late.Timeout() {
		err = errors.New("no instrument has connected yet")
	}
	return nil, &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%s: %w", l, err)}
}

// open listens, if that is not the case already. next is a connection that waits.
func (l *Listener) open() (listener *net.TCPListener, next net.Conn, err error) {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.idle != nil {
		l.idle.Stop()
		l.idle = nil
	}
	if l.listener == nil {
		lc := net.ListenConfig{KeepAliveConfig: keepAlive, Control: impatient} // connections inherit both
		a, err := lc.Listen(context.Background(), "tcp", l.address)
		if errors.Is(err, syscall.EADDRINUSE) {
			return nil, nil, fmt.Errorf("%s: another program listens there already", l)
		}
		if err != nil {
			return nil, nil, fmt.Errorf("%s: %w", l, err)
		}
		l.listener = a.(*net.TCPListener)
	}
	next, l.next = l.next, nil
	return l.listener, next, nil
}

// close ends listening.
func (l *Listener) close() {
	l.mu.Lock()
	defer l.mu.Unlock()
	if l.listener != nil {
		l.listener.Close()
		l.listener = nil
	}
	if l.next != nil {
		l.next.Close()
		l.next = nil
	}
}

// closeLater ends listening unless somebody dials before.
func (l *Listener) closeLater() {
	l.mu.Lock()
	defer l.mu.Unlock()
	var idle *time.Timer
	idle = time.AfterFunc(listenIdle, func() {
		l.mu.Lock()
		over := l.idle == idle
		l.mu.Unlock()
		if over {
			l.close()
		}
	})
	l.idle = idle
}

// connected is conn as Dial returns it.
func (l *Listener) connected(listener *net.TCPListener, conn net.Conn) Conn {
	c := &heardConn{Conn: conn, from: l}
	// ends when the listener is closed, which Close of the connection sees to, or when
	// another connection has come
	c.watch.Go(func() {
		if listener.SetDeadline(time.Time{}) != nil {
			return
		}
		other, err := listener.AcceptTCP()
		if err != nil {
			return
		}
		l.mu.Lock()
		open := l.listener == listener
		if open {
			l.next = other
		}
		l.mu.Unlock()
		if !open {
			other.Close()
			return
		}
		c.replaced.Store(true)
		conn.Close()
	})
	return c
}

// heardConn is a connection that came to a Listener.
type heardConn struct {
	net.Conn
	from     *Listener
	replaced atomic.Bool
	watch    sync.WaitGroup // for another connection
}

func (c *heardConn) Read(b []byte) (int, error) {
	n, err := c.Conn.Read(b)
	if err != nil && c.replaced.Load() {
		err = errors.New("the instrument has connected anew")
	}
	return n, err
}

// Close ends listening too, unless another connection waits for Dial.
func (c *heardConn) Close() error {
	if c.replaced.Load() {
		c.from.closeLater()
		c.watch.Wait()
		return nil
	}
	err := c.Conn.Close()
	c.from.close()
	c.watch.Wait()
	return err
}
