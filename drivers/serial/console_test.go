package serial_test

import (
	"strings"
	"testing"
	"testing/synctest"
	"time"

	"github.com/ioclet/ioclet/drivers"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/pv"
)

// noted is a sink that keeps the last that it was told.
type noted struct{ last string }

func (n *noted) Post(v pv.Value, _ pv.Stamp, a pv.Alarm) { n.last = v.Str() }
func (n *noted) Fault(err error)                         { n.last = "fault: " + err.Error() }

func TestConsole(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		d := psu
		d.Console, d.Timeout = true, 100*time.Millisecond
		var heard []string
		p := newPort(t, serial.Options{Devices: []serial.Device{d}, Transport: answering(func(line string) string {
			heard = append(heard, line)
			switch line {
			case "*IDN?":
				return "MAKER, PSU \"1\"\r\n"
			case "\x05":
				return "\x06\x02\n"
			case "EMPTY?":
				return "\n"
			case "VOLT?":
				return "1.5\n"
			}
			return ""
		})})
		var reply noted
		p.Channel("PS", "REPLY").(drivers.Notifier).Notify(&reply)
		run(t, p)
		for _, c := range []struct{ command, want string }{
			{"*IDN?", `MAKER, PSU "1"`},
			{`\x05`, `\x06\x02`},
			{"EMPTY?", ""},
			{"VOLT 100%", `fault: "VOLT 100%": no answer within 100ms`},
			{"VOLT 100%", `fault: "VOLT 100%": no answer within 100ms`},
			{"VOLT 100%", `fault: "VOLT 100%": no answer within 100ms`},
			{"*IDN?", `MAKER, PSU "1"`},
		} {
			reply.last = "nothing"
			if err := write(t, p, "PS", "CMD", pv.StringValue(c.command)); err != nil {
				t.Errorf("%s: %v", c.command, err)
			}
			if reply.last != c.want {
				t.Errorf("%s: reply %q, want %q", c.command, reply.last, c.want)
			}
		}
		// Commands without an answer do not make the device a dead one.
		v, err := read(t, p, "PS", "VOLT")
		wantValue(t, v, err, pv.Float64Value(1.5))
		if got := strings.Join(heard, "|"); got != "*IDN?|\x05|EMPTY?|VOLT 100%|VOLT 100%|VOLT 100%|*IDN?|VOLT?" {
			t.Errorf("sent: %q", got)
		}
		err = write(t, p, "PS", "CMD", pv.StringValue(`\x`))
		wantFault(t, err, pv.StatusHwLimit, false, "hexadecimal")
	})
}

func TestConsoleNames(t *testing.T) {
	d := serial.Device{Name: "D", Console: true, Channels: []serial.Channel{{Name: "REPLY", Read: "R?", Reply: "%f"}}}
	_, err := serial.New(serial.Options{Transport: serial.TCP("a:1"), Devices: []serial.Device{d}})
	if err == nil || !strings.Contains(err.Error(), "the console has this name") {
		t.Errorf("error %v", err)
	}
}
