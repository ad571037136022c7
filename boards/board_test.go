package boards

import (
	"errors"
	"fmt"
	"os"
	"regexp"
	"strings"
	"testing"
)

func mustBoard(t testing.TB, name string) *Board {
	t.Helper()
	b, err := ByName(name)
	if err != nil {
		t.Fatal(err)
	}
	return b
}

var isSignal = regexp.MustCompile(`^(GPIO|XIO-P|P[A-L]\d)`)

// Each signal of the tables is on a header, each pin of a header that looks like a
// line is one, and each resolves by all its names to itself.
func TestTables(t *testing.T) {
	for _, name := range Names() {
		t.Run(name, func(t *testing.T) {
			b := mustBoard(t, name)
			seen := map[string]bool{}
			for _, h := range b.Headers {
				if len(h.Pins)%2 != 0 {
					t.Errorf("header %s has %d pins", h.Name, len(h.Pins))
				}
				for _, p := range h.Pins {
					if p.IsLine() != isSignal.MatchString(p.Signal) {
						t.Errorf("%v: signal %s, is a line: %v", p, p.Signal, p.IsLine())
					}
					if !p.IsLine() {
						continue
					}
					line := fmt.Sprint(p.Chip, ":", p.Offset, p.Line)
					if seen[line] {
						t.Errorf("%v: line %s is on two pins", p, line)
					}
					seen[line] = true
					calls := []string{p.Name, strings.ToLower(p.Name), p.Signal, fmt.Sprintf("%s_%d", h.Name, p.Number), fmt.Sprintf("%s.%02d", h.Name, p.Number)}
					if p.Chip != "" {
						calls = append(calls, fmt.Sprintf("%s:%d", p.Chip, p.Offset))
					}
					for _, call := range calls {
						got, err := b.Resolve(call)
						if err != nil || got.String() != p.String() || !got.Same(p) {
							t.Errorf("Resolve(%q) = %v, %v; want %v", call, got, err, p)
						}
					}
				}
			}
			if len(seen) == 0 {
				t.Error("no lines")
			}
		})
	}
}

func TestResolve(t *testing.T) {
	for _, test := range []struct{ board, name, want string }{
		{"raspberry-pi-4b", "GPIO17", "GPIO17 (J8 pin 11) pinctrl-bcm2711:17"},
		{"raspberry-pi-4b", " gpio 17", "GPIO17 (J8 pin 11) pinctrl-bcm2711:17"},
		{"raspberry-pi-4b", "Pin 40", "GPIO21 (J8 pin 40) pinctrl-bcm2711:21"},
		{"raspberry-pi-5", "pin 3", "GPIO2 (J8 pin 3) pinctrl-rp1:2"},
		{"raspberry-pi-3b", "J8:3", "GPIO2 (J8 pin 3) pinctrl-bcm2835:2"},
		{"raspberry-pi-1b", "pin 3", "GPIO2 (P1 pin 3) pinctrl-bcm2835:2"},
		{"raspberry-pi-1b", "P5_3", "GPIO28 (P5 pin 3) pinctrl-bcm2835:28"},
		{"raspberry-pi-1b-rev1", "pin 13", "GPIO21 (P1 pin 13) pinctrl-bcm2835:21"},
		{"beaglebone-black", "P9_12", "P9_12 4804c000.gpio:28"},
		{"beaglebone-black", "p8.07", "P8_7 481ac000.gpio:2"},
		{"beaglebone-black", "GPIO3_21", "P9_25 481ae000.gpio:21"},
		{"raspberry-pi-4b", "gpiochip0:17", "gpiochip0:17 gpiochip0:17"},
		{"raspberry-pi-4b", "pinctrl-bcm2711:42", "pinctrl-bcm2711:42 pinctrl-bcm2711:42"},
		{"raspberry-pi-4b", "line:RELAY1", "RELAY1 line RELAY1"},
		{"raspberry-pi-4b", "Line: P9_12 [x]", "P9_12 [x] line P9_12 [x]"},
		{"generic", "GPIO17", "GPIO17 (J8 pin 11) line GPIO17"},
		{"generic", "pin 11", "GPIO17 (J8 pin 11) line GPIO17"},
		{"generic", "gpiochip3:0", "gpiochip3:0 gpiochip3:0"},
		{"generic", "RELAY1", "RELAY1 line RELAY1"},
		{"generic", "line:GPIO77", "GPIO77 line GPIO77"},
		{"generic", "ID_SDA", "ID_SDA line ID_SDA"},
		{"raspberry-pi-cm3", "GPIO45", "GPIO45 (SODIMM pin 84) pinctrl-bcm2835:45"},
		{"raspberry-pi-1b-rev1", "GPIO0", "GPIO0 (P1 pin 3) pinctrl-bcm2835:0"},
		{"beaglebone-green", "P8_45", "P8_45 481ac000.gpio:6"},
		{"pocketbeagle", "P2.08", "P2_8 4804c000.gpio:28"},
		{"pocketbeagle", "GPIO1_8", "P2_27 4804c000.gpio:8"},
		{"orange-pi-zero", "pin 7", "PA6 (26PIN pin 7) 1c20800.pinctrl:6"},
		{"pine-a64", "pin 7", "PL10 (P1 pin 7) 1f02c00.pinctrl:10"},
		{"pine-a64-lts", "euler_12", "PB4 (EULER pin 12) 1c20800.pinctrl:36"},
		{"odroid-c1", "pin 12", "GPIOY_7 (J2 pin 12) cbus-banks:22"},
		{"chip", "XIO-P3", "U14_16 pcf8574a:3"},
		{"chip", "PE4", "U14_31 1c20800.pinctrl:132"},
	} {
		p, err := mustBoard(t, test.board).Resolve(test.name)
		got := p.String() + " "
		if p.Line != "" {
			got += "line " + p.Line
		} else {
			got += fmt.Sprint(p.Chip, ":", p.Offset)
		}
		if err != nil || got != test.want {
			t.Errorf("%s: Resolve(%q) = %s, %v; want %s", test.board, test.name, got, err, test.want)
		}
	}
}

