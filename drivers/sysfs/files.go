package sysfs

import (
	"fmt"
	"io"
	"os"
	"path/filepath"
)

// Files are the files of a machine, by their absolute paths with slashes. Its methods may be
// called from any goroutine. Errors are those of package os: fs.ErrNotExist and the
// like are in their chains.
type Files interface {
	// ReadFile is the content of a file.
	ReadFile(name string) ([]byte, error)
	// WriteFile replaces the content of a file, which must be there.
	WriteFile(name string, text []byte) error
	// ReadDir lists the names in a directory, sorted.
	ReadDir(name string) ([]string, error)
	// RealPath is the path of a file that is there, without links in it: that of a
	// device says where it is connected.
	RealPath(name string) (string, error)
}

// Kernel are the files of this machine.
type Kernel struct {
	// Root is the directory that stands for /; "" is / itself.
	Root string
}

// maxFile bounds what is read of a file. An attribute has at most a page.
const maxFile = 1 << 16

func (k Kernel) path(name string) string {
	if k.Root == "" {
		return name
	}
	return filepath.Join(k.Root, filepath.FromSlash(name))
}

// ReadFile opens the file anew each time, so that one that was replaced is noticed.
func (k Kernel) ReadFile(name string) ([]byte, error) {
	f, err := os.Open(k.path(name))
	if err != nil {
		return nil, err
	}
	defer f.Close()
	text, err := io.ReadAll(io.LimitReader(f, maxFile+1))
	if err != nil {
		return nil, err
	}
	if len(text) > maxFile {
		return nil, fmt.Errorf("%s: longer than %d bytes", name, maxFile)
	}
	return text, nil
}

// WriteFile writes all of text at once, as the kernel wants it.
func (k Kernel) WriteFile(name string, text []byte) error {
	f, err := os.OpenFile(k.path(name), os.O_WRONLY|os.O_TRUNC, 0)
	if err != nil {
		return err
	}
	_, err = f.Write(text)
	if closed := f.Close(); err == nil {
		err = closed
	}
	return err
}

// ReadDir is os.ReadDir without the kinds of the files.
func (k Kernel) ReadDir(name string) ([]string, error) {
	entries, err := os.ReadDir(k.path(name))
	names := make([]string, len(entries))
	for i, e := range entries {
		names[i] = e.Name()
	}
	return names, err
}

// RealPath follows links.
func (k Kernel) RealPath(name string) (string, error) {
	real, err := filepath.EvalSymlinks(k.path(name))
	if err != nil || k.Root == "" {
		return real, err
	}
	root, err := filepath.EvalSymlinks(k.Root)
	if err != nil {
		return "", err
	}
	inside, err := filepath.Rel(root, real)
	return "/" + filepath.ToSlash(inside), err
}
