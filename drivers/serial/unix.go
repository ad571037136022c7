package serial

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"net"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// Unix is the path of a socket of this machine, on which another program speaks for an
// instrument: "/run/daq.sock".
type Unix string

func (p Unix) String() string { return "unix " + string(p) }

// Dial connects to the socket.
func (p Unix) Dial(ctx context.Context) (Conn, error) {
	var d net.Dialer
	conn, err := d.DialContext(ctx, "unix", string(p))
	switch {
	case errors.Is(err, fs.ErrNotExist):
		return nil, fmt.Errorf("%s: no such socket (%w): does the program run that makes it?", string(p), drivers.ErrAbsent)
	case errors.Is(err, fs.ErrPermission):
		return nil, fmt.Errorf("%s: permission denied: the socket's owner must let this program write to it", string(p))
	case err != nil:
		return nil, &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("%s: %w", string(p), err)}
	}
	return conn, nil
}
