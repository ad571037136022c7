package config

import (
	"os"
	"regexp"
	"strings"
	"testing"
)

// The examples of docs/chips.md are files that can be used, and every PV of theirs lives
// without hardware.
func TestExamplesOfChips(t *testing.T) {
	page, err := os.ReadFile("../docs/chips.md")
	if err != nil {
		t.Fatal(err)
	}
	examples := regexp.MustCompile("(?s)```yaml\n(.*?)```").FindAllStringSubmatch(string(page), -1)
	if len(examples) < 10 {
		t.Fatalf("found %d examples; has the form of the page changed?", len(examples))
	}
	for _, e := range examples {
		if strings.Contains(e[1], "\n    spi:") {
			continue
		}
		chip := regexp.MustCompile(`chip: (\w+)`).FindStringSubmatch(e[1])[1]
		t.Run(chip, func(t *testing.T) {
			t.Parallel()
			file := t.TempDir() + "/chips.yaml"
			if err := os.WriteFile(file, []byte("ioc: {name: chips, prefix: \"C:\"}\n"+e[1]), 0o600); err != nil {
				t.Fatal(err)
			}
			m, err := Load(file)
			if err != nil {
				t.Fatal(err)
			}
			if len(m.Warnings) > 0 {
				t.Errorf("warnings: %v", m.Warnings)
			}
			i, stop := start(t, file, Options{Sim: true})
			defer stop()
			for _, p := range m.PVs {
				await(t, i, p.Name, good)
			}
		})
	}
}
