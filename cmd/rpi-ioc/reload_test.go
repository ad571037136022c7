package main

import (
	"errors"
	"log/slog"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/ioc"
	"github.com/ioclet/ioclet/ioc/access"
)

// What is said of access rules that are read again.
func TestReload(t *testing.T) {
	tests := []struct {
		name, text string
		err        error
		want       []string
	}{
		{"good", "ASG(A) { RULE(1, READ) RULE(1, RPC) }", nil, []string{
			`level=WARN msg="access security" place=x.acf:1:32 what="the right \"RPC\" is not known, the rule is passed over"`,
			`level=INFO msg="access security rules are read again" groups=2`,
		}},
		{"broken", "ASG(A) { RULE(1, READ) }\nASG(", nil, []string{
			`level=ERROR msg="access security" place=x.acf:2:5 what="the end of the file" expected="the group's name"`,
			`level=ERROR msg="access security file has mistakes: the rules stay what they were" mistakes=1`,
		}},
		{"not there", "", errors.New("no such file"), []string{
			`level=ERROR msg="access security file cannot be read: the rules stay what they were" err="no such file"`,
		}},
	}
	for _, tt := range tests {
		var out strings.Builder
		log := slog.New(slog.NewTextHandler(&out, &slog.HandlerOptions{ReplaceAttr: func(_ []string, a slog.Attr) slog.Attr {
			if a.Key == slog.TimeKey {
				return slog.Attr{}
			}
			return a
		}}))
		reload(func() (*access.Rules, error) {
			if tt.err != nil {
				return nil, tt.err
			}
			return access.Parse("x.acf", []byte(tt.text), nil)
		}, ioc.New(""), log)
		if want := strings.Join(tt.want, "\n") + "\n"; out.String() != want {
			t.Errorf("%s:\n%swant\n%s", tt.name, out.String(), want)
		}
	}
}
