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
	case l.RTSCTS:
		return tuner{}, errors.New("hardware flow control is not supported on " + runtime.GOOS)
	case l.RS485:
		return tuner{}, errors.New("RS-485 mode is not supported on " + runtime.GOOS)
	}
	return tuner{}, nil
}

func (tuner) close() {}

func (tuner) apply(Line, int) error { return nil }

func isBusy(error) bool { return false }

func isUnplugged(error) bool { return false }
