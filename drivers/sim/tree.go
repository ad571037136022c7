package sim

import (
	"errors"
	"fmt"
	"io/fs"
	"path"
	"slices"
	"strings"
	"sync"

	"github.com/ioclet/ioclet/drivers/sysfs"
)

// Tree are the files of a machine that is not there. To put them in the place of the
// real ones:
//
//	opts.Files = tree
//
// The zero Tree has no files. Directories are there as long as there is something in
// them. Its methods may be called from any goroutine.
type Tree struct {
	mu      sync.Mutex
	files   map[string]*file
	links   map[string]string
	fails   map[string]error        // by directory
	sensors map[string]*thermometer // by their numbers
}

var _ sysfs.Files = (*Tree)(nil)

// file is a file of a tree.
type file struct {
	text  []byte
	read  func() ([]byte, error)  // instead of text; may be nil
	write func(text []byte) error // instead of text; may be nil
}

// Set gives a file a content, and makes it if it is not there.
func (t *Tree) Set(name, text string) { t.put(name, &file{text: []byte(text)}) }

// Handle makes a file that is read and written by functions, which may be called from
// any goroutine and block; nil stands for its content.
func (t *Tree) Handle(name string, read func() ([]byte, error), write func(text []byte) error) {
	t.put(name, &file{read: read, write: write})
}

func (t *Tree) put(name string, f *file) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.files == nil {
		t.files = map[string]*file{}
	}
	t.files[path.Clean(name)] = f
}

// Link says what RealPath finds at name and below.
func (t *Tree) Link(name, real string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.links == nil {
		t.links = map[string]string{}
	}
	t.links[path.Clean(name)] = real
}

// Remove removes a file, or a directory with all that is in it.
func (t *Tree) Remove(name string) {
	t.mu.Lock()
	defer t.mu.Unlock()
	for f := range t.files {
		if f == name || strings.HasPrefix(f, name+"/") {
			delete(t.files, f)
		}
	}
}

// Fail makes all that is done with the files of a directory fail with err, until it is
// called with nil. With fs.ErrNotExist the directory is not there at all.
func (t *Tree) Fail(dir string, err error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	if t.fails == nil {
		t.fails = map[string]error{}
	}
	t.fails[path.Clean(dir)] = err
}

func (t *Tree) find(op, name string) (*file, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	clean := path.Clean(name)
	if err := t.fails[path.Dir(clean)]; err != nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: err}
	}
	f := t.files[clean]
	if f == nil {
		return nil, &fs.PathError{Op: op, Path: name, Err: fs.ErrNotExist}
	}
	return f, nil
}

// ReadFile is what was set or written last. sysfs.Files.
func (t *Tree) ReadFile(name string) ([]byte, error) {
	f, err := t.find("open", name)
	if err != nil {
		return nil, err
	}
	if f.read != nil {
		return f.read()
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	return slices.Clone(f.text), nil
}

// WriteFile replaces a file's content. sysfs.Files.
func (t *Tree) WriteFile(name string, text []byte) error {
	f, err := t.find("open", name)
	if err != nil {
		return err
	}
	if f.write != nil {
		return f.write(text)
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	f.text = slices.Clone(text)
	return nil
}

// ReadDir lists what is directly in a directory. sysfs.Files.
func (t *Tree) ReadDir(name string) ([]string, error) {
	t.mu.Lock()
	defer t.mu.Unlock()
	var names []string
	inside := strings.TrimSuffix(path.Clean(name), "/") + "/"
	for f := range t.files {
		if rest, ok := strings.CutPrefix(f, inside); ok && !errors.Is(t.fails[path.Dir(f)], fs.ErrNotExist) {
			first, _, _ := strings.Cut(rest, "/")
			names = append(names, first)
		}
	}
	if len(names) == 0 {
		return nil, &fs.PathError{Op: "open", Path: name, Err: fs.ErrNotExist}
	}
	slices.Sort(names)
	return slices.Compact(names), nil
}

// RealPath is what Link has said, or the name itself. sysfs.Files.
func (t *Tree) RealPath(name string) (string, error) {
	if _, err := t.find("lstat", name); err != nil {
		if _, err := t.ReadDir(name); err != nil {
			return "", err
		}
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	for at := path.Clean(name); at != "/" && at != "."; at = path.Dir(at) {
		if real, ok := t.links[at]; ok {
			return real + strings.TrimPrefix(path.Clean(name), at), nil
		}
	}
	return path.Clean(name), nil
}

// number is the number of the next device in a class's directory.
func (t *Tree) number(dir, prefix string) string {
	names, _ := t.ReadDir(dir) // none: the first
	return path.Join(dir, fmt.Sprintf("%s%d", prefix, len(names)))
}
