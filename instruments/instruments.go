package instruments

import (
	"embed"
	"slices"
	"strings"
)

// FS holds the files: NAME.yaml, and for some NAME.sim.yaml.
//
//go:embed *.yaml *.ino
var FS embed.FS

// Names are what instrument: calls the files, in alphabetical order.
func Names() (names []string) {
	files, _ := FS.ReadDir(".") // embedded: it is there
	for _, f := range files {
		name, ok := strings.CutSuffix(f.Name(), ".yaml")
		if ok && !strings.HasSuffix(name, ".sim") {
			names = append(names, name)
		}
	}
	slices.Sort(names)
	return names
}
