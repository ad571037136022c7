package housetest

import (
	"bufio"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"testing"
)

// root is the module's folder as seen from here.
const root = "../.."

// floor is a row of the table: packages that match one of its patterns.
type floor struct {
	level  int
	reason string
}

// plan is what docs/architecture.md says.
type plan struct {
	floors map[string]floor // by pattern
	beside []string         // patterns of packages that stand beside the house
}

var (
	tableRow = regexp.MustCompile(`^\| (\d+) \| (.+?) \| (.+?) \| (.+?) \|$`)
	quoted   = regexp.MustCompile("`([^`]+)`")
)

// readPlan reads the floors table, and the paragraph that begins with "Beside the
// house".
func readPlan(t *testing.T) plan {
	t.Helper()
	f, err := os.Open(filepath.Join(root, "docs", "architecture.md"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	p := plan{floors: map[string]floor{}}
	inBeside := false
	for lines := bufio.NewScanner(f); lines.Scan(); {
		line := lines.Text()
		if m := tableRow.FindStringSubmatch(line); m != nil {
			level, _ := strconv.Atoi(m[1])
			for _, q := range quoted.FindAllStringSubmatch(m[2], -1) {
				p.floors[q[1]] = floor{level, m[4]}
			}
		}
		inBeside = line != "" && (inBeside || strings.HasPrefix(line, "Beside the house"))
		if inBeside {
			for _, q := range quoted.FindAllStringSubmatch(line, -1) {
				p.beside = append(p.beside, q[1])
			}
		}
	}
	if len(p.floors) < 10 || len(p.beside) == 0 {
		t.Fatalf("docs/architecture.md: found %d floors and %d packages beside the house; has its form changed?",
			len(p.floors), len(p.beside))
	}
	return p
}

// of finds the row for a package; an exact name comes before a pattern.
func (p plan) of(pkg string) (floor, bool) {
	if f, ok := p.floors[pkg]; ok {
		return f, true
	}
	for pattern, f := range p.floors {
		if ok, _ := path.Match(pattern, pkg); ok {
			return f, true
		}
	}
	return floor{}, false
}

func (p plan) isBeside(pkg string) bool {
	for _, pattern := range p.beside {
		if ok, _ := path.Match(pattern, pkg); ok || strings.HasPrefix(pkg, pattern+"/") {
			return true
		}
	}
	return false
}

// check returns what is wrong with pkg importing imp, "" if nothing is. Both are
// paths within the module.
func (p plan) check(pkg, imp string) string {
	if p.isBeside(pkg) {
		return ""
	}
	if p.isBeside(imp) {
		return fmt.Sprintf("%s imports %s: that stands beside the house and is for tests and examples only", pkg, imp)
	}
	if under(imp, "internal") {
		return ""
	}
	if under(pkg, "internal") {
		return fmt.Sprintf("%s imports %s: internal packages serve every floor, so they can stand on none", pkg, imp)
	}
	if under(pkg, "drivers") && (under(imp, "protocol") || under(imp, "ioc") || under(imp, "config")) {
		return fmt.Sprintf("%s imports %s: a driver knows its bus and no records; they meet in device", pkg, imp)
	}
	if under(pkg, "ioc") && under(imp, "client") {
		return fmt.Sprintf("%s imports %s: an IOC and a client stand side by side; only programs and tests use both", pkg, imp)
	}
	from, okFrom := p.of(pkg)
	to, okTo := p.of(imp)
	switch {
	case !okFrom:
		return fmt.Sprintf("%s is not in the table of floors (docs/architecture.md): give it a row", pkg)
	case !okTo:
		return fmt.Sprintf("%s imports %s, which is not in the table of floors (docs/architecture.md): give it a row", pkg, imp)
	case to.level >= from.level:
		return fmt.Sprintf("%s (floor %d) imports %s (floor %d): imports go down only. %s stands on floor %d since: %s",
			pkg, from.level, imp, to.level, pkg, from.level, from.reason)
	}
	return ""
}

// under reports whether pkg is dir or within it.
func under(pkg, dir string) bool { return pkg == dir || strings.HasPrefix(pkg, dir+"/") }

func TestImportsGoDown(t *testing.T) {
	p := readPlan(t)
	files := sources(t)
	if len(files) == 0 {
		t.Fatal("no Go files found")
	}
	for _, f := range files {
		if _, ok := p.of(f.pkg); !ok && !p.isBeside(f.pkg) && !under(f.pkg, "internal") {
			t.Errorf("%s: package %s is not in docs/architecture.md: give it a row in the table of floors", f.path, f.pkg)
		}
		for _, imp := range f.imports {
			if local, ok := strings.CutPrefix(imp, module+"/"); ok {
				if wrong := p.check(f.pkg, local); wrong != "" {
					t.Errorf("%s: %s", f.path, wrong)
				}
			}
		}
	}
}

// TestPlan shows that the rules bite: each row is an import that must (not) pass.
func TestPlan(t *testing.T) {
	p := readPlan(t)
	for _, c := range []struct {
		pkg, imp string
		ok       bool
	}{
		{"protocol", "pv", true},
		{"pv", "protocol", false},
		{"protocol/dbr", "protocol", false},
		{"protocol/circuit", "protocol/dbr", true},
		{"drivers/gpio", "drivers", true},
		{"drivers/gpio", "boards", true},
		{"drivers/gpio", "protocol", false},
		{"drivers/gpio", "ioc/record", false},
		{"drivers/gpio", "drivers/driverstest", false},
		{"ioc/record", "drivers", false},
		{"device", "ioc/record", true},
		{"client", "ioc", false},
		{"ioc", "client", false},
		{"config", "ioc", true},
		{"cmd/ca", "client", true},
		{"interop", "cmd/ca", true},
		{"pv", "interop", false},
		{"pv", "internal/ring", true},
		{"internal/ring", "pv", false},
		{"pv", "nosuch", false},
		{"nosuch", "pv", false},
	} {
		if wrong := p.check(c.pkg, c.imp); (wrong == "") != c.ok {
			t.Errorf("%s imports %s: got %q, want allowed = %v", c.pkg, c.imp, wrong, c.ok)
		}
	}
}
