package serial

import (
	"net"
	"testing"

	"golang.org/x/sys/unix"
)

// TestTCPHalfOpen: the kernel is told to give up a peer that has vanished within ten
// seconds or so, whether we wait for it or have sent it something, and whoever has connected.
func TestTCPHalfOpen(t *testing.T) {
	l := Listen("127.0.0.1:0")
	listener, _, err := l.open()
	if err != nil {
		t.Fatal(err)
	}
	defer l.close()
	conn, err := TCP(l.Address().String()).Dial(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	defer conn.Close()
	heard, err := listener.AcceptTCP()
	if err != nil {
		t.Fatal(err)
	}
	defer heard.Close()
	for which, c := range map[string]*net.TCPConn{"dialled": conn.(*net.TCPConn), "heard": heard} {
		raw, err := c.SyscallConn()
		if err != nil {
			t.Fatal(err)
		}
		if err := raw.Control(func(fd uintptr) {
			for name, option := range map[string]struct{ level, number, want int }{
				"SO_KEEPALIVE":     {unix.SOL_SOCKET, unix.SO_KEEPALIVE, 1},
				"TCP_KEEPIDLE":     {unix.IPPROTO_TCP, unix.TCP_KEEPIDLE, 5},
				"TCP_KEEPINTVL":    {unix.IPPROTO_TCP, unix.TCP_KEEPINTVL, 2},
				"TCP_KEEPCNT":      {unix.IPPROTO_TCP, unix.TCP_KEEPCNT, 3},
				"TCP_USER_TIMEOUT": {unix.IPPROTO_TCP, unix.TCP_USER_TIMEOUT, 10000},
			} {
				if got, err := unix.GetsockoptInt(int(fd), option.level, option.number); err != nil || got != option.want {
					t.Errorf("%s: %s is %d, %v; want %d", which, name, got, err, option.want)
				}
			}
		}); err != nil {
			t.Error(err)
		}
	}
}
