package config

import (
	"fmt"
	"net"
	"net/netip"
	"strconv"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
)

// transport checks what carries the bytes of a connection; nil if that cannot be said.
func (c *checker) transport(name string, at Pos, k *transportKeys) serial.Transport {
	const ways = "one of serial, tcp, udp, unix, rfc2217 and listen"
	switch n := k.ways(); {
	case n == 0:
		c.problem(at, ways, "%s is not connected to anything", name)
		return nil
	case n > 1:
		c.problem(at, ways, "%s is connected in several ways", name)
		return nil
	}
	if !k.Serial.Set && !k.RFC2217.Set {
		c.noLine(&k.lineKeys)
	}
	var t serial.Transport
	switch {
	case k.TCP.Set:
		c.hostPort("tcp", k.TCP)
		t = serial.TCP(k.TCP.Value)
	case k.UDP.Set:
		c.hostPort("udp", k.UDP)
		if a, err := netip.ParseAddrPort(k.UDP.Value); err == nil && (a.Addr().IsMulticast() || a.Addr() == netip.AddrFrom4([4]byte{255, 255, 255, 255})) {
			c.problem(k.UDP.Pos, "the instrument's own address, from which its answers come", "udp: %q stands for many", k.UDP.Value)
		}
		t = serial.UDP(k.UDP.Value)
	case k.Unix.Set:
		if k.Unix.Value == "" {
			c.problem(k.Unix.Pos, "the path of a socket", "unix: nothing")
		}
		t = serial.Unix(k.Unix.Value)
	case k.RFC2217.Set:
		c.hostPort("rfc2217", k.RFC2217)
		l := c.line(&k.lineKeys)
		if l.RS485 != nil {
			c.problem(k.RS485.Pos, "serial:", "rs485 is for ports of this machine")
		}
		t = serial.RFC2217{Address: k.RFC2217.Value, Line: l}
	case k.Listen.Set:
		if _, port, err := net.SplitHostPort(k.Listen.Value); err != nil || !isPortNumber(port) {
			c.problem(k.Listen.Pos, `[address]:port such as ":7000"`, "listen: %q", k.Listen.Value)
		}
		t = serial.Listen(k.Listen.Value)
	case k.Serial.Value.Path.Set == k.Serial.Value.USB.Set:
		c.problem(k.Serial.Pos, "one of path and usb", "serial: which port?")
		return nil
	default:
		in := &k.Serial.Value
		both := c.either(in.lineKeys, &k.lineKeys)
		l := c.line(&both)
		l.Path = in.Path.Value
		if u := in.USB; u.Set {
			l.USB = &serial.USB{VID: u.Value.VID.Value, PID: u.Value.PID.Value, Serial: u.Value.Serial.Value}
		}
		t = l
	}
	if first, ok := c.wires[t.String()]; ok {
		c.problem(at, "", "%v is used already in line %d; give it a name under ports: and use that in both devices", t, first.Line)
	} else {
		c.wires[t.String()] = at
	}
	return t
}

// ways is in how many ways something is connected.
func (k *transportKeys) ways() (n int) {
	for _, way := range []bool{k.Serial.Set, k.TCP.Set, k.UDP.Set, k.Unix.Set, k.RFC2217.Set, k.Listen.Set} {
		if way {
			n++
		}
	}
	return n
}

// hostPort checks an address on the network.
func (c *checker) hostPort(what string, k key[string]) {
	if host, port, err := net.SplitHostPort(k.Value); err != nil || host == "" || !isPortNumber(port) {
		c.problem(k.Pos, `host:port such as "192.0.2.7:5025"`, "%s: %q", what, k.Value)
	}
}

func isPortNumber(text string) bool {
	n, err := strconv.ParseUint(text, 10, 16)
	return err == nil && n > 0
}

// settings calls f for each setting of a line that is given.
func (k *lineKeys) settings(f func(key *blockKey, at Pos)) {
	block := blockOf(k)
	for _, key := range keysOf(block.Type()) {
		if m := markOf(key.in(block)); m.Set {
			f(key, m.Pos)
		}
	}
}

