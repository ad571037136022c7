package circuit

import (
	"flag"
	"fmt"
	"os"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/protocol"
)

var update = flag.Bool("update", false, "write docs/channel-access-states.md")

// statesDocument is where the diagram of rules stands.
const statesDocument = "../../docs/channel-access-states.md"

// diagram draws the rules of the given states for both roles: ▶ goes from client to
// server, ◀ from server to client.
func diagram(from, to State) string {
	var b strings.Builder
	b.WriteString("```mermaid\nstateDiagram-v2\n")
	fmt.Fprintf(&b, "    [*] --> %v\n", from)
	for _, r := range rules {
		if r.from < from || r.from > to {
			continue
		}
		arrow := "▶"
		if r.dir == response {
			arrow = "◀"
		}
		var names []string
		for _, c := range r.commands {
			names = append(names, c.String())
		}
		fmt.Fprintf(&b, "    %v --> %v: %s %s\n", r.from, r.to, arrow, strings.Join(names, ", "))
	}
	b.WriteString("```\n")
	return b.String()
}

// TestStatesDocument holds the committed diagram to the table.
func TestStatesDocument(t *testing.T) {
	want := "<!-- Made from the table in protocol/circuit/state.go by go generate ./protocol/circuit. -->\n\n" +
		"# States of Channel Access\n\n" +
		"▶ is sent by the client, ◀ by the server. What is not drawn may not be sent.\n\n" +
		"## A circuit\n\n" + diagram(Opening, Closed) + "\n" +
		"Whatever its state, a circuit is closed when the connection ends or a message breaks the protocol.\n\n" +
		"## A channel\n\n" + diagram(Creating, Gone)
	if *update {
		if err := os.WriteFile(statesDocument, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	got, err := os.ReadFile(statesDocument)
	if err != nil {
		t.Fatal(err)
	}
	if string(got) != want {
		t.Error("the diagram is not that of the table: go generate ./protocol/circuit")
	}
}

// TestRules: every message of the protocol that is not obsolete may be sent at some
// time, and every state but the first is reached.
func TestRules(t *testing.T) {
	elsewhere := map[protocol.Command]bool{ // over UDP only
		protocol.CmdBeacon: true, protocol.CmdRepeaterConfirm: true, protocol.CmdRepeaterRegister: true,
	}
	obsolete := map[protocol.Command]bool{
		protocol.CmdSnapshot: true, protocol.CmdBuild: true, protocol.CmdReadBuild: true, protocol.CmdSignal: true,
	}
	used := map[protocol.Command]bool{}
	reached := map[State]bool{}
	for _, r := range rules {
		reached[r.to] = true
		for _, c := range r.commands {
			used[c] = true
			if to, ok := r.from.after(r.dir, c); !ok || to != r.to {
				t.Errorf("%v in state %v leads to %v, its rule says %v: two rules disagree", c, r.from, to, r.to)
			}
		}
	}
	for c := range protocol.LastCommand + 1 {
		if used[c] == (elsewhere[c] || obsolete[c]) {
			t.Errorf("%v: used %v", c, used[c])
		}
	}
	for s := range stateCount {
		first := s == illegal || s == Closed || s == Creating // Closed by Close, Creating by Create and Accept
		if !reached[s] && !first {
			t.Errorf("state %v is never reached", s)
		}
	}
	if _, ok := Ready.after(request, 999); ok {
		t.Error("an unknown command is legal")
	}
}
