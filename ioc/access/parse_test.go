package access

import (
	"bytes"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestProblems(t *testing.T) {
	tests := []struct {
		name, text string
		macros     map[string]string
		want       []string // "line:col: what, expected …"
	}{
		{"nothing", "", nil, []string{`1:1: nothing, expected UAG, HAG or ASG`}},
		{"all at once", "UAG(u) { a b }\nHAG(h) { }\nASG(A) { RULE(1, READ) }\nASG(B) { RULE(READ) }\n", nil, []string{
			`1:12: "b", expected "," or "}"`, `2:10: "}", expected the name of a host`, `4:15: "READ", expected the rule's level, 0 or 1`,
		}},
		{"no end", "ASG(A) {\n  RULE(1, READ)\n", nil, []string{`3:1: the end of the file, expected RULE or INPA to INPU`}},
		{"an empty group", "ASG(A) { }", nil, []string{`1:10: "}", expected RULE or INPA to INPU`}},
		{"several in a group", "ASG(A) {\n  RULE(1 READ) { CALC(1) }\n  INPA\n  RULE(1, READ) { }\n  RULE(1, READ) { UAG(u) }\n  FOO(x) { y }\n}\nFOO\nASG(B)", nil, []string{
			`2:10: "READ", expected ","`, `4:3: "RULE", expected "("`, `4:19: "}", expected UAG, HAG or CALC`,
			`5:23: no user access group "u", expected one that stands above`, `6:3: "FOO", expected RULE or INPA to INPU`, `9:1: "ASG", expected "("`,
		}},
		{"groups that are not there", "ASG(A) { RULE(1, READ) { UAG(u) HAG(h) } }", nil, []string{
			`1:30: no user access group "u", expected one that stands above`, `1:37: no host access group "h", expected one that stands above`,
		}},
		{"twice", "UAG(u)\nUAG(u)\nHAG(h)\nHAG(h)\nASG(a)\nASG(a)", nil, []string{
			`2:5: user access group "u" is there already`, `4:5: host access group "h" is there already`, `6:5: access security group "a" is there already`,
		}},
		{"expressions", `ASG(A) { RULE(1, READ) { CALC("A+") } RULE(1, READ) { CALC("A:=1;A") } }`, nil, []string{
			`1:31: expression "A+": column 3: the expression ends where an operand is expected`, `1:60: expression "A:=1;A" assigns`,
		}},
		{"levels and options", `ASG(A) { RULE(-1, READ) RULE(1, READ, LOG) }`, nil, []string{
			`1:15: level -1, expected 0 or 1`, `1:39: "LOG", expected TRAPWRITE or NOTRAPWRITE`,
		}},
		{"characters", "ASG(a/b)\nASG(\x01)", nil, []string{
			`1:6: character '/', expected quotes around it`, `1:7: "b", expected ")"`,
			`2:5: character 0x01, expected quotes around it`, `2:6: ")", expected the group's name`,
		}},
		{"an open quote", "UAG(\"u)\nASG(A)", nil, []string{`1:5: a quoted text does not end in its line, expected "`, `2:1: "ASG", expected the group's name`}},
		{"macros", "ASG($(A))\nASG($(B))\nUAG(${C\nUAG($(D))", map[string]string{"A": "a b", "D": "$(D)"}, []string{
			`1:5: "b", expected ")"`, `2:5: macro "B" has no value`, `3:5: the macro does not end in its line`, `4:1: "UAG", expected ")"`, `4:5: the macro is defined by itself`,
		}},
	}
	for _, tt := range tests {
		_, err := Parse("f", []byte(tt.text), tt.macros)
		var problems Problems
		if !errors.As(err, &problems) {
			t.Errorf("%s: %v", tt.name, err)
			continue
		}
		want := "f:" + strings.Join(tt.want, "\nf:")
		if got := problems.Error(); got != want {
			t.Errorf("%s:\n%s\nwant\n%s", tt.name, got, want)
		}
	}
}

func TestWarnings(t *testing.T) {
	rules, err := Parse("f", []byte(`UAG(u) { a, a }
SITE(x) { y(z) }
ASG(A) {
  INPA(X) INPA(Y)
  RULE(1, RPC)
  RULE(1, READ) { METHOD("ca") }
  RULE(1, READ) { CALC("1") }
}`), nil)
	if err != nil {
		t.Fatal(err)
	}
	want := `f:1:13: user "a" is in the group twice
f:2:1: "SITE" is not known and passed over
f:4:11: INPA is there already, the last counts
f:5:11: the right "RPC" is not known, the rule is passed over
f:6:19: the condition "METHOD" is not known, the rule is passed over
f:7:3: CALC("1") uses none of the group's inputs, so that it is never true`
	if got := Problems(rules.Warnings()).Error(); got != want {
		t.Errorf("%s\nwant\n%s", got, want)
	}
}

func TestMacrosAreNotReplacedInComments(t *testing.T) {
	_, err := Parse("f", []byte("# $(X) \"\nASG($(Y=a#b)) # $(\nASG(\"c#$(Z)\")\n"), map[string]string{"Z": "d"})
	if err == nil || err.Error() != `f:3:1: "ASG", expected ")"` {
		t.Errorf("%v, want the # of a macro's value to begin a comment", err)
	}
	rules, err := Parse("f", []byte("# $(X) \"\nASG(\"c#$(Z)\")\n"), map[string]string{"Z": "d"})
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(rules.Groups(), " "); got != "DEFAULT c#d" {
		t.Errorf("groups %s", got)
	}
}

func TestLimits(t *testing.T) {
	tests := []struct {
		name, text string
		macros     map[string]string
		want       string
	}{
		{"file", strings.Repeat(" ", MaxFile+1), nil, "f: the file is larger than 1 MiB"},
		{"macros", strings.Repeat("$(A)", MaxFile/4), map[string]string{"A": strings.Repeat("a", 1000)}, "f: with its macros replaced the file is larger than 4 MiB"},
		{
			"doubling", "UAG($(A))",
			map[string]string{"A": "$(B)$(B)", "B": "$(C)$(C)", "C": "$(D)$(D)", "D": strings.Repeat("d", 1<<20)},
			"f:1:5: the macro's value is too long",
		},
	}
	for _, tt := range tests {
		_, err := Parse("f", []byte(tt.text), tt.macros)
		if err == nil || !strings.Contains(err.Error(), tt.want) {
			t.Errorf("%s: %.200v", tt.name, err)
		}
	}
	_, err := Parse("f", bytes.Repeat([]byte("?"), MaxFile), nil) // in time
	var problems Problems
	if !errors.As(err, &problems) || len(problems) != maxProblems {
		t.Errorf("%d problems", len(problems))
	}
}

func TestLoad(t *testing.T) {
	path := filepath.Join(t.TempDir(), "x.acf")
	if _, err := Load(path, nil); !errors.Is(err, os.ErrNotExist) {
		t.Errorf("a file that is not there: %v", err)
	}
	if err := os.WriteFile(path, []byte("ASG($(X)) { INPA(P:ONE) INPB(P:TWO) RULE(1, READ) }"), 0o600); err != nil {
		t.Fatal(err)
	}
	rules, err := Load(path, map[string]string{"X": "A"})
	if err != nil {
		t.Fatal(err)
	}
	got := strings.Join(rules.Groups(), " ")
	for _, in := range rules.Inputs() {
		got += fmt.Sprintf(" %s=%s at %d", in.Group, in.PV, in.Pos.Col)
	}
	if got != "A DEFAULT A=P:ONE at 18 A=P:TWO at 30" {
		t.Error(got)
	}
}
