package boards

import (
	"encoding/binary"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"strconv"
	"strings"
)

// Detect finds out which board this machine is. fsys is its root file system,
// os.DirFS("/"). It reads the revision code of a Raspberry Pi and the model in the
// device tree; a machine without them, or of a model that is in no table, is the
// generic board, with the Model it gives. An error means that a file is there and
// cannot be read.
func Detect(fsys fs.FS) (*Board, error) {
	model, err := read(fsys, "proc/device-tree/model")
	if err != nil {
		return nil, err
	}
	model = strings.Trim(model, "\x00\n ")
	code, err := revision(fsys)
	if err != nil {
		return nil, err
	}
	for _, e := range tables() {
		if e.hasRevision(code) || e.hasModel(model) {
			return e.board.detected(model), nil
		}
	}
	return Generic().detected(model), nil
}

// detected is b with the model that the machine itself gives.
func (b *Board) detected(model string) *Board {
	if model == "" || model == b.Model {
		return b
	}
	c := *b
	c.Model = model
	return &c
}

// newStyle marks a revision code of the format that has a type field.
const newStyle = 1 << 23

func (e *entry) hasRevision(code uint32) bool {
	if code&newStyle != 0 {
		return slices.Contains(e.types, code>>4&0xff)
	}
	// The upper byte says whether the warranty was voided by overvolting.
	return slices.Contains(e.revisions, code&0xffffff)
}

// hasModel takes "Raspberry Pi 4 Model B Rev 1.4" for a "Raspberry Pi 4 Model B".
func (e *entry) hasModel(model string) bool {
	rest, ok := strings.CutPrefix(model, e.board.Model)
	return ok && e.board.Model != "" && (rest == "" || strings.HasPrefix(rest, " Rev "))
}

// revision is a Raspberry Pi's revision code, 0 if this is none. The firmware puts it
// into the device tree; the kernels of Raspberry Pi OS show it in cpuinfo as well.
func revision(fsys fs.FS) (uint32, error) {
	cell, err := read(fsys, "proc/device-tree/system/linux,revision")
	if err != nil {
		return 0, err
	}
	if len(cell) == 4 {
		return binary.BigEndian.Uint32([]byte(cell)), nil
	}
	info, err := read(fsys, "proc/cpuinfo")
	if err != nil {
		return 0, err
	}
	// "Hardware : BCM2835" stands beside the codes of a Raspberry Pi; other ARM boards
	// have revisions of their own.
	if !strings.Contains(info, "Raspberry Pi") && !strings.Contains(info, ": BCM2") {
		return 0, nil
	}
	for line := range strings.Lines(info) {
		name, value, _ := strings.Cut(line, ":")
		if strings.TrimSpace(name) == "Revision" {
			code, err := strconv.ParseUint(strings.TrimSpace(value), 16, 32)
			if err != nil {
				return 0, nil
			}
			return uint32(code), nil
		}
	}
	return 0, nil
}

// read is the content of a file, "" if it does not exist.
func read(fsys fs.FS, name string) (string, error) {
	text, err := fs.ReadFile(fsys, name)
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return "", fmt.Errorf("find out the board: %w", err)
	}
	return string(text), nil
}