func TestResolveErrors(t *testing.T) {
	for _, test := range []struct{ board, name, want string }{
		{"raspberry-pi-4b", "GPOI17", `no pin "GPOI17" on raspberry-pi-4b (did you mean GPIO17?)`},
		{"raspberry-pi-4b", "BCM17", `no pin "BCM17" on raspberry-pi-4b (did you mean GPIO17?)`},
		{"raspberry-pi-4b", "17", `no pin "17" on raspberry-pi-4b: a number alone is ambiguous (did you mean GPIO17?)`},
		{"raspberry-pi-4b", "11", `no pin "11" on raspberry-pi-4b: a number alone is ambiguous (did you mean GPIO11 or J8_11?)`},
		{"raspberry-pi-4b", "RELAY", `no pin "RELAY" on raspberry-pi-4b: write "line:RELAY" if it is the kernel's name of a line`},
		{"raspberry-pi-4b", "pin 41", `no pin "pin 41" on raspberry-pi-4b: header J8 has pins 1 to 40`},
		{"raspberry-pi-4b", "pin 0", `no pin "pin 0" on raspberry-pi-4b: header J8 has pins 1 to 40`},
		{"raspberry-pi-4b", "pin 6", `"pin 6" on raspberry-pi-4b is GND, not a GPIO line`},
		{"raspberry-pi-4b", "line:", `no pin "line:" on raspberry-pi-4b: no name after line:`},
		{"raspberry-pi-1b", "GPIO5", `no pin "GPIO5" on raspberry-pi-1b (did you mean GPIO2 or GPIO3 or GPIO4?)`},
		{"beaglebone-black", "pin 12", `no pin "pin 12" on beaglebone-black: the board has several headers (did you mean P8_12 or P9_12?)`},
		{"beaglebone-black", "P9_3", `"P9_3" on beaglebone-black is 3V3, not a GPIO line`},
		{"beaglebone-black", "P9_39", `"P9_39" on beaglebone-black is AIN0, not a GPIO line`},
		{"generic", "17", `no pin "17" on generic: a number alone is ambiguous (did you mean GPIO17?)`},
		{"generic", "GPOI17", `no pin "GPOI17" on generic: write "line:GPOI17" if it is the kernel's name of a line (did you mean GPIO17?)`},
		{"generic", "GPIO77", `no pin "GPIO77" on generic: write "line:GPIO77" if it is the kernel's name of a line (did you mean GPIO17 or GPIO27 or GPIO7?)`},
		{"generic", "J8-177", `no pin "J8-177" on generic: header J8 has pins 1 to 40`},
		{"generic", "P9_12", `no pin "P9_12" on generic: write "line:P9_12" if it is the kernel's name of a line (did you mean GPIO12?)`},
		{"raspberry-pi-cm3", "pin 2", `"pin 2" on raspberry-pi-cm3 is NC, not a GPIO line`},
		{"chip", "pin 13", `no pin "pin 13" on chip: the board has several headers (did you mean U13_13 or U14_13?)`},
		{"generic", "pin 1", `"pin 1" on generic is 3V3, not a GPIO line`},
		{"generic", "", `no pin "" on generic: the name is empty`},
	} {
		p, err := mustBoard(t, test.board).Resolve(test.name)
		if err == nil {
			t.Errorf("%s: Resolve(%q) = %v; want an error", test.board, test.name, p)
		} else if err.Error() != test.want {
			t.Errorf("%s: Resolve(%q): %v\nwant %s", test.board, test.name, err, test.want)
		}
	}
}

