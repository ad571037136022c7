package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"syscall"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/pv"
)

// fault says what err of a file means for its channel. status is for what is neither a
// missing answer nor a missing file.
func fault(files Files, status pv.Status, name string, err error) error {
	f := &drivers.Fault{Status: status, Err: err}
	switch {
	case gone(err), errors.Is(err, syscall.ENXIO): // or it does not answer on its bus
		f.Status = pv.StatusComm
	case errors.Is(err, syscall.ETIMEDOUT):
		f.Status = pv.StatusTimeout
	case errors.Is(err, syscall.ERANGE):
		f.Status = pv.StatusHwLimit
	case errors.Is(err, fs.ErrPermission):
		f.Err = denied(files, name, err)
	}
	return f
}

// gone reports whether a file is not there, or has just vanished.
func gone(err error) bool {
	return errors.Is(err, fs.ErrNotExist) || errors.Is(err, syscall.ENODEV)
}

// denied says who may do what was refused.
func denied(files Files, name string, err error) error {
	k, ok := files.(Kernel)
	if !ok {
		return err
	}
	group, mine := groupOf(k.path(name))
	if group == "" || mine {
		return fmt.Errorf("%w: only root may: give the file to a group with a udev rule", err)
	}
	return drivers.Denied(k.path(name), group, err)
}
