package config

// pinCases are those of pins, see problemCases.
var pinCases = []problemCase{
	{
		name: "edges and words of pins",
		file: `board: raspberry-pi-4b
pvs:
  A: {gpio: GPIO5, count: rise}
  B: {gpio: GPIO6, frequency: rising, width: falling}
  C: {gpio: GPIO7, direction: output, latch: rising}
  D: {gpio: GPIO8, heartbeat: 500ms, direction: input}
  E: {gpio: GPIO9, direction: input, per: 1s, timeout: 1s, scale: 2}
  F: {gpio: GPIO10, count: both, per: 1ms, scale: 0, states: [Off, On]}
  G: {gpio: [GPIO11, gpiochip0:3], direction: input}
  H: {gpio: [GPIO12, GPIO13], direction: input, states: [A, B, C, D, E]}
  I: {gpio: [GPIO16, GPIO17], direction: output, initial: 4, on_exit: B, states: [A, B, C]}
  J: {gpio: [GPIO18, GPIO18], direction: input}
  K: {gpio: [GPIO19, GPIO20], frequency: rising}
  L: {gpio: [], direction: input}
  M: {value: 1, count: rising}
  N: {gpio: GPIO21, direction: input, count: 5}
  O: {gpio: GPIO22, direction: input, output_stage: open_drain}
  P: {gpio: GPIO23, heartbeat: 500ms, pulse: 1s}
  Q: {value: 0, pulse: 1s}
  R: {value: 0, states: [Off, On], pulse: 1s, fields: {HIGH: 2}}
  S: {gpio: GPIO24, lost: yes, duty: yes}
  T: {gpio: GPIO25, frequency: both}
`,
		want: `
3:27: count: "rise", expected a whole number, or both, falling, rising
4:46: width beside frequency, expected a PV for each, with the same pin
5:31: latch is for inputs
6:49: heartbeat is for outputs
7:43: per needs count, frequency, interval or duty
7:56: timeout of a pin needs frequency or interval
7:67: scale of a pin needs count, frequency, interval or width
8:39: per: 1ms, expected at least 10ms
8:51: scale: 0, expected what one is worth
8:62: states needs the level of a pin, or latch:
9:22: gpiochip0:3 is not on the chip of GPIO11 (J8 pin 23): lines of one value are read and set together
10:57: 5 states, expected at most 4 of 2 lines
11:59: "4" is not a state, expected one of A, B, C, 0 to 3, keep (did you mean "A"?)
12:13: GPIO18 (J8 pin 12) is used already by J in line 12
13:13: frequency of several lines
14:13: gpio: an empty list, expected a pin such as GPIO17
15:24: count: of a soft PV, expected a whole number
16:46: count: of a gpio PV, expected rising, falling or both
17:53: output_stage needs an output
18:46: pulse needs an output with two states
19:24: pulse needs an output with two states
20:56: field HIGH has a key of its own (did you mean "pulse"?)
21:27: lost beside duty, expected a PV for each, with the same pin
22:32: frequency: "both", expected one of rising, falling
`,
	},
	{
		name: "pins under sim",
		file: `board: raspberry-pi-4b
pvs:
  A: {gpio: GPIO5, direction: input, sim: "square(1s"}
  B: {gpio: GPIO6, count: rising, sim: "square(1s)"}
  C: {gpio: GPIO6, duty: yes, sim: "square(2s)"}
  D: {gpio: GPIO7, direction: output, sim: "1"}
  E: {gpio: GPIO8, direction: output, pulse: 1s, states: [Shut, Open], initial: Open}
`,
		want: `
3:43: sim: expression "square(1s": column 7: ( without )
5:36: sim: it is in line 4 for the same pin
6:44: sim needs an input
7:81: initial: it would stay so, for a pulse begins with a put, expected the first state, or keep
`,
	},
	{
		name: "one input and several PVs",
		file: `board: raspberry-pi-4b
pvs:
  A: {gpio: GPIO5, direction: input, pull: up, debounce: 1ms}
  B: {gpio: GPIO5, count: rising}
  C: {gpio: GPIO5, lost: yes, pull: down, active_low: yes, debounce: 2ms}
  D: {gpio: GPIO5, direction: output}
  E: {gpio: GPIO6, heartbeat: 1s}
  F: {gpio: GPIO6, count: rising}
  G: {gpio: [GPIO5, GPIO7], direction: input}
`,
		want: `
5:37: pull is not that of A in line 3, which has the pin first
5:55: active_low is not that of A in line 3, which has the pin first
5:70: debounce is not that of A in line 3, which has the pin first
6:13: GPIO5 (J8 pin 29) is used already by A in line 3
8:13: GPIO6 (J8 pin 31) is used already by E in line 7
9:13: GPIO5 (J8 pin 29) is used already by A in line 3
`,
	},
	{
		name: "wires",
		file: `board: raspberry-pi-4b
sim: {wires: [[GPIO5, GPIO6], [GPIO5], [GPIO7, GPIO8], [GPIO9, GPOI5], [GPIO5, GPIO10]]}
pvs:
  A: {gpio: GPIO5, direction: output}
  B: {gpio: GPIO6, direction: input}
  C: {gpio: GPIO10, direction: output}
  D: {gpio: GPIO8, direction: output, output_stage: open_drain}
`,
		want: `
2:31: wires: 1 of them, expected pins that are connected, such as [GPIO17, GPIO27]
2:41: no PV has GPIO7 (J8 pin 26)
2:57: no PV has GPIO9 (J8 pin 21)
2:64: raspberry-pi-4b has no pin "GPOI5", expected a pin such as GPIO17, "pin 11", gpiochip0:17 or line:RELAY1 (did you mean "GPIO5"?)
2:80: GPIO10 (J8 pin 19) is driven by A and by C
`,
	},
	{
		name: "pwm",
		file: `pvs:
  A: {pwm: {chip: 0, channel: 1}}
  B: {pwm: {channel: 1, period: 2s}}
  C: {pwm: {channel: 2, period: 20}}
  D: {pwm: {channel: 16, period: 1ms}}
  E: {pwm: {chip: /sys/class/pwm/pwmchip0, period: 1ms}, drive: [0, 200]}
  F: {pwm: {chip: x, period: 1ms, polarity: inverted}, initial: half, on_exit: 101}
  G: {pwm: {chip: y, period: 1ms}, pull: up}
  H: {pwm: {chip: pwmchip0, channel: 1, period: 1ms}}
`,
		want: `
2:12: pwm has no period, expected period: such as 20ms
3:12: pwm chip 0 channel 1 is used already in line 2
3:33: period: 2s, expected 1us to 1s
4:33: period: 20 has no unit, expected a time with its unit such as 20ms or 1s
5:22: channel: 16, expected 0 to 15
6:19: chip: "/sys/class/pwm/pwmchip0", expected 0, or the name of the device such as 1f00098000.pwm
6:65: drive: 0 to 200, expected 0 to 100, in percent
7:45: polarity: "inverted", expected one of normal, inversed (did you mean "inversed"?)
7:65: initial: "half", expected a number
7:80: on_exit: 101, expected 0 to 100 as drive: says
8:42: pull belongs to gpio PVs, this is a pwm PV
9:12: pwm chip 0 channel 1 is used already in line 2
`,
	},
}
