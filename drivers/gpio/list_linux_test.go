package gpio

import (
	"errors"
	"os"
	"path/filepath"
	"testing"

	"github.com/ioclet/ioclet/drivers"
	"github.com/warthog618/go-gpiocdev/uapi"
)

func TestLineOf(t *testing.T) {
	var info uapi.LineInfoV2
	copy(info.Name[:], "GPIO17")
	copy(info.Consumer[:], "ioclet GH:RELAY")
	info.Flags = uapi.LineFlagV2Used | uapi.LineFlagV2Output | uapi.LineFlagV2ActiveLow
	if got, want := lineOf(17, info), (LineInfo{17, "GPIO17", true, "ioclet GH:RELAY", true, true}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
	if got, want := lineOf(3, uapi.LineInfoV2{}), (LineInfo{Offset: 3}); got != want {
		t.Errorf("%+v, want %+v", got, want)
	}
}

func TestListNothing(t *testing.T) {
	root := t.TempDir()
	if list, err := List(root); !errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("no chips: %v, %v", list, err)
	}
	dev := filepath.Join(root, "dev")
	if err := os.Mkdir(dev, 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(dev, "gpiochip0"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if list, err := List(root); err == nil || errors.Is(err, drivers.ErrAbsent) {
		t.Errorf("a file that is no chip: %v, %v", list, err)
	}
}
