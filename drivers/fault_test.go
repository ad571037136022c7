package drivers_test

import (
	"errors"
	"fmt"
	"io/fs"
	"testing"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

func Example() {
	err := &drivers.Fault{Status: pv.StatusTimeout, Err: errors.New("no answer within 1s")}
	wrapped := fmt.Errorf("MEAS:VOLT?: %w", err)
	fmt.Println(wrapped)
	fmt.Println(drivers.AlarmOf(wrapped, pv.StatusRead))
	fmt.Println("connection lost:", drivers.IsLost(wrapped))
	// Output:
	// MEAS:VOLT?: no answer within 1s
	// INVALID/TIMEOUT
	// connection lost: false
}

func TestFaults(t *testing.T) {
	gone := &drivers.Fault{Status: pv.StatusComm, Lost: true, Err: fmt.Errorf("no /dev/ttyUSB0: %w", drivers.ErrAbsent)}
	for _, test := range []struct {
		name  string
		err   error
		alarm string
		lost  bool
	}{
		{"none", nil, "NO_ALARM", false},
		{"of unknown cause", errors.New("x"), "INVALID/WRITE", false},
		{"absent", fmt.Errorf("open: %w", drivers.ErrAbsent), "INVALID/COMM", false},
		{"refused value", &drivers.Fault{Status: pv.StatusHwLimit, Err: errors.New("x")}, "INVALID/HWLIMIT", false},
		{"a fault says more than what it wraps", &drivers.Fault{Status: pv.StatusTimeout, Err: drivers.ErrAbsent}, "INVALID/TIMEOUT", false},
		{"lost", fmt.Errorf("read: %w", gone), "INVALID/COMM", true},
		{"lost among others", errors.Join(errors.New("x"), gone), "INVALID/COMM", true},
	} {
		if a := drivers.AlarmOf(test.err, pv.StatusWrite); a.String() != test.alarm {
			t.Errorf("%s: alarm %v, want %s", test.name, a, test.alarm)
		}
		if lost := drivers.IsLost(test.err); lost != test.lost {
			t.Errorf("%s: lost %v", test.name, lost)
		}
	}
	if !errors.Is(gone, drivers.ErrAbsent) {
		t.Error("a fault hides its cause")
	}
}

func TestDenied(t *testing.T) {
	for _, err := range []error{fs.ErrPermission, &fs.PathError{Op: "open", Path: "/dev/i2c-1", Err: fs.ErrPermission}} {
		got := drivers.Denied("/dev/i2c-1", "i2c", err)
		const want = "/dev/i2c-1: permission denied: add the user to group i2c (sudo usermod -aG i2c $USER) and log in again"
		if got.Error() != want || !errors.Is(got, fs.ErrPermission) {
			t.Errorf("%v becomes %v, want %s", err, got, want)
		}
	}
}

// Every operation that went well is asked about.
func TestNoFaultDoesNotAllocate(t *testing.T) {
	if n := testing.AllocsPerRun(100, func() {
		if drivers.IsLost(nil) || drivers.AlarmOf(nil, pv.StatusRead) != (pv.Alarm{}) {
			t.Fatal("nil is a fault")
		}
	}); n != 0 {
		t.Errorf("%v allocations", n)
	}
}