// either is the settings inside serial: with those beside it.
func (c *checker) either(in lineKeys, out *lineKeys) lineKeys {
	to, from := blockOf(&in), blockOf(out)
	out.settings(func(key *blockKey, at Pos) {
		switch first := markOf(key.in(to)); {
		case !first.Set:
			key.in(to).Set(key.in(from))
		case first.Pos.usedBy() == at.usedBy(): // else one is an instrument file's
			c.problem(at, "", "%s stands inside serial: already, in line %d", key.name, first.Pos.Line)
		}
	})
	return in
}

// noLine reports settings of a serial line where there is none, but for those that an
// instrument file has for when there is one.
func (c *checker) noLine(k *lineKeys) {
	k.settings(func(key *blockKey, at Pos) {
		if at.usedBy() == nil {
			c.problem(at, "", "%s belongs to serial lines: those of serial: and rfc2217:", key.name)
		}
	})
}

var (
	parities = map[string]serial.Parity{
		"none": serial.ParityNone, "odd": serial.ParityOdd, "even": serial.ParityEven, "mark": serial.ParityMark, "space": serial.ParitySpace,
	}
	flows = map[string]serial.Flow{"none": serial.FlowNone, "rtscts": serial.FlowRTSCTS, "xonxoff": serial.FlowXonXoff}
)

const (
	maxRS485Delay = 100 * time.Millisecond // of Linux
	maxBreak      = 5 * time.Second
)

// line checks the settings of a serial line.
func (c *checker) line(k *lineKeys) serial.Line {
	c.notLong("settle", k.Settle)
	l := serial.Line{
		Baud: k.Baud.Value, Bits: k.Bits.Value, Stop: k.Stop.Value, Parity: parities[k.Parity.Value],
		Flow: flows[k.Flow.Value], Break: k.Break.Value, Settle: k.Settle.Value,
	}
	if k.DTR.Set {
		l.DTR = &k.DTR.Value
	}
	if k.RTS.Set {
		l.RTS = &k.RTS.Value
	}
	if r := &k.RS485.Value; k.RS485.Set && !r.off {
		l.RS485 = &serial.RS485{RTSLow: r.RTSOnSend.Value == "low", DelayBefore: c.rs485Delay("delay_before", r.DelayBefore), DelayAfter: c.rs485Delay("delay_after", r.DelayAfter)}
		if k.RTS.Set || l.Flow == serial.FlowRTSCTS {
			c.problem(k.RS485.Pos, "", "rs485: RTS switches the transmitter, it cannot be set or be flow control too")
		}
	}
	if k.RTS.Set && l.Flow == serial.FlowRTSCTS {
		c.problem(k.RTS.Pos, "", "rts: it is flow control, it cannot be set")
	}
	if k.Break.Value > maxBreak {
		c.problem(k.Break.Pos, fmt.Sprintf("at most %v", maxBreak), "break: %v", k.Break.Value)
	}
	if k.Baud.Set && (k.Baud.Value < 50 || k.Baud.Value > 20_000_000) {
		c.problem(k.Baud.Pos, "bits per second such as 9600 or 115200", "baud: %d", k.Baud.Value)
	}
	if k.Bits.Set && (k.Bits.Value < 5 || k.Bits.Value > 8) {
		c.problem(k.Bits.Pos, "5, 6, 7 or 8", "bits: %d", k.Bits.Value)
	}
	if k.Stop.Set && k.Stop.Value != 1 && k.Stop.Value != 1.5 && k.Stop.Value != 2 {
		c.problem(k.Stop.Pos, "1, 1.5 or 2", "stop: %v", k.Stop.Value)
	}
	return l
}

func (c *checker) rs485Delay(what string, k key[time.Duration]) time.Duration {
	if k.Value > maxRS485Delay || k.Value%time.Millisecond != 0 {
		c.problem(k.Pos, fmt.Sprintf("whole milliseconds, at most %v", maxRS485Delay), "%s: %v", what, k.Value)
	}
	return k.Value
}
