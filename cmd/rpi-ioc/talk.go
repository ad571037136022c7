package main

import (
	"cmp"
	"errors"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"regexp"
	"runtime"
	"strconv"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"github.com/ioclet/ioclet/config"
	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/format"
)

// talkFlags are those of the command talk.
type talkFlags struct {
	file       string
	sim        bool
	baud, bits int
	parity     string
	stop       float64
	terminator string
	in         string
	settle     time.Duration
	timeout    time.Duration
	hex, stamp bool
}

func (p *program) talkCommand() *cobra.Command {
	f := talkFlags{}
	cmd := &cobra.Command{
		Use:   "talk PORT",
		Short: "Talk to an instrument by hand, or from a script",
		Long: `Send lines to an instrument and show what comes back.

PORT is a serial port (/dev/ttyUSB0), a USB adapter (usb:0403:6001, with its serial number
behind another colon if need be), host:port for TCP, udp:host:port, rfc2217:host:port (a
serial port on the network), unix:PATH, listen::port for one that connects itself, or,
with --config, the name of a device or port in a file: then its settings and terminators
are those of the file, and with --sim it is the simulated instrument. A serial port cannot
be shared: stop the IOC that has it.

Each line that is typed is sent with the terminator behind it. Escapes such as \x02 and
\r are understood. What comes back and is no text is shown as escapes, or all of it with
--hex. Ctrl-D ends. For history and line editing: rlwrap rpi-ioc talk …

From a pipe, each line waits for the answer to the one before, --timeout at most, and
answers are printed as they come. If there was no answer at all the exit code is 1.`,
		Example: `  rpi-ioc talk /dev/ttyUSB0 --baud 19200 --terminator '\r'
  rpi-ioc talk --config bench.yaml PS
  rpi-ioc talk --hex --time usb:2341:0043
  echo '*IDN?' | rpi-ioc talk 192.0.2.7:5025`,
		Args: func(_ *cobra.Command, args []string) error {
			if len(args) != 1 {
				return usageError{fmt.Errorf("%d ports given, expected one such as /dev/ttyUSB0 or 192.0.2.7:5025, or --config FILE and a device of it", len(args))}
			}
			return nil
		},
		ValidArgsFunction: func(_ *cobra.Command, args []string, _ string) ([]string, cobra.ShellCompDirective) {
			if len(args) > 0 {
				return nil, cobra.ShellCompDirectiveNoFileComp
			}
			if f.file != "" {
				m, err := config.Load(f.file)
				if err != nil {
					return nil, cobra.ShellCompDirectiveError
				}
				return m.Connections(), cobra.ShellCompDirectiveNoFileComp
			}
			var names []string
			ports, _ := serial.List(p.machine.root) // none: nothing to complete
			for _, port := range ports {
				names = append(names, port.Path)
			}
			return names, cobra.ShellCompDirectiveDefault
		},
		RunE: func(cmd *cobra.Command, args []string) error {
			c, err := f.connection(cmd, args[0])
			if err != nil {
				return err
			}
			conn, err := c.Transport.Dial(cmd.Context())
			if err != nil {
				return err
			}
			t := &talk{
				conn: conn, in: []byte(c.In), out: []byte(c.Out), hex: f.hex, stamp: f.stamp,
				w: p.stdout, escape: p.terminal,
			}
			if in, ok := p.stdin.(*os.File); !ok || !isTerminal(in) {
				t.wait = f.timeout
			}
			return t.run(cmd.Context(), p.stdin)
		},
	}
	s := cmd.Flags()
	s.StringVar(&f.file, "config", "", "a configuration file that has PORT as a device or port")
	s.BoolVar(&f.sim, "sim", false, "talk to the simulated instrument of --config")
	s.IntVar(&f.baud, "baud", 9600, "bits per second")
	s.IntVar(&f.bits, "bits", 8, "data bits")
	s.StringVar(&f.parity, "parity", "none", "none, even, odd, mark or space")
	s.Float64Var(&f.stop, "stop", 1, "stop bits")
	s.StringVar(&f.terminator, "terminator", `\n`, "what ends a line, in both directions")
	s.StringVar(&f.in, "in-terminator", "", "what ends a line from the instrument, if that is not --terminator")
	s.DurationVar(&f.settle, "settle", 0, "wait after the port was opened, as for an Arduino")
	s.DurationVar(&f.timeout, "timeout", time.Second, "longest wait for an answer, from a pipe")
	s.BoolVar(&f.hex, "hex", false, "show all bytes in hexadecimal")
	s.BoolVar(&f.stamp, "time", false, "show when a line was sent or came")
	for flag, complete := range map[string]cobra.CompletionFunc{
		"config": completeYAML,
		"parity": cobra.FixedCompletions(talkParities, cobra.ShellCompDirectiveNoFileComp),
	} {
		if err := cmd.RegisterFlagCompletionFunc(flag, complete); err != nil {
			panic(err) // no such flag
		}
	}
	return cmd
}

