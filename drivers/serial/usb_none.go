//go:build !linux && !windows && !(darwin && cgo)

package serial

import (
	"fmt"
	"runtime"
)

// findUSB cannot look adapters up here.
func findUSB(u USB) (string, error) {
	return "", fmt.Errorf("%s: this build for %s cannot look up USB adapters: give the port's path", u, runtime.GOOS)
}
