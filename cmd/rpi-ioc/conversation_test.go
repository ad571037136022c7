package main

import (
	"bufio"
	"context"
	"errors"
	"io"
	"net"
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/google/go-cmp/cmp"
)

// instrument answers each line that comes on conn, until that is closed.
func instrument(conn net.Conn, answer func(line string) string) {
	defer conn.Close()
	s := bufio.NewScanner(conn)
	for s.Scan() {
		a, bye := strings.CutSuffix(answer(s.Text()), "bye")
		if _, err := io.WriteString(conn, a); err != nil || bye {
			return
		}
	}
}

// answers is what an instrument of the tests says.
func answers(line string) string {
	switch line {
	case "*IDN?":
		return "ACME,1\n"
	case "LIST?":
		return "one\ntwo\n"
	case "PART?":
		return "no terminator"
	case "BIN?":
		return "\x1b[2J\x00µ\n"
	case "BYE":
		return "bye"
	case "LAST?":
		return "ACME,2\nbye"
	}
	return ""
}

func TestTalk(t *testing.T) {
	for _, test := range []struct {
		name, input string
		talk        talk
		want, err   string
		takes       time.Duration
	}{
		{
			name: "a script", input: "*IDN?\nLIST?\n*IDN?\n", talk: talk{wait: time.Second},
			want: "ACME,1\none\ntwo\nACME,1\n", takes: silence,
		},
		{name: "a command without answer is given its time", input: "SET 1\n*IDN?\n", talk: talk{wait: time.Second}, want: "ACME,1\n", takes: time.Second + silence},
		{name: "an answer without terminator", input: "PART?\n", talk: talk{wait: time.Second}, want: "no terminator\n", takes: 2 * silence},
		{name: "no answer at all", input: "SET 1\n", talk: talk{wait: time.Second}, err: "no answer within 1s", takes: time.Second + silence},
		{name: "nothing to say", input: "", talk: talk{wait: time.Second}, takes: silence},
		{name: "escapes of the input", input: `\x2aIDN?` + "\n", talk: talk{wait: time.Second}, want: "ACME,1\n", takes: silence},
		{name: "escapes that are none", input: `\x` + "\n", talk: talk{wait: time.Second}, err: `"\\x": `, want: ""},
		{name: "bytes for a script", input: "BIN?\n", talk: talk{wait: time.Second}, want: "\x1b[2J\x00µ\n", takes: silence},
		{name: "bytes for a terminal", input: "BIN?\n", talk: talk{wait: time.Second, escape: true}, want: "\\e[2J\\x00µ\n", takes: silence},
		{
			name: "hexadecimal", input: "*IDN?\n", talk: talk{wait: time.Second, hex: true},
			want:  "> 2a 49 44 4e 3f 0a                                 |*IDN?.|\n< 41 43 4d 45 2c 31 0a                              |ACME,1.|\n",
			takes: silence,
		},
		{
			name: "with times", input: "SET 1\n*IDN?\n", talk: talk{wait: time.Second, stamp: true},
			want:  "00:00:00.000 > SET 1\n00:00:01.000 > *IDN?\n00:00:01.000 < ACME,1\n",
			takes: time.Second + silence,
		},
		{name: "hung up after all was said", input: "LAST?\n", talk: talk{wait: time.Second}, want: "ACME,2\n"},
		{name: "hung up", input: "*IDN?\nBYE\n*IDN?\n", talk: talk{wait: time.Second}, want: "ACME,1\n", err: "the connection has ended: closed by the other end"},
	} {
		t.Run(test.name, func(t *testing.T) {
			synctest.Test(t, func(t *testing.T) {
				near, far := net.Pipe()
				go instrument(far, answers) // until near is closed
				var out strings.Builder
				test.talk.conn, test.talk.w = near, &out
				test.talk.in, test.talk.out = []byte("\n"), []byte("\n")
				began := time.Now()
				err := test.talk.run(t.Context(), strings.NewReader(test.input))
				took := time.Since(began)
				if test.err == "" != (err == nil) || err != nil && !strings.HasPrefix(err.Error(), test.err) {
					t.Errorf("%v, want %q", err, test.err)
				}
				if d := cmp.Diff(test.want, out.String()); d != "" {
					t.Errorf("(-want +got):\n%s", d)
				}
				if took != test.takes {
					t.Errorf("took %v, want %v", took, test.takes)
				}
			})
		})
	}
}

