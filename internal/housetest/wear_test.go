package housetest

import (
	"maps"
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// makesFiles is what makes files and directories, or moves them.
var makesFiles = regexp.MustCompile(`\bos\.(WriteFile|Create\w*|Mkdir\w*|Rename|Link|Symlink)\(|\bO_CREAT`)

// writers are the files that may, and when they do.
var writers = map[string]string{
	"ioc/access/putlog.go":   "for each put, if a log of puts is asked for",
	"ioc/record/gen.go":      "when the source is generated",
	"cmd/rpi-ioc/init.go":    "when told to write a file",
	"cmd/rpi-ioc/install.go": "when told to install a service",
}

// TestSDCardWear: an IOC writes nothing by itself, and so wears out no SD card: no state, no
// database, no log but to the standard error output.
func TestSDCardWear(t *testing.T) {
	found := map[string]bool{}
	for _, dir := range []string{"boards", "calc", "client", "config", "device", "drivers", "format", "instruments", "ioc", "logfilter", "protocol", "pv", "cmd"} {
		err := filepath.WalkDir(filepath.Join(root, dir), func(path string, d os.DirEntry, err error) error {
			if err != nil || d.IsDir() || !strings.HasSuffix(path, ".go") || strings.HasSuffix(path, "_test.go") {
				return err
			}
			text, err := os.ReadFile(path)
			if err == nil && makesFiles.Match(text) {
				rel, _ := filepath.Rel(root, path) // both are relative to the same directory
				found[filepath.ToSlash(rel)] = true
			}
			return err
		})
		if err != nil {
			t.Fatal(err)
		}
	}
	if got, want := slices.Sorted(maps.Keys(found)), slices.Sorted(maps.Keys(writers)); !slices.Equal(got, want) {
		t.Errorf("files are made by %q, want only %q", got, want)
	}
}