func TestByName(t *testing.T) {
	if b, err := ByName("Raspberry-Pi-5 "); err != nil || b.Name != "raspberry-pi-5" {
		t.Errorf("ByName is fussy: %v, %v", b, err)
	}
	for name, want := range map[string]string{
		"raspbery-pi-4b":  `no board "raspbery-pi-4b" (did you mean raspberry-pi-4b?)`,
		"beaglebone":      `no board "beaglebone" (did you mean beaglebone-black or beaglebone-black-wireless or beaglebone-green?)`,
		"commodore-64":    `no board "commodore-64"`,
		"raspberry-pi-4":  `no board "raspberry-pi-4" (did you mean raspberry-pi-4b or raspberry-pi-5?)`,
		"raspberry-pi-xx": `no board "raspberry-pi-xx" (did you mean raspberry-pi-1a or raspberry-pi-1b or raspberry-pi-2b or raspberry-pi-3b or raspberry-pi-4b or raspberry-pi-5?)`,
	} {
		b, err := ByName(name)
		if err == nil {
			t.Errorf("ByName(%q) = %v", name, b.Name)
		} else if err.Error() != want {
			t.Errorf("ByName(%q): %v\nwant %s", name, err, want)
		}
	}
}

func TestGeneric(t *testing.T) {
	if !Generic().IsGeneric() || mustBoard(t, "raspberry-pi-4b").IsGeneric() {
		t.Error("IsGeneric does not tell the generic board from others")
	}
}

func TestHazards(t *testing.T) {
	p, err := mustBoard(t, "raspberry-pi-4b").Resolve("GPIO3")
	if err != nil || len(p.Hazards) == 0 || !strings.Contains(p.Hazards[0], "pull-up") {
		t.Errorf("GPIO3: hazards %q, %v", p.Hazards, err)
	}
	for board, wakes := range map[string]bool{
		"raspberry-pi-1a-plus": true, "raspberry-pi-4b": true, "raspberry-pi-5": false, "raspberry-pi-500": false, "raspberry-pi-cm5": false,
	} {
		p, err := mustBoard(t, board).Resolve("GPIO3")
		text := strings.Join(p.Hazards, "; ")
		if err != nil || !strings.Contains(text, "pull-up") || strings.Contains(text, "wakes") != wakes {
			t.Errorf("%s: GPIO3: hazards %q, %v", board, p.Hazards, err)
		}
	}
	p, err = mustBoard(t, "raspberry-pi-4b").Resolve("GPIO17")
	if err != nil || len(p.Hazards) != 0 {
		t.Errorf("GPIO17: hazards %q, %v", p.Hazards, err)
	}
}

func TestSame(t *testing.T) {
	b := mustBoard(t, "raspberry-pi-4b")
	p, _ := b.Resolve("GPIO17")
	q, _ := b.Resolve("GPIO27")
	ground := b.Headers[0].Pins[5]
	if !p.Same(p) || p.Same(q) || ground.Same(ground) {
		t.Error("Same is wrong")
	}
}

func TestDiagramWithoutLabels(t *testing.T) {
	d := mustBoard(t, "beaglebone-black").Diagram(Look{})
	if n := strings.Count(d, "\n"); n != 2*(23+1)+1 {
		t.Errorf("%d lines:\n%s", n, d)
	}
	if !strings.Contains(d, "GPIO1_28\n") {
		t.Errorf("P9_12 is missing:\n%s", d)
	}
}

func FuzzResolve(f *testing.F) {
	for _, s := range []string{"GPIO17", "pin 11", "gpiochip0:17", "P9_12", "line:X", "17", "", "pin", "J8_", ":", "é:1"} {
		f.Add(s)
	}
	f.Fuzz(func(t *testing.T, name string) {
		for _, board := range []string{"raspberry-pi-1b", "beaglebone-black", "generic"} {
			b := mustBoard(t, board)
			p, err := b.Resolve(name)
			if err == nil {
				if !p.IsLine() || p.Name == "" || p.Offset < 0 {
					t.Errorf("%s: Resolve(%q) = %+v", board, name, p)
				}
				continue
			}
			var unknown *UnknownError
			var notLine *NotLineError
			if !errors.As(err, &unknown) && !errors.As(err, &notLine) {
				t.Errorf("%s: Resolve(%q): %T %v", board, name, err, err)
			}
		}
	})
}

// Paint does not move anything.
func TestDiagramPainted(t *testing.T) {
	look := Look{Label: func(p Pin) string { return strings.Join(p.Functions, "/") }}
	b := mustBoard(t, "chip")
	plain := b.Diagram(look)
	look.Paint = func(_ Pin, text string) string { return "\x1b[1m" + text + "\x1b[0m" }
	painted := b.Diagram(look)
	if got := strings.NewReplacer("\x1b[1m", "", "\x1b[0m", "").Replace(painted); got != plain || painted == plain {
		t.Errorf("painted:\n%s\nplain:\n%s", got, plain)
	}
}

// The page about boards has all of them.
func TestDocumented(t *testing.T) {
	page, err := os.ReadFile("../docs/boards.md")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range Names() {
		if !strings.Contains(string(page), "`"+name+"`") {
			t.Errorf("docs/boards.md lacks %s", name)
		}
	}
}
