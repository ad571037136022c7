package gpio

import (
	"os"
	"path/filepath"

	"github.com/warthog618/go-gpiocdev/uapi"
)

// List finds the GPIO chips of this machine, with their lines and who uses them. root is
// its root directory, "/". The error wraps drivers.ErrAbsent if there are none.
func List(root string) ([]ChipInfo, error) {
	chips, err := listChips(filepath.Join(root, "dev"), filepath.Join(root, "sys/bus/gpio/devices"), describe)
	if err != nil {
		return nil, err
	}
	var list []ChipInfo
	for _, c := range chips {
		lines, err := linesOf(c)
		if err != nil {
			return list, remedy(c.path, err)
		}
		list = append(list, ChipInfo{Path: c.path, Label: c.label, Device: c.device, Lines: lines})
	}
	return list, nil
}

func linesOf(c chip) ([]LineInfo, error) {
	f, err := os.OpenFile(c.path, os.O_RDWR, 0)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	lines := make([]LineInfo, c.lines)
	for i := range lines {
		info, err := lineInfo(f, i)
		if err != nil {
			return nil, err
		}
		lines[i] = lineOf(i, info)
	}
	return lines, nil
}

func lineOf(offset int, info uapi.LineInfoV2) LineInfo {
	return LineInfo{
		Offset: offset, Name: uapi.BytesToString(info.Name[:]), Consumer: uapi.BytesToString(info.Consumer[:]),
		Used: info.Flags.IsUsed(), Output: info.Flags.IsOutput(), Low: info.Flags.IsActiveLow(),
	}
}
