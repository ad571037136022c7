package conformance

import (
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"
)

// Row is one behaviour of the C server.
type Row struct {
	Name string // group/stimulus: "errors/unknown command"
	Fact string // what the C server does
	do   func(*judge)
}

// Rows are all rows, in the order in which they are told and judged.
func Rows() []Row {
	return slices.Concat(searches, circuits, channels, errorRows, reads, conversions, metadata, writes,
		monitors, callbacks, access, clients)
}

// Judge plays the row against the server at host:port, TCP and UDP alike, and returns
// what differs, nil if nothing does. Rows write to the server's PVs, so one at a time.
func (r Row) Judge(server string) error {
	j := &judge{server: server}
	done := make(chan struct{})
	go func() { // ends with the row
		defer close(done)
		defer j.hangUp()
		r.do(j)
	}()
	<-done
	return errors.Join(j.differences...)
}

// Run judges the server by every row as a subtest of its name. Expected are the rows
// that the server is known to fail, each with the reason; one that it passes, or that
// there is not, is an error too.
func Run(t *testing.T, server string, expected map[string]string) {
	for _, r := range Rows() {
		t.Run(r.Name, func(t *testing.T) {
			err := r.Judge(server)
			reason, known := expected[r.Name]
			switch {
			case known && err == nil:
				t.Errorf("passes, though it is expected to differ: %s", reason)
			case known:
				t.Logf("differs, as expected: %s", reason)
			case err != nil:
				t.Errorf("%v\nThe C server: %s", err, r.Fact)
			}
		})
	}
	for name := range expected {
		if !slices.ContainsFunc(Rows(), func(r Row) bool { return r.Name == name }) {
			t.Errorf("a difference is expected in %q, which is no row", name)
		}
	}
}

// NotFollowed are the rows that ask for more than the C server does, which so fails
// them, with what it does.
func NotFollowed() map[string]string {
	return map[string]string{
		"circuit/a sid of another circuit": "the C server's sids are those of all circuits: it carries the request out, and answers to the other client",
		"reads/padding":                    "the C server does not clear its buffers: bytes of earlier messages, perhaps of other clients' data, stay in padding",
	}
}

// patience is how long a server may take to answer; far more than it needs.
const patience = 10 * time.Second

// judge is the one who plays a row, and what it has found.
type judge struct {
	server      string
	differences []error
	open        []interface{ Close() error }
}

// differ notes a difference and goes on.
func (j *judge) differ(format string, args ...any) {
	j.differences = append(j.differences, fmt.Errorf(format, args...))
}

// giveUp notes a difference that leaves nothing to go on with, and ends the row.
func (j *judge) giveUp(format string, args ...any) {
	j.differ(format, args...)
	runtime.Goexit()
}

func (j *judge) hangUp() {
	for _, c := range j.open {
		_ = c.Close()
	}
}

// Page is the rows as a page for people, in Markdown.
func Page() string {
	var b strings.Builder
	b.WriteString(pageHead)
	group := ""
	for _, r := range Rows() {
		g, name, _ := strings.Cut(r.Name, "/")
		if g != group {
			group = g
			fmt.Fprintf(&b, "\n## %s\n\n| stimulus | what the server does |\n|---|---|\n", g)
		}
		fact := r.Fact
		if c := NotFollowed()[r.Name]; c != "" {
			fact += ". Not followed: " + c
		}
		fmt.Fprintf(&b, "| %s | %s |\n", strings.ReplaceAll(name, "|", `\|`), strings.ReplaceAll(fact, "|", `\|`))
	}
	return b.String()
}

const pageHead = `<!-- Made from the rows of interop/conformance by "go test ./interop/conformance -run TestPage -update". -->

# What the server speaks

Channel Access 4.13 as the C server of EPICS base speaks it. Each row is a test of the package interop/conformance
that runs against this server, which passes them all, and against softIoc of EPICS 7.0.10; the tests' name is the heading
and the stimulus. In the rows marked as not followed the C server is no example, and fails. The package's documentation
says how to judge another server by the same rows.
`
