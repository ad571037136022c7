//go:build unix

package sysfs

import (
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// What is refused is told with the group to join, where that helps.
func TestDenied(t *testing.T) {
	name := filepath.Join(t.TempDir(), "value")
	if err := os.WriteFile(name, nil, 0o600); err != nil {
		t.Fatal(err)
	}
	told := func(files Files) string {
		err := denied(files, name, &fs.PathError{Op: "open", Path: name, Err: fs.ErrPermission})
		if !errors.Is(err, fs.ErrPermission) {
			t.Errorf("%v", err)
		}
		return err.Error()
	}
	if got := told(Kernel{}); !strings.Contains(got, "udev rule") {
		t.Errorf("of the owner only: %s", got)
	}
	if got := told(nil); strings.Contains(got, "udev rule") {
		t.Errorf("of a simulation: %s", got)
	}
	const group = 54321 // of nobody
	if err := os.Chown(name, -1, group); err != nil {
		t.Skip("only root may give files away:", err)
	}
	if got := told(Kernel{}); !strings.Contains(got, "udev rule") {
		t.Errorf("of a group that may no more than others: %s", got)
	}
	if err := os.Chmod(name, 0o660); err != nil {
		t.Fatal(err)
	}
	if got := told(Kernel{}); !strings.Contains(got, fmt.Sprintf("add the user to group %d", group)) {
		t.Errorf("of a group: %s", got)
	}
}
