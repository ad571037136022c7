package serial

import (
	"os"
	"time"

	"github.com/ioclet/ioclet/drivers"
)

var (
	_ drivers.Plugged = (*Port)(nil)
	_ drivers.Counted = (*Port)(nil)
	_ drivers.Traced  = (*Port)(nil)
)

// look is what was seen of a USB adapter, and when /dev had changed last: only then is it
// looked for again.
type look struct {
	changed time.Time
	there   bool
}

// Present reports whether the device file of a [Line] is there, or the USB adapter; it
// cannot tell of other transports. drivers.Plugged.
func (p *Port) Present() bool {
	l, ok := p.transport.(Line)
	if !ok {
		return false
	}
	if l.USB == nil {
		_, err := os.Stat(l.Path)
		return err == nil
	}
	dev, err := os.Stat("/dev")
	if err != nil {
		return false
	}
	if t := dev.ModTime(); !t.Equal(p.looked.changed) {
		_, err := findUSB(*l.USB)
		p.looked = look{t, err == nil}
	}
	return p.looked.there
}
