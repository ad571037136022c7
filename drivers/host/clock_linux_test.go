package host

import (
	"testing"

	"golang.org/x/sys/unix"

	"github.com/ioclet/ioclet/drivers/sysfs"
)

// The kernel's word counts, and that of systemd-timesyncd beside it.
func TestSynchronizedHere(t *testing.T) {
	var x unix.Timex
	state, err := unix.Adjtimex(&x)
	if err != nil {
		t.Skip("adjtimex:", err)
	}
	want := state != unix.TIME_ERROR
	if _, err := (sysfs.Kernel{}).RealPath(timesync); err == nil {
		want = true
	}
	if got := Synchronized(nil); got != want {
		t.Errorf("%t, the kernel says %d", got, state)
	}
}
