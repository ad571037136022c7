package clienttest

import (
	"net"
	"net/netip"
	"sync"
	"time"

	"github.com/ioclet/ioclet/protocol"
)

// network carries datagrams between clients in memory and their server.
type network struct {
	server *Server

	mu    sync.Mutex
	ports map[uint16]*packetConn
	next  uint16
}

func newNetwork(s *Server) *network {
	return &network{server: s, ports: map[uint16]*packetConn{}, next: 40000}
}

// listen opens a client's socket.
func (n *network) listen() (net.PacketConn, error) {
	n.mu.Lock()
	defer n.mu.Unlock()
	n.next++
	p := &packetConn{
		network: n, addr: netip.AddrPortFrom(Address.Addr(), n.next),
		in: make(chan []byte, 1024), closed: make(chan struct{}),
	}
	n.ports[n.next] = p
	return p, nil
}

// toClients delivers a datagram to every client.
func (n *network) toClients(b []byte) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, p := range n.ports {
		p.deliver(b)
	}
}

// packetConn is a client's socket.
type packetConn struct {
	network *network
	addr    netip.AddrPort
	in      chan []byte
	once    sync.Once
	closed  chan struct{}
}

// deliver queues a datagram; as on any network it is lost if nobody reads.
func (p *packetConn) deliver(b []byte) {
	select {
	case p.in <- append([]byte(nil), b...):
	default:
	}
}

func (p *packetConn) ReadFrom(b []byte) (int, net.Addr, error) {
	select {
	case d := <-p.in:
		return copy(b, d), net.UDPAddrFromAddrPort(Address), nil
	case <-p.closed:
		return 0, nil, net.ErrClosed
	}
}

func (p *packetConn) WriteTo(b []byte, to net.Addr) (int, error) {
	select {
	case <-p.closed:
		return 0, net.ErrClosed
	default:
	}
	if u, ok := to.(*net.UDPAddr); ok && u.AddrPort().Port() == protocol.ServerPort {
		p.network.server.answer(b, Address.Port(), p.deliver)
	}
	return len(b), nil
}

func (p *packetConn) Close() error {
	p.once.Do(func() { close(p.closed) })
	p.network.mu.Lock()
	defer p.network.mu.Unlock()
	delete(p.network.ports, p.addr.Port())
	return nil
}

func (p *packetConn) LocalAddr() net.Addr { return net.UDPAddrFromAddrPort(p.addr) }

// Deadlines are not kept: a client's socket is ended by Close.
func (p *packetConn) SetDeadline(time.Time) error      { return nil }
func (p *packetConn) SetReadDeadline(time.Time) error  { return nil }
func (p *packetConn) SetWriteDeadline(time.Time) error { return nil }
