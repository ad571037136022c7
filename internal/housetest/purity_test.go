package housetest

import (
	"fmt"
	"go/ast"
	"go/parser"
	"go/token"
	"slices"
	"strings"
	"testing"
)

// impure are the standard packages that a pure package cannot import, with what it
// should do instead.
var impure = map[string]string{
	"net":           "bytes come in and go out as slices; net/netip names addresses",
	"os":            "what the environment says is an argument",
	"sync":          "one goroutine owns the state; who shares it locks it",
	"sync/atomic":   "one goroutine owns the state; who shares it locks it",
	"log":           "errors are returned, and who sees them logs them",
	"log/slog":      "errors are returned, and who sees them logs them",
	"context":       "nothing here waits",
	"math/rand":     "randomness is an argument",
	"math/rand/v2":  "randomness is an argument",
	"syscall":       "nothing here knows of a system",
	"os/signal":     "nothing here knows of a system",
	"net/http":      "bytes come in and go out as slices",
	"path/filepath": "nothing here knows of files",
}

// clock are the functions of package time that ask or wait for the time of day.
var clock = []string{"Now", "Since", "Until", "After", "AfterFunc", "Tick", "NewTimer", "NewTicker", "Sleep"}

// impurities lists what a file does that a pure package does not.
func impurities(f *ast.File, imports []string) []string {
	var out []string
	for _, imp := range imports {
		if reason, ok := impure[imp]; ok {
			out = append(out, fmt.Sprintf("imports %s: %s", imp, reason))
		}
	}
	ast.Inspect(f, func(n ast.Node) bool {
		if sel, ok := n.(*ast.SelectorExpr); ok {
			if x, ok := sel.X.(*ast.Ident); ok && x.Name == "time" && slices.Contains(clock, sel.Sel.Name) {
				out = append(out, fmt.Sprintf("calls time.%s: the time is an argument", sel.Sel.Name))
			}
		}
		if _, ok := n.(*ast.GoStmt); ok {
			out = append(out, "starts a goroutine: that is for who owns the connection")
		}
		return true
	})
	return out
}

func TestProtocolIsPure(t *testing.T) {
	pure := 0
	for _, s := range sources(t) {
		if !under(s.pkg, "protocol") || under(s.pkg, "protocol/prototest") {
			continue
		}
		pure++
		for _, what := range impurities(s.file, s.imports) {
			t.Errorf("%s: package %s is pure, but %s", s.path, s.pkg, what)
		}
	}
	if pure == 0 {
		t.Error("no files of protocol found")
	}
}

// TestImpurities shows that the check sees what it looks for.
func TestImpurities(t *testing.T) {
	const code = `package p
import ("net"; "net/netip"; "time"; "sync")
var d time.Duration
func f() { _ = time.Now(); go f() }
`
	f, err := parser.ParseFile(token.NewFileSet(), "p.go", code, 0)
	if err != nil {
		t.Fatal(err)
	}
	got := impurities(f, []string{"net", "net/netip", "time", "sync"})
	for _, want := range []string{"imports net:", "imports sync:", "calls time.Now", "starts a goroutine"} {
		if !slices.ContainsFunc(got, func(s string) bool { return strings.HasPrefix(s, want) }) {
			t.Errorf("%q not found in %q", want, got)
		}
	}
	if len(got) != 4 {
		t.Errorf("got %d findings %q, want 4", len(got), got)
	}
}
