package initrd

import (
	"fmt"
	"io"
	"io/fs"
	"strings"
)

// Archive writes a cpio archive in the format "newc", which the kernel unpacks into
// its first file system (initramfs-buffer-format of the kernel's documentation). The
// zero Archive with a Writer is ready; after the first error the others do nothing.
type Archive struct {
	Writer io.Writer

	inode   int
	written int
	err     error
}

// Modes of cpio, those of stat(2).
const (
	modeDir  = 0o040000
	modeFile = 0o100000
	modeChar = 0o020000
)

// Dir adds an empty directory. Names have no leading slash.
func (a *Archive) Dir(name string) { a.add(name, modeDir|0o755, nil, 0, 0) }

// File adds a file; of perm only the permission bits count.
func (a *Archive) File(name string, perm fs.FileMode, content []byte) {
	a.add(name, modeFile|int(perm.Perm()), content, 0, 0)
}

// Device adds a character device.
func (a *Archive) Device(name string, major, minor int) {
	a.add(name, modeChar|0o600, nil, major, minor)
}

// Close writes the end of the archive and returns the first error of all. It leaves the
// Writer open.
func (a *Archive) Close() error {
	a.add("TRAILER!!!", 0, nil, 0, 0)
	return a.err
}

// add writes the header, thirteen fields of eight hexadecimal digits, then the name
// with a zero byte and the content, both filled up to multiples of four.
func (a *Archive) add(name string, mode int, content []byte, major, minor int) {
	a.inode++
	header := "070701"
	for _, field := range [...]int{a.inode, mode, 0, 0, 1, 0, len(content), 0, 0, major, minor, len(name) + 1, 0} {
		header += fmt.Sprintf("%08X", field)
	}
	a.write([]byte(header + name + "\x00"))
	a.fill()
	a.write(content)
	a.fill()
}

func (a *Archive) fill() { a.write([]byte(strings.Repeat("\x00", (4-a.written%4)%4))) }

func (a *Archive) write(b []byte) {
	if a.err != nil {
		return
	}
	n, err := a.Writer.Write(b)
	a.written += n
	a.err = err
}
