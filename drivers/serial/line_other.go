//go:build !linux

package serial

import (
	"errors"
	"runtime"
)

// tuner refuses what only Linux can do here.
type tuner struct{}

func tuneLine(_ string, l Line) (tuner, error) {
	switch {
	case l.Flow != FlowNone:
		return tuner{}, errors.New("flow control is not supported on " + runtime.GOOS)
	case l.RS485 != nil:
		return tuner{}, errors.New("RS-485 mode is not supported on " + runtime.GOOS)
	}
	return tuner{}, nil
}

func (tuner) close() {}

func (tuner) apply(Line, int) error { return nil }

func isBusy(error) bool { return false }

func userOf(string) string { return "another program" }

func isUnplugged(error) bool { return false }
