package i2c

import (
	"errors"
	"io/fs"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/drivers"
)

func TestErrorsNameTheRemedy(t *testing.T) {
	err := remedy("/dev/i2c-1", fs.ErrNotExist)
	if !errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "dtparam=i2c_arm=on") {
		t.Errorf("no such file: %v", err)
	}
	err = remedy("/dev/i2c-1", fs.ErrPermission)
	if !errors.Is(err, fs.ErrPermission) || errors.Is(err, drivers.ErrAbsent) || !strings.Contains(err.Error(), "usermod -aG i2c") {
		t.Errorf("no permission: %v", err)
	}
	cause := errors.New("too many open files")
	if err := remedy("/dev/i2c-1", cause); !errors.Is(err, cause) {
		t.Errorf("another error: %v", err)
	}
}
