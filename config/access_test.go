package config

import (
	"os"
	"path/filepath"
	"strings"
	"testing"

	"github.com/google/go-cmp/cmp"
)

// site writes a configuration with its access security file and returns its path.
func site(t *testing.T, yaml, acf string) string {
	t.Helper()
	dir := t.TempDir()
	for name, text := range map[string]string{"site.yaml": yaml, "site.acf": acf} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return filepath.Join(dir, "site.yaml")
}

func TestAccessWarnings(t *testing.T) {
	path := site(t, `ioc: {prefix: "S:"}
access: {file: site.acf, macros: {P: "S:"}}
defaults: {asg: MAGNETS}
pvs:
  A: {value: 1}
  B: {value: 1, asg: MAGNET}
  C: {value: 1, asg: SOURCE}
`, `ASG(MAGNET) { INPA("$(P)A.HIHI") INPB("$(P)Z") RULE(1, RPC) RULE(1, READ) { CALC("A+B") } }`)
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for _, w := range m.Warnings {
		got = append(got, strings.ReplaceAll(w.Error(), filepath.Dir(path)+string(filepath.Separator), ""))
	}
	want := []string{
		`site.acf:1:56: the right "RPC" is not known, the rule is passed over`,
		`site.yaml:3:17: asg: no group "MAGNETS" in the access security file, DEFAULT applies (did you mean "MAGNET"?)`,
		`site.yaml:7:22: asg: no group "SOURCE" in the access security file, DEFAULT applies`,
		`site.acf:1:39: ASG(MAGNET): input "S:Z" is no PV of this IOC, rules that use it do not match`,
	}
	if d := cmp.Diff(want, got); d != "" {
		t.Errorf("(-want +got):\n%s", d)
	}
}

func TestAccessLoader(t *testing.T) {
	path := site(t, "access: {file: site.acf, macros: {G: A}}\npvs: {A: {value: 1}}\n", "ASG($(G))")
	m, err := Load(path)
	if err != nil {
		t.Fatal(err)
	}
	acf := filepath.Join(filepath.Dir(path), "site.acf")
	if err := os.WriteFile(acf, []byte("ASG($(G)) ASG(B)"), 0o600); err != nil {
		t.Fatal(err)
	}
	load := m.AccessLoader()
	rules, err := load()
	if err != nil || strings.Join(rules.Groups(), " ") != "A B DEFAULT" {
		t.Errorf("%v, %v", rules, err)
	}
	if err := os.WriteFile(acf, []byte("ASG("), 0o600); err != nil {
		t.Fatal(err)
	}
	if _, err := load(); err == nil {
		t.Error("a broken file was taken")
	}
	none, err := Parse("f", []byte("pvs: {A: {value: 1}}"))
	if err != nil {
		t.Fatal(err)
	}
	if none.AccessLoader() != nil {
		t.Error("something to load without access:")
	}
}
