package host

import "github.com/ioclet/ioclet/drivers/sysfs"

// timesync is there once systemd-timesyncd has set the clock after the start
// (systemd-timesyncd.service(8)).
const timesync = "/run/systemd/timesync/synchronized"

// Synchronized reports whether the machine's clock can be trusted: a time daemon has told the
// kernel so (adjtimex(2): not STA_UNSYNC), or has set it since the start. A
// system other than Linux is believed. nil files are this machine's.
//
// The kernel takes its word back when it has not heard of a daemon for hours: a clock
// that was right once is then still right to some seconds.
func Synchronized(files sysfs.Files) bool {
	if files == nil {
		files = sysfs.Kernel{}
	}
	if _, err := files.RealPath(timesync); err == nil {
		return true
	}
	if _, real := files.(sysfs.Kernel); !real {
		return false
	}
	return kernelSynchronized()
}