// talkParities are the words for serial.Parity, in its order.
var talkParities = []string{"none", "odd", "even", "mark", "space"}

// connection is how PORT is reached.
func (f *talkFlags) connection(cmd *cobra.Command, port string) (config.Connection, error) {
	given := cmd.Flags().Changed
	var c config.Connection
	if f.file == "" {
		if f.sim {
			return c, usageError{errors.New("--sim needs --config")}
		}
		t, err := f.transport(port)
		if err != nil {
			return c, usageError{err}
		}
		c.Transport = t
	} else {
		for _, name := range []string{"baud", "bits", "parity", "stop", "settle"} {
			if given(name) {
				return c, usageError{fmt.Errorf("--%s and --config: the file says how the port is set", name)}
			}
		}
		m, err := config.Load(f.file)
		if err != nil {
			return c, err
		}
		if c, err = m.Connection(port, f.sim); err != nil {
			return c, usageError{err}
		}
	}
	for _, x := range []struct {
		flag, text string
		to         []*string
	}{{"terminator", f.terminator, []*string{&c.In, &c.Out}}, {"in-terminator", f.in, []*string{&c.In}}} {
		b, err := format.Unescape(x.text)
		if err != nil {
			return c, usageError{fmt.Errorf("--%s: %w", x.flag, err)}
		}
		if given(x.flag) || f.file == "" && x.flag == "terminator" {
			for _, to := range x.to {
				*to = string(b)
			}
		}
	}
	return c, nil
}

var (
	usbPort = regexp.MustCompile(`^usb:([0-9A-Fa-f]{1,4}):([0-9A-Fa-f]{1,4})(?::(.+))?$`)
	comPort = regexp.MustCompile(`(?i)^COM\d+$`)
)

// transport reads what a person calls a port.
func (f *talkFlags) transport(port string) (serial.Transport, error) {
	line := serial.Line{Baud: f.baud, Bits: f.bits, Stop: f.stop, Settle: f.settle}
	known := false
	for i, word := range talkParities {
		if word == f.parity {
			line.Parity, known = serial.Parity(i), true
		}
	}
	if !known {
		return nil, fmt.Errorf("--parity %q: expected %s", f.parity, orList(talkParities))
	}
	if m := usbPort.FindStringSubmatch(port); m != nil {
		vid, err1 := strconv.ParseUint(m[1], 16, 16)
		pid, err2 := strconv.ParseUint(m[2], 16, 16)
		line.USB = &serial.USB{VID: uint16(vid), PID: uint16(pid), Serial: m[3]}
		return line, cmp.Or(err1, err2)
	}
	kind, rest, _ := strings.Cut(port, ":")
	switch kind {
	case "unix":
		return serial.Unix(rest), nil
	case "tcp", "udp", "rfc2217", "listen":
	default:
		if strings.ContainsRune(port, filepath.Separator) || runtime.GOOS == "windows" && comPort.MatchString(port) {
			line.Path = port
			return line, nil
		}
		kind, rest = "tcp", port
	}
	host, number, err := net.SplitHostPort(rest)
	n, bad := strconv.ParseUint(number, 10, 16)
	switch {
	case err != nil || host == "" && kind != "listen" || host == "usb" || bad != nil || n == 0:
		return nil, fmt.Errorf("%q is no port, expected /dev/ttyUSB0, usb:0403:6001 or 192.0.2.7:5025", port)
	case kind == "udp":
		return serial.UDP(rest), nil
	case kind == "rfc2217":
		return serial.RFC2217{Address: rest, Line: line}, nil
	case kind == "listen":
		return serial.Listen(rest), nil
	}
	return serial.TCP(rest), nil
}