// A line of a script for which there is no connection any more is an error.
func TestTalkHungUp(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		go instrument(far, answers) // until near is closed
		input, script := io.Pipe()
		go func() { // until the last line is taken
			io.WriteString(script, "LAST?\n")
			synctest.Wait() // until the answer is shown and the connection has ended
			io.WriteString(script, "*IDN?\n")
			script.Close()
		}()
		talk := talk{conn: near, w: io.Discard, in: []byte("\n"), out: []byte("\n"), wait: time.Second}
		if err := talk.run(t.Context(), input); err == nil || err.Error() != "the connection has ended: closed by the other end" {
			t.Error(err)
		}
	})
}

// At a terminal a line is sent at once, whether or not there was an answer before.
func TestTalkTyped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		var lines []string
		go instrument(far, func(line string) string { // until near is closed
			lines = append(lines, line)
			return ""
		})
		talk := talk{conn: near, w: io.Discard, in: []byte("\n"), out: []byte("\r\n")}
		began := time.Now()
		if err := talk.run(t.Context(), strings.NewReader("A\nB\nC\n")); err != nil {
			t.Error(err)
		}
		if took := time.Since(began); took != silence {
			t.Errorf("took %v", took)
		}
		synctest.Wait()
		if d := cmp.Diff([]string{"A", "B", "C"}, lines); d != "" {
			t.Error(d)
		}
	})
}

// An instrument that takes nothing does not hold up the program.
func TestTalkStuckWrite(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, _ := net.Pipe()
		talk := talk{conn: near, w: io.Discard, out: []byte("\n")}
		err := talk.run(t.Context(), strings.NewReader("A\n"))
		if err == nil || !strings.Contains(err.Error(), "nothing can be sent for 5s") {
			t.Error(err)
		}
	})
}

// Ctrl-C ends it, though nobody types.
func TestTalkInterrupted(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		near, far := net.Pipe()
		go instrument(far, answers) // until near is closed
		input, typist := io.Pipe()
		ctx, cancel := context.WithCancel(t.Context())
		go func() { // until all else rests
			synctest.Wait()
			cancel()
		}()
		talk := talk{conn: near, w: io.Discard, out: []byte("\n")}
		if err := talk.run(ctx, input); err != nil {
			t.Error(err)
		}
		if _, err := near.Write(nil); !errors.Is(err, io.ErrClosedPipe) {
			t.Errorf("the connection is open: %v", err)
		}
		typist.Close()
	})
}

func TestTalkPorts(t *testing.T) {
	for _, test := range []struct{ port, want string }{
		{"/dev/ttyUSB0", "/dev/ttyUSB0"},
		{"./port", "./port"},
		{"usb:0403:6001", "usb 0403:6001"},
		{"usb:403:6001:A5", "usb 0403:6001 serial A5"},
		{"192.0.2.7:5025", "tcp 192.0.2.7:5025"},
		{"tcp:[2001:db8::7]:5025", "tcp [2001:db8::7]:5025"},
		{"udp:192.0.2.7:5025", "udp 192.0.2.7:5025"},
		{"rfc2217:192.0.2.7:2217", "rfc2217 192.0.2.7:2217"},
		{"unix:/run/psu", "unix /run/psu"},
		{"listen::7000", "listen :7000"},
		{"tcp::5025", `"tcp::5025" is no port, expected`},
		{"tcp:psu", `"tcp:psu" is no port, expected`},
		{"psu:scpi", `"psu:scpi" is no port, expected`},
		{"usb:0403", `"usb:0403" is no port, expected`},
		{"", `"" is no port, expected`},
	} {
		f := talkFlags{parity: "none"}
		got := ""
		if c, err := f.transport(test.port); err != nil {
			got = err.Error()
		} else {
			got = c.String()
		}
		if !strings.HasPrefix(got, test.want) {
			t.Errorf("%q: %s, want %s", test.port, got, test.want)
		}
	}
}
