package config

// problemCase is a file and what is wrong with it.
type problemCase struct{ name, file, want string }

// problemCases are files and what is wrong with them, all of it, in the order of the file.
var problemCases = []problemCase{
	{
		name: "empty",
		file: "",
		want: "\nthe file is empty, expected pvs: or devices:\n",
	},
	{
		name: "only comments",
		file: "# nothing\n",
		want: "\nthe file is empty, expected pvs: or devices:\n",
	},
	{
		name: "only a list",
		file: "- a\n",
		want: "\n1:1: a list, expected a block of keys\n",
	},
	{
		name: "no PVs",
		file: "ioc: {name: x}\n",
		want: "\nno PVs, expected pvs: or devices: with at least one PV\n",
	},
	{
		name: "not closed",
		file: `pvs:
  A: {value: 1
  B: {value: 2}
`,
		want: "\n2:1: not YAML: in what begins here: did not find expected ',' or '}', expected a comma, a closing bracket, or quotes around a text such as \"VOLT?\"\n",
	},
	{
		name: "not closed in the first line",
		file: "pvs: {A: {value: 1\n",
		want: "\n1:1: not YAML: in what begins here: did not find expected ',' or '}', expected a comma, a closing bracket, or quotes around a text such as \"VOLT?\"\n",
	},
	{
		name: "no word where one of some is expected",
		file: `pvs: {A: {value: 1}}
ports:
  P: {serial: /dev/ttyS0, parity: [even], flow: {}, bits: }
access: {hosts: }
`,
		want: `
3:35: parity: a list, expected one of none, even, odd, mark, space
3:49: flow: a block, expected one of none, rtscts, xonxoff
3:59: bits: nothing, expected a whole number
4:17: hosts: nothing, expected one of name, address
`,
	},
	{
		name: "tab",
		file: "pvs:\n\tA: {value: 1}\n",
		want: "\n2:1: not YAML: found character that cannot start any token, expected blanks for indentation, and quotes around a text that begins with % @ or `\n",
	},
	{
		name: "colon without quotes",
		file: "ioc:\n  prefix: BENCH: x\n",
		want: "\n2:1: not YAML: mapping values are not allowed in this context, expected a key alone at its depth, and quotes around a text with a colon such as \"BENCH1:\"\n",
	},
	{
		name: "percent without quotes",
		file: "pvs:\n  A: {value: 1, egu: %}\n",
		want: "\n2:1: not YAML: found character that cannot start any token, expected blanks for indentation, and quotes around a text that begins with % @ or `\n",
	},
	{
		name: "quote not closed",
		file: "pvs:\n  A: {value: \"1}\n",
		want: "\n2:1: not YAML: found unexpected end of stream, expected a closing quote\n",
	},
	{
		name: "no such anchor",
		file: "pvs:\n  A: *soft\n",
		want: "\n2:6: not YAML: no anchor &soft before the alias *soft\n",
	},
	{
		name: "alias of itself",
		file: "pvs: &p\n  A: *p\n",
		want: "\n2:6: alias *p stands within what it stands for\n",
	},
	{
		name: "deep",
		file: "pvs: [[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[[]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]]\n",
		want: "\n1:45: blocks are nested more than 40 deep\n",
	},
	{
		name: "second document",
		file: `pvs: {A: {value: 1}}
---
pvs: {B: {value: 1}}
`,
		want: "\n2:1: a second document begins here, expected one document in a file\n",
	},
	{
		name: "NUL",
		file: "pvs:\n  A\x00: {value: 1}\n",
		want: "\n2:4: control character 0x00, expected a text file in UTF-8\n",
	},
	{
		name: "not UTF-8",
		file: "pvs:\n  Ä\xff: {value: 1}\n",
		want: "\n2:4: byte 0xFF is not UTF-8, expected a text file in UTF-8\n",
	},
	{
		name: "column after letters of two bytes",
		file: "pvs:\n  A: {desc: \"Größe\", eug: V, value: 1}\n",
		want: "\n2:22: unknown key \"eug\" (did you mean \"egu\"?)\n",
	},
	{
		name: "CRLF",
		file: "pvs:\r\n  A: {vlaue: 1}\r\n",
		want: "\n2:7: unknown key \"vlaue\" (did you mean \"value\"?)\n",
	},
	{
		name: "key that is a list",
		file: `pvs:
  ? [A]
  : {value: 1}
`,
		want: "\n2:5: pvs: a list where a key should be, expected a word\n",
	},
	{
		name: "key that is nothing",
		file: "pvs:\n  ~: {value: 1}\n",
		want: "\n2:3: pvs: nothing where a key should be, expected a word\n",
	},
	{
		name: "unknown keys that are like none",
		file: `
devices:
  D: {port: {tcp: "a:1"}, zzz: 1, pvs: {A: {read: "A?", reply: "%f", zzz: 3}, B: {zzz: 1}}}
  C: {pvs: {TEMP: {zzz: 1}}, i2c: {bus: 1, address: 0x48}, chip: lm75}
  E: {zzz: 1}
  M: {port: {modbus: {tcp: "a:2"}}, pvs: {A: {holding: 1, write: no, zzz: 1}}}
pvs:
  A: {zzz: 1, egu: V}
  B: {zzz: 1, gpio: GPIO17, direction: output}
  C: {value: 1, alarm: {zzz: 1, high: 1}}
`,
		want: `
2:27: unknown key "zzz", expected one of terminator, in_terminator, out_terminator, length, gap, echo, char_delay, timeout, unit, order, max_gap, max_read, write_multiple, stale_after, byte_order, init, console, status, sim, instrument, with, defaults
2:70: unknown key "zzz", expected one of write, readback, receive, done, urgent, timeout, length, replies, block, separator, initial, on_exit, count, sim, scan, egu, prec, mdel, adel, asg, record, desc, states, pulse, on_disconnect, drive, display, alarm, hyst, pini, info, fields
2:83: unknown key "zzz", expected one of value, signal, gpio, pwm, file, iio, hwmon, thermal, host, read, write, receive, holding, input, coil, discrete, at
3:20: unknown key "zzz", expected one of initial, on_exit, sim, scan, egu, prec, mdel, adel, asg, record, desc, states, pulse, on_disconnect, drive, display, alarm, hyst, pini, info, fields
4:7: unknown key "zzz", expected one of port, i2c, spi, onewire
5:70: unknown key "zzz", expected one of input, coil, discrete, bit, order, type, scale, offset, initial, on_exit, count, sim, scan, egu, prec, mdel, adel, asg, record, desc, states, pulse, on_disconnect, drive, display, alarm, hyst, pini, info, fields
7:7: unknown key "zzz", expected one of value, signal, gpio, pwm, file, iio, hwmon, thermal, host, read, write, receive, holding, input, coil, discrete, at
8:7: unknown key "zzz", expected one of pull, active_low, debounce, output_stage, frequency, interval, duty, width, latch, lost, per, heartbeat, timeout, scale, initial, on_exit, count, sim, scan, egu, prec, mdel, adel, asg, record, desc, states, pulse, on_disconnect, drive, display, alarm, hyst, pini, info, fields
9:25: unknown key "zzz", expected one of hihi, low, lolo
`,
	},
	{
		name: "unknown keys",
		file: `
ioc: {prefx: "X:"}
scan: 1s
devices:
  D:
    port: {tcp: "a:1"}
    baud: 9600
    chip: bme280
    pvs: {A: {read: "A?", reply: "%f", hihi: 3}}
pvs:
  B: {vlaue: 1}
`,
		want: `
1:7: unknown key "prefx" (did you mean "prefix"?)
2:1: key "scan" does not belong here, expected it in defaults, devices.NAME.defaults, devices.NAME or pvs.NAME
6:5: key "baud" does not belong here, expected it in ports.NAME, devices.NAME.port, ports.NAME.serial, ports.NAME.modbus.serial or ports.NAME.modbus
7:11: chip belongs to devices with i2c, spi or onewire:, this one has port:
8:40: key "hihi" does not belong here, expected it in pvs.NAME.alarm
10:7: unknown key "vlaue" (did you mean "value"?)
`,
	},
	{
		name: "server",
		file: `
server: {port: 0, interfaces: [10.0.0.1, 0.0.0.0, "::1"], beacon_addresses: ["10.0.0.1:x"], beacon_port: 99999, beacon_period: 10, ignore: 10.0.0.1}
pvs: {A: {value: 1}}
`,
		want: `
1:16: port 0, expected 1 to 65535
1:42: 0.0.0.0 is all interfaces: none can stand beside it
1:51: "::1" is neither an IPv4 address nor the name of a host
1:78: "10.0.0.1:x" has no port from 1 to 65535 behind its colon
1:106: beacon_port: 99999 is out of range, expected 0 to 65535
1:128: beacon_period: 10 has no unit, expected a time with its unit such as 20ms or 1s
1:140: ignore: "10.0.0.1", expected a list such as [a, b]
`,
	},
	{
		name: "limits",
		file: `
server:
  limits: {circuits: 0, channels: -1, array_bytes: 100, puts: 1.5, write_time: 10ms, message_time: 2h, buffer_bytes: 0}
pvs: {A: {value: 1}}
`,
		want: `
2:22: circuits: 0, expected 1 to 2147483647
2:35: channels: -1, expected 1 to 2147483647
2:52: array_bytes: 100, expected 16384 to 1073741824
2:63: puts: "1.5", expected a whole number
2:80: write_time: 10ms, expected at least 1s
2:100: message_time: 2h0m0s, expected at most 1h
2:118: buffer_bytes: 0, expected 1 to 2147483647
`,
	},
	{
		name: "twice",
		file: `
pvs:
  A: {value: 1, egu: V, egu: mV}
  A: {value: 2}
`,
		want: `
2:25: key "egu" stands here for the second time, first in line 2
3:3: key "A" stands here for the second time, first in line 2
`,
	},
	{
		name: "blocks where they do not belong",
		file: `
ioc: bench
devices: [a]
pvs:
  A: 3
  B: {value: {x: 1}}
  C: {value: }
  D: {value: 1, drive: 5}
  E: {value: 1, states: Off}
`,
		want: `
1:6: ioc: "bench", expected a block of keys
2:10: devices: a list, expected a block of keys
4:6: A: "3", expected a block of keys
5:14: value: a block, expected a number or a text
6:14: value: nothing, expected a number or a text
7:24: drive: "5", expected [low, high]
8:25: states: "Off", expected a list such as [a, b]
`,
	},
	{
		name: "numbers and times",
		file: `
defaults: {scan: 1, prec: 20, egu: abcdefghijklmnop}
devices:
  D:
    port: {serial: /dev/ttyS0, baud: 9600 Bd, bits: 9, stop: 3, parity: evn, delay: 0s}
    timeout: 5
    pvs: {A: {read: "A?", reply: "%f", scan: 1us}}
pvs:
  B: {value: 1, drive: [5, 1], mdel: lots, pini: perhaps}
  C: {signal: sine, scan: 2 parsecs, period: -1s, range: [1]}
  D: {gpio: GPIO5, direction: input, debounce: 2h}
`,
		want: `
1:18: scan: 1 has no unit, expected a period such as 500ms, or once, passive or event
1:27: prec: 20, expected 0 to 15
1:36: egu: 16 bytes, expected at most 15
4:38: baud: "9600 Bd", expected a whole number
4:53: bits: 9, expected 5, 6, 7 or 8
4:62: stop: 3, expected 1, 1.5 or 2
4:73: parity: "evn", expected one of none, even, odd, mark, space (did you mean "even"?)
4:85: delay: 0s is not above 0, expected a time with its unit such as 20ms or 1s
5:14: timeout: 5 has no unit, expected a time with its unit such as 20ms or 1s
6:46: scan: 1us is not between 1ms and 24h, expected a period such as 500ms, or once, passive or event
8:24: drive: 5 is not below 1, expected [low, high]
8:38: mdel: "lots", expected a number
8:50: pini: "perhaps", expected yes or no
9:27: scan: "2 parsecs", expected a period such as 500ms, or once, passive or event
9:46: period: -1s is not above 0, expected a time with its unit such as 20ms or 1s
9:58: range: a list, expected [low, high]
10:48: debounce: 2h0m0s, expected at most 1h
`,
	},
	{
		name: "names",
		file: `
ioc: {prefix: "BAD PREFIX:"}
devices:
  D.D: {port: {tcp: "a:1"}, pvs: {"A$": {read: "A?", reply: "%f"}}}
  "": {port: {tcp: "b:1"}, pvs: {A: {read: "A?", reply: "%f"}}}
pvs:
  "": {value: 1}
`,
		want: `
1:15: the name "BAD PREFIX:", expected letters, digits and any of _ - + : [ ] < > ;
3:3: the name "D.D", expected letters, digits and any of _ - + : [ ] < > ;
3:35: the name "A$", expected letters, digits and any of _ - + : [ ] < > ;
4:3: the name is empty, expected a name
6:3: the name is empty, expected a name
`,
	},
	{
		name: "long name",
		file: `ioc: {prefix: "0123456789012345678901234567890123456789:"}
pvs:
  ABCDEFGHIJKLMNOPQRSTUVWXYZ: {value: 1}
`,
		want: "\n3:3: the name 0123456789012345678901234567890123456789:ABCDEFGHIJKLMNOPQRSTUVWXYZ has 67 characters, expected at most 60\n",
	},
	{
		name: "name taken",
		file: `
devices:
  A: {port: {tcp: "a:1"}, pvs: {"B:C": {read: "A?", reply: "%f"}}}
  "A:B": {port: {tcp: "b:1"}, pvs: {C: {read: "A?", reply: "%f"}}}
pvs:
  A:B:C: {value: 1}
`,
		want: `
3:37: the name A:B:C is taken already by line 2
5:3: the name A:B:C is taken already by line 2
`,
	},
	{
		name: "sources",
		file: `
devices:
  D: {port: {tcp: "a:1"}, pvs: {A: {at: 1}}}
  E: {i2c: {address: 0x48}, pvs: {A: {read: "A?", reply: "%f"}, B: {}}}
  F: {}
  G: {port: {tcp: "b:1"}, i2c: {address: 0x49}}
  H: {port: {tcp: "c:1"}, block: yes}
  I: {i2c: {address: 0x4A}, terminator: "\n", pvs: {}}
pvs:
  A: {}
  B: {value: 1, signal: sine}
  C: {read: "A?", reply: "%f"}
  D: {value: 1, pull: up, sim: "3", amplitude: 2}
`,
		want: `
2:41: the register of A stands outside a chip, expected a device with i2c: or spi:
3:45: commands of A stand outside a text instrument, expected a device with port:
3:65: B has nothing behind it, expected one of value, signal, gpio, pwm, file, iio, hwmon, thermal, host, read, write, receive, holding, input, coil, discrete and at
4:3: F is not connected to anything, expected port:, i2c:, spi: or onewire:
5:3: G is connected in two ways, expected one of port, i2c, spi and onewire
6:3: H has no PVs, expected pvs:
6:34: block belongs to devices with i2c or spi:, this one has port:
7:3: I has no PVs, expected pvs:
7:41: terminator belongs to devices with port:, this one has i2c:
9:3: A has nothing behind it, expected one of value, signal, gpio, pwm, file, iio, hwmon, thermal, host, read, write, receive, holding, input, coil, discrete and at
10:3: B has several sources, expected only one of value, signal, gpio, pwm, file, iio, hwmon, thermal, host, read, write, receive, holding, input, coil, discrete and at
11:13: commands of C stand outside a text instrument, expected a device with port:
12:23: pull belongs to gpio PVs, this is a soft PV
12:32: sim belongs to text, register, chip, file, gpio or modbus PVs, this is a soft PV
12:48: amplitude belongs to signal PVs, this is a soft PV
`,
	},
	{
		name: "ports",
		file: `
ports:
  a: {serial: /dev/ttyS1}
  b: {serial: /dev/ttyS1}
  c: {tcp: "host"}
  d: {}
  e: {serial: {}}
  f: {serial: {path: /dev/ttyS2, baud: 1200}, baud: 2400}
  g: {serial: /dev/ttyS3, tcp: "a:1"}
devices:
  D: {port: aa, pvs: {A: {read: "A?", reply: "%f"}}}
  E: {port: nowhere, pvs: {A: {read: "A?", reply: "%f"}}}
  F: {port: {serial: /dev/ttyS2}, pvs: {A: {read: "A?", reply: "%f"}}}
`,
		want: `
3:3: /dev/ttyS1 is used already in line 2; give it a name under ports: and use that in both devices
4:12: tcp: "host", expected host:port such as "192.0.2.7:5025"
5:3: d is not connected to anything, expected one of serial, tcp, udp, unix, rfc2217 and listen
6:15: serial: which port?, expected one of path and usb
7:53: baud stands inside serial: already, in line 7
8:3: g is connected in several ways, expected one of serial, tcp, udp, unix, rfc2217 and listen
10:13: no port "aa", expected {serial: …}, {tcp: …}, another connection, or the name of one of ports: (a, b, c, d, e, f, g) (did you mean "a"?)
11:13: no port "nowhere", expected {serial: …}, {tcp: …}, another connection, or the name of one of ports: (a, b, c, d, e, f, g)
12:13: /dev/ttyS2 is used already in line 7; give it a name under ports: and use that in both devices
`,
	},
	{
		name: "modbus",
		file: `
ports:
  bus: {modbus: {serial: /dev/ttyUSB0, rtu: no}}
  net: {modbus: {tcp: "a:502"}, tcp: "a:503"}
  far: {modbus: {tcp: "b:502", baud: 9600}, baud: 9600}
  off: {modbus: {}}
devices:
  A: {port: bus, unit: 0, terminator: "x", max_gap: 200, max_read: 126, pvs: {A: {holding: 0}}}
  B: {port: bus, unit: 3, order: ABDC, pvs: {A: {holding: 0, order: CBAD}, B: {holding: 1, at: 3}, C: {input: 1, write: yes}, D: {input: 1, on_exit: 3}}}
  C: {port: bus, unit: 3, pvs: {A: {coil: 0, type: int16}, B: {coil: 1, bit: 3}, C: {holding: 2, bit: 16}, D: {holding: 2, bit: 3, type: int16}}}
  D: {port: {modbus: {tcp: "d:502", unit: 4}}, unit: 4, pvs: {A: {holding: 65535, type: float64}, B: {input: 0, type: int24}, C: {holding: 1, type: string}}}
  E: {port: {modbus: {tcp: "e:502"}}, pvs: {A: {holding: 0, sim: "B + X"}, B: {holding: 0, scale: 0}, C: {holding: 0, count: 200}, D: {read: "A?", reply: "%f"}, E: {holding: 70000}}}
  F: {port: {modbus: {tcp: "f:502"}}, pvs: {}}
  G: {port: {tcp: "g:1"}, unit: 3, pvs: {A: {holding: 0}, B: {read: "B?", reply: "%f", bit: 3}}}
  H: {i2c: {address: 0x48}, pvs: {A: {at: 0, type: float64}}}
  I: {port: {modbus: {tcp: "i:502"}}, pvs: {A: {coil: 0, states: [Shut, Open], initial: Ajar}, B: {input: 0, sim: "C"}, C: {input: 1, sim: "B"}, D: {holding: 3, write: maybe}}}
pvs:
  S: {discrete: 3}
`,
		want: `
2:45: rtu: on a serial line there are no other frames
3:3: net is connected in several ways, expected what carries it inside modbus:
4:38: baud belongs to serial lines: those of serial: and rfc2217:
4:51: baud belongs to serial lines: those of serial: and rfc2217:
5:17: off is not connected to anything, expected one of serial, tcp, udp, unix, rfc2217 and listen
7:24: unit: 0, expected 1 to 247 on a serial line
7:39: terminator belongs to devices with port:, this one has modbus:
7:53: max_gap: 200, expected 0 to 125 registers
7:68: max_read: 126, expected 1 to 125 registers
8:34: order: "ABDC", expected one of ABCD, CDAB, BADC, DCBA, AB, BA (did you mean "ABCD"?)
8:69: order: "CBAD", expected one of ABCD, CDAB, BADC, DCBA, AB, BA
8:76: B has several sources, expected only one of value, signal, gpio, pwm, file, iio, hwmon, thermal, host, read, write, receive, holding, input, coil, discrete and at
8:121: write: yes needs holding: or coil:
8:150: on_exit: a PV that is only read cannot be set
9:24: unit: 3 is B already, expected another number
9:33: A: a bit has neither type nor scale nor offset
9:78: bit needs a register without another type
9:82: C: bit 16: 0 to 15 of a value of type bit
9:129: bit needs a register without another type
10:54: unit stands inside modbus: already, in line 10
10:63: A: 4 registers or bits do not fit at 65535
10:119: type: int24 is not for Modbus, expected one of uint16, int16, uint32, int32, int64, float32, float64, string
10:127: C: a string needs its count of bytes
11:66: sim: expression "B + X": column 5: unknown name X (did you mean A?)
11:99: scale: 0, expected what one count is worth
11:103: C: 200 registers or bits: a request has at most 123
11:142: commands of D stand outside a text instrument, expected a device with port:
11:175: holding: 70000 is out of range, expected 0 to 65535
12:3: F has no PVs, expected pvs:
13:33: unit belongs to devices with modbus:, this one has port:
13:55: the register of A stands outside a Modbus slave, expected a device with modbus:
13:93: bit belongs to modbus PVs, this is a text PV
14:52: type: float64 is not for I2C or SPI, expected one of uint8, int8, uint16, int16, uint24, int24, uint32, int32, float32
15:3: C and B follow from each other
15:89: "Ajar" is not a state, expected one of Shut, Open, keep
15:169: write: "maybe", expected yes or no for a register or coil
17:17: the register of S stands outside a Modbus slave, expected a device with modbus:
`,
	},
	{
		name: "connections",
		file: `
ports:
  a: {udp: "192.0.2.255", baud: 9600}
  b: {udp: "255.255.255.255:5025"}
  c: {unix: ""}
  d: {rfc2217: "host", baud: 1, rs485: yes}
  e: {listen: "7000", flow: rtscts}
  f: {listen: ":7000"}
  g: {listen: ":7000"}
  h: {serial: {path: /dev/ttyS4, rs485: {rts_on_send: up, delay_before: 1500us, delay_after: 1s}, break: 10s}, flow: rtscts, rts: off}
  i: {serial: /dev/ttyS5, rs485: no, flow: rtscts, dtr: off}
  j: {serial: /dev/ttyS6, rs485: maybe, rts: on}
  k: {rfc2217: "h:1", serial: /dev/ttyS7}
devices:
  D: {port: {udp: "h:2"}, char_delay: 1ms, echo: character, pvs: {A: {read: "A?", reply: "%f"}}}
`,
		want: `
2:12: udp: "192.0.2.255", expected host:port such as "192.0.2.7:5025"
2:33: baud belongs to serial lines: those of serial: and rfc2217:
3:12: udp: "255.255.255.255:5025" stands for many, expected the instrument's own address, from which its answers come
4:13: unix: nothing, expected the path of a socket
5:16: rfc2217: "host", expected host:port such as "192.0.2.7:5025"
5:30: baud: 1, expected bits per second such as 9600 or 115200
5:40: rs485 is for ports of this machine, expected serial:
6:15: listen: "7000", expected [address]:port such as ":7000"
6:29: flow belongs to serial lines: those of serial: and rfc2217:
8:3: listen :7000 is used already in line 7; give it a name under ports: and use that in both devices
9:41: rs485: RTS switches the transmitter, it cannot be set or be flow control too
9:55: rts_on_send: "up", expected one of high, low
9:73: delay_before: 1.5ms, expected whole milliseconds, at most 100ms
9:94: delay_after: 1s, expected whole milliseconds, at most 100ms
9:106: break: 10s, expected at most 5s
9:131: rts: it is flow control, it cannot be set
11:34: rs485: "maybe", expected yes or no
12:3: k is connected in several ways, expected one of serial, tcp, udp, unix, rfc2217 and listen
14:39: char_delay sends bytes one by one, but over udp each would be a datagram
14:50: echo: character sends bytes one by one, but over udp each would be a datagram
`,
	},
	{
		name: "terminators",
		file: `
ports: {w: {tcp: "a:1"}}
devices:
  D: {port: w, terminator: "\\q\\x", pvs: {A: {read: "A?", reply: "%f"}}}
  E: {port: {tcp: "b:1"}, in_terminator: "", pvs: {A: {receive: "%f"}}}
  F: {port: {tcp: "c:1"}, in_terminator: "\n", length: 3, pvs: {A: {receive: "%3f"}}}
  G: {port: {tcp: "d:1"}, length: 3, gap: 20ms, pvs: {A: {receive: "%3f"}}}
  H: {port: {tcp: "e:1"}, length: 0, echo: maybe, char_delay: 2h, pvs: {A: {read: "A?", reply: "%f", replies: 0}, B: {write: "B %f", replies: 2, length: 70000}}}
  I: {port: {tcp: "f:1"}, gap: 20ms, pvs: {A: {read: "A?", reply: "%f%(B)f", replies: 2}, B: {length: 3}, C: {receive: "%5f", length: 5}}}
  J: {port: {tcp: "j:1"}, length: 6, pvs: {A: {read: "A?", reply: "A%3d"}, B: {read: "B?", reply: "B%5d"}}}
  K: {port: {tcp: "k:1"}, gap: 20ms, in_terminator: "", pvs: {A: {read: "A?", reply: "A%3d"}}}
`,
		want: `
3:28: terminator: format "\\q\\x": column 3: no hexadecimal digit after \x, expected a text such as "\n" or "\r\n"
5:42: in_terminator: a line ends after length: 3 bytes, expected only one of them
6:43: gap: a line ends after length: 3 bytes, expected only one of them
7:35: length: 0, expected 1 to 65536 bytes
7:44: echo: "maybe", expected one of no, yes, character
7:63: char_delay: 2h0m0s, expected at most 1h
7:111: replies: 0, expected 1 or more
7:143: replies needs reply
7:154: length: 70000, expected 1 to 65536 bytes
7:154: length needs a line from the instrument: reply or receive
8:87: replies: 2: expected lines of reply, each with a terminator
8:103: length needs a line from the instrument: reply or receive
9:67: reply: the instrument would say "A000", which has not the 6 bytes of length
10:53: in_terminator: a line ends after gap: 20ms, expected only one of them
`,
	},
	{
		name: "terminators on one wire",
		file: `
ports: {w: {tcp: "a:1"}}
devices:
  D: {port: w, terminator: "\r", pvs: {A: {receive: "A%f"}}}
  E: {port: w, terminator: "\n", pvs: {A: {receive: "B%f"}}}
`,
		want: `
4:40: receive lines on one port must end alike, here with the terminator "\r" and with the terminator "\n"
`,
	},
	{
		name: "pins of buses",
		file: `
board: raspberry-pi-4b
ports: {gauges: {serial: /dev/serial0}}
devices:
  ADC: {i2c: {bus: 1, address: 0x48}, pvs: {A: {at: 0}}}
  DAC: {i2c: {bus: 1, address: 0x49}, pvs: {A: {at: 0}}}
  G: {port: gauges, pvs: {A: {read: "A?", reply: "%f"}}}
pvs:
  A: {gpio: GPIO2, direction: output}
  B: {gpio: "pin 10", direction: input}
  C: {gpio: "pinctrl-bcm2711:3", direction: input}
`,
		want: `
8:13: GPIO2 (J8 pin 3) is used already by ADC (I2C1 SDA) in line 4
9:13: GPIO15 (J8 pin 10) is used already by gauges (UART0 RXD) in line 2
10:13: GPIO3 (J8 pin 5) is used already by ADC (I2C1 SCL) in line 4
`,
	},
	{
		name: "pins",
		file: `
board: raspberry-pi-4b
pvs:
  A: {gpio: GPIO17, direction: output}
  B: {gpio: "pin 11", direction: output}
  C: {gpio: "pin 6", direction: input}
  D: {gpio: GPOI18, direction: input}
  E: {gpio: GPIO5}
  F: {gpio: GPIO6, direction: inputt}
  G: {gpio: GPIO7, direction: input, on_exit: off, initial: on}
  H: {gpio: GPIO8, direction: output, pull: up, debounce: 1ms, initial: of, on_exit: 2}
  I: {gpio: GPIO9, direction: input, scan: 1s, debounce: 1ms}
  J: {gpio: GPIO10, direction: input, states: [a, b, c]}
`,
		want: `
4:13: GPIO17 (J8 pin 11) is used already by A in line 3
5:13: "pin 6" on raspberry-pi-4b is GND, not a GPIO line
6:13: raspberry-pi-4b has no pin "GPOI18", expected a pin such as GPIO17, "pin 11", gpiochip0:17 or line:RELAY1 (did you mean "GPIO18"?)
7:13: GPIO5 (J8 pin 29) has no direction, expected direction: input or direction: output
8:31: direction: "inputt", expected one of input, output (did you mean "input"?)
9:47: on_exit needs an output
9:61: initial needs an output
10:45: pull needs an input
10:59: debounce needs an input
10:73: "of" is not a state, expected one of Low, High, off, on, keep (did you mean "off"?)
10:86: "2" is not a state, expected one of Low, High, off, on, keep
11:58: debounce needs an input whose edges are watched, without scan:
12:47: 3 states, expected 2 for a pin, that of low first
`,
	},
	{
		name: "board",
		file: "board: raspberry-pi-4\npvs: {A: {value: 1}}\n",
		want: "\n1:8: unknown board \"raspberry-pi-4\" (did you mean \"raspberry-pi-4b\"?)\n",
	},
	{
		name: "text lines",
		file: `
devices:
  D:
    port: {tcp: "a:1"}
    pvs:
      A: {read: "A?"}
      B: {read: "B?", reply: "%z"}
      C: {write: "C %q", readback: "C?", reply: "%f"}
      D: {read: "D?", reply: "%f", sim: "A + nois(1)"}
      E: {read: "E?", reply: "%f", sim: "NOBODY * 2"}
      F: {}
      G: {read: "G?", reply: "%f %f"}
      H: {read: "H?", reply: "%f", separator: ";"}
      I: {read: "I?", reply: "%f", count: 0}
      J: {read: "J?", readback: "J?", reply: "%f"}
`,
		want: `
5:7: reply: read needs one
6:30: reply: format "%z": column 2: unknown converter "z", expected one of feEgGdiuoxXsc[{bBrRDm/<, or %% for a percent sign
7:18: write: format "C %q": column 4: unknown converter "q", expected one of feEgGdiuoxXsc[{bBrRDm/<, or %% for a percent sign
8:41: sim: expression "A + nois(1)": column 5: unknown function nois (did you mean noise?)
9:41: sim: expression "NOBODY * 2": column 1: unknown name NOBODY
10:7: neither a line nor a %(F) in another's
11:30: reply: "%f %f": %f is a second value, expected %* to skip it or %(NAME) to send it elsewhere
12:47: separator needs an array, with count:
13:43: count: 0, expected 1 or more
14:33: readback: read is there too: one of them asks
`,
	},
	{
		name: "text one way and not the other",
		file: `
devices:
  D:
    port: {tcp: "a:1"}
    pvs:
      A: {write: "A %d", readback: "A 0", reply: "%d"}
`,
		want: "\n5:18: write: \"A 0\" is also what asks for A\n",
	},
	{
		name: "outputs",
		file: `
devices:
  D:
    port: {tcp: "a:1"}
    pvs:
      A: {write: "A %f", drive: [0, 30], on_exit: 40, initial: -1}
      B: {write: "B %d", states: [Off, On], on_exit: of, initial: 2}
      C: {read: "C?", reply: "%f", on_exit: 1}
      D: {write: "D %f", initial: much}
pvs:
  E: {value: 50, drive: [0, 20]}
  F: {value: Onn, states: [Off, On]}
  G: {value: [On], states: [Off, On]}
  H: {value: []}
`,
		want: `
5:51: on_exit: 40, expected 0 to 30 as drive: says
5:64: initial: -1, expected 0 to 30 as drive: says
6:54: "of" is not a state, expected one of Off, On, keep (did you mean "Off"?)
6:67: "2" is not a state, expected one of Off, On, keep
7:45: on_exit: a PV that is only read cannot be set
8:35: initial: "much", expected a number
10:14: value: 50, expected 0 to 20 as drive: says
11:14: "Onn" is not a state, expected one of Off, On (did you mean "On"?)
12:14: value: a list, expected one state
13:14: value: an empty list, expected at least one element, or count:
`,
	},
	{
		name: "scans",
		file: `
devices:
  D:
    port: {tcp: "a:1"}
    pvs:
      A: {write: "A %f", scan: 1s}
      B: {read: "B?", reply: "%f", scan: event}
      C: {receive: "C%f", scan: 1s}
      D: {read: "D?", reply: "%f", scan: onc}
pvs:
  E: {value: 1, scan: once}
`,
		want: `
5:32: scan: A has nothing to be read now and then
6:42: scan: B reports nothing by itself
7:33: scan: C has nothing to be read now and then
8:42: scan: "onc", expected a period such as 500ms, or once, passive or event (did you mean "once"?)
10:23: scan: E has nothing to be read now and then
`,
	},
	{
		name: "record types",
		file: `
devices:
  D:
    port: {tcp: "a:1"}
    pvs:
      A: {read: "A?", reply: "%s", record: ai}
      B: {read: "B?", reply: "%f", record: stringin}
      C: {read: "C?", reply: "%f", record: ao}
      D: {write: "D %f", record: ai}
      E: {write: "E %f", record: analog}
      F: {write: "F %f", record: oa}
      G: {read: "G?", reply: "%f", record: bi}
      H: {write: "H %d", states: [a, b, c], record: bo}
      I: {read: "I?", reply: "%s", record: lsi, count: 40000}
pvs:
  J: {value: abc, record: ao}
  K: {value: 1, count: 5, record: ai}
`,
		want: `
5:44: record: ai is not a text, but the value is, expected a type such as stringin
6:44: record: stringin cannot hold a floating point number, expected a type such as ai
7:44: record: ao writes, but there is nothing to write to, expected a type such as ai
8:34: record: ai only reads, but this PV is written, expected a type such as ao
9:34: unknown record type "analog", expected one of ai, ao, bi, bo, mbbi, mbbo, longin, longout, int64in, int64out, stringin, stringout, lsi, lso, waveform, aai, aao
10:34: unknown record type "oa", expected one of ai, ao, bi, bo, mbbi, mbbo, longin, longout, int64in, int64out, stringin, stringout, lsi, lso, waveform, aai, aao (did you mean "ao"?)
11:44: record: bi cannot hold a floating point number, expected a type such as ai
12:34: 3 states, expected at most 2 for bo
13:56: count: 40000 is above 32767
15:27: record: ao is not a text, but the value is, expected a type such as stringout
16:24: count: a record of type ai has one value
`,
	},
	{
		name: "states",
		file: `
pvs:
  A: {value: 1, states: []}
  B: {value: a, states: [a, A, "", abcdefghijklmnopqrstuvwxyz]}
  C: {value: "0", states: [a, b, c, d, e, f, g, h, i, j, k, l, m, n, o, p, q]}
`,
		want: `
2:25: no states, expected names such as [Off, On]
3:29: state "A" is there twice, expected different names
3:32: a state without a name, expected a name
3:36: state "abcdefghijklmnopqrstuvwxyz" has 26 bytes, expected at most 25
4:27: 17 states, expected at most 16
`,
	},
	{
		name: "ranges",
		file: `
pvs:
  A: {value: abc, drive: [0, 1], display: [0, 1], alarm: {hihi: 3}, hyst: 1}
  B: {value: 1, alarm: {hihi: 3, high: 5, hihj: 1}}
  C: {value: 1, alarm: {hihi: {at: 3, severity: majr}, low: {severity: minor}, lolo: [1]}}
  D: {value: 1, hyst: -1, desc: 01234567890123456789012345678901234567890}
`,
		want: `
2:26: drive needs a number that can be written
2:43: display needs a number
2:58: alarm needs a number
2:75: hyst needs a number
3:31: hihi: 3 is below high: 5, expected lolo ≤ low ≤ high ≤ hihi
3:43: unknown key "hihj" (did you mean "hihi"?)
4:49: severity: "majr", expected one of minor, major, invalid (did you mean "major"?)
4:61: low: a limit without a number, expected at:
4:86: lolo: a list, expected a block of keys
5:33: desc: 41 bytes, expected at most 40
`,
	},
	{
		name: "fields",
		file: `
pvs:
  A: {value: 1, fields: {flnk: B, EGU: V, NAME: x, ZZ: 1, PHAS: many, PRIO: HIGH}}
`,
		want: `
2:26: field flnk of a record of type ao: no such field (did you mean "FLNK"?)
2:35: field EGU has a key of its own (did you mean "egu"?)
2:43: field NAME follows from the other keys
2:52: field ZZ of a record of type ao: no such field
2:59: field PHAS of a record of type ao: convert string to int16: "many": no number
`,
	},
	{
		name: "registers",
		file: `
devices:
  C:
    i2c: {bus: -1, address: 0x99}
    init: ["0x1 <- 12", x, "0x100 <- 0x00", "1 <- 0x123", "1 <- 0xGG"]
    byte_order: bgi
    pvs:
      A: {at: 0x100}
      B: {at: 0, type: int12}
      C: {at: 0, type: int8, mask: 0xF00}
      D: {at: 0, mask: 0}
      E: {at: 0, scale: 0}
      F: {at: 0, write: maybe}
      G: {at: 0, on_exit: 3, count: 3}
      H: {at: -1}
      I: {at: 0, initial: 3}
      J: {at: 0xFF, type: int16}
      K: {at: 0, write: yes, type: int8, scale: 0.1, initial: 12.8, on_exit: -12.9}
  D: {i2c: {}, pvs: {A: {at: 0}}}
  E: {i2c: {address: 0x20}, pvs: {A: {at: 0}}}
  F: {i2c: {address: 0x20}, pvs: {A: {at: 0}}}
`,
		want: `
3:16: bus: -1, expected a bus number, 1 for /dev/i2c-1, the path of a link to it, or an adapter's name
3:29: address: 0x99, expected 0x03 to 0x77
4:12: init: "12" is not a value of whole bytes, expected "register <- value" such as "0x01 <- 0xC383"
4:25: init: "x", expected "register <- value" such as "0x01 <- 0xC383"
4:28: init: "0x100" is not a register, expected "register <- value" such as "0x01 <- 0xC383"
4:45: init: "0x123" is not a value of whole bytes, expected "register <- value" such as "0x01 <- 0xC383"
4:59: init: "0xGG" is not hexadecimal, expected "register <- value" such as "0x01 <- 0xC383"
5:17: byte_order: "bgi", expected one of big, little (did you mean "big"?)
7:7: register A: uint8 does not fit at 0x100
8:24: type: "int12", expected one of int8, uint8, int16, uint16, int24, uint24, int32, uint32, float32, int64, float64, string (did you mean "int16"?)
9:7: register C: mask 0xF00 is wider than int8
10:24: mask: no bits, expected the bits that are the value, such as 0x0F
11:25: scale: 0, expected what one count is worth
12:25: write: "maybe", expected yes or no for a register
13:27: on_exit: a PV that is only read cannot be set
13:37: count belongs to soft, text, gpio or modbus PVs, this is a register PV
14:15: at: -1 is out of range, expected 0 to 4294967295
15:27: initial: a PV that is only read cannot be set
16:7: register J: int16 does not fit at 0xFF
17:63: initial: 12.8 does not fit: the register takes -12.8 to 12.7
17:78: on_exit: -12.9 does not fit: the register takes -12.8 to 12.7
18:12: i2c of D has no address, expected address: such as 0x48
20:22: address 0x20 on bus 1 is used already by E
`,
	},
	{
		name: "register maps",
		file: `
devices:
  C:
    i2c: {bus: 01, address: 0x48, mux: {address: 2, port: 8}}
    address_size: 3
    retries: -1
    identity: 0xD0
    measure: {start: ["0x1"], wait: 1h, ready: "0xF3 & 0x0008 = 0x00", timeout: 1s}
    scan: 1s
    defaults: {scan: 2s}
    pvs:
      A: {at: 0, verify: yes}
  D:
    i2c: {bus: 1, address: 0x49, mux: {}}
    address_size: 2
    identity: "0x10000 = 0x60"
    measure: {timeout: 1s}
    with: {a: 1}
    values: [A]
    pvs: {A: {at: 0xFFFF, type: int16}, B: {at: 0xFFFF, write: yes, verify: yes, on_exit: 3, initial: 2}}
  F: {i2c: {bus: 1, address: 0x49, mux: {port: 3}}, pvs: {A: {at: 0}}}
  G: {i2c: {bus: 1, address: 0x4A, mux: {port: 3}}, pvs: {A: {at: 0}}}
  H: {i2c: {bus: 1, address: 0x4A, mux: {port: 3}}, pvs: {A: {at: 0}}}
  I: {i2c: {bus: 1, address: 0x70}, pvs: {A: {at: 0}}}
`,
		want: `
3:16: bus: 01, expected a bus number, 1 for /dev/i2c-1, the path of a link to it, or an adapter's name
3:50: mux: address: 0x02, expected 0x03 to 0x77
3:59: mux: port: 8, expected 0 to 7
4:19: address_size: 3, expected 1 or 2
5:14: retries: -1, expected 0 to 20
6:15: identity: "0xD0", expected "register = value" or "register & mask = value", such as "0xD0 = 0x60"
7:14: a measurement takes at most 5s
7:23: start: "0x1", expected "register <- value" such as "0x01 <- 0xC383"
7:48: ready: mask and value have different lengths, expected "register = value" or "register & mask = value", such as "0xD0 = 0x60"
8:11: scan needs to stand in one place: it stands in defaults:, too
11:26: verify needs write: yes
13:39: mux: which port?, expected port: 0 to 7
15:15: identity: "0x10000" is not a register, expected "register = value" or "register & mask = value", such as "0xD0 = 0x60"
16:24: timeout needs ready:
17:12: with needs instrument: or chip:
18:13: values needs chip:
19:11: register A: int16 does not fit at 0xFFFF
22:30: address 0x70 port 3 0x4A on bus 1 is used already by G
23:30: address 0x70 on bus 1 is used already by D
`,
	},
	{
		name: "recover",
		file: `
board: raspberry-pi-4b
devices:
  A: {i2c: {address: 0x48}, recover: {}, pvs: {X: {at: 0}}}
  B: {i2c: {address: 0x49}, recover: {gpio: GPIO99, off: 1ms, settle: 2m, after: 100ms, every: 1s}, pvs: {X: {at: 0}}}
  C: {i2c: {address: 0x4A}, recover: {gpio: GPIO2}, pvs: {X: {at: 0}}}
  D: {i2c: {address: 0x4B}, recover: {gpio: GPIO22, every: 10s, off: 1m}, pvs: {X: {at: 0}}}
  E: {i2c: {address: 0x4C}, recover: {gpio: GPIO23}, pvs: {SUPPLY: {at: 0}}}
  F: {port: {tcp: "a:1"}, recover: {gpio: GPIO24}, pvs: {X: {read: "X?", reply: "%f"}}}
  G: {i2c: {address: 0x4D}, recover: {gipo: GPIO25}, pvs: {X: {at: 0}}}
  H: {i2c: {address: 0x4E}, recover: {gpio: GPIO27}, pvs: {X: {at: 0}}}
  I: {i2c: {address: 0x4F}, recover: {gpio: GPIO26}, pvs: {RECOVERIES: {at: 0}}}
pvs:
  Y: {gpio: GPIO27, direction: output}
`,
		want: `
3:38: recover: by which pin?, expected gpio: a pin such as GPIO17
4:45: raspberry-pi-4b has no pin "GPIO99", expected a pin such as GPIO17, "pin 11", gpiochip0:17 or line:RELAY1 (did you mean "GPIO9"?)
4:58: recover: off: 1ms, expected 10ms to 1m0s
4:71: recover: settle: 2m0s, expected 0s to 1m0s
4:82: recover: after: 100ms, expected 1s to 1h0m0s
4:96: recover: every: 1s, expected 10s to 24h0m0s
5:45: GPIO2 (J8 pin 3) is used already by A (I2C1 SDA) in line 3
6:60: recover: every: 10s, expected more than off and settle, 1m0.1s
7:45: the name E:SUPPLY is taken already by line 7
8:36: recover belongs to devices with i2c or spi:, this one has port:
9:39: unknown key "gipo" (did you mean "gpio"?)
11:38: the name I:RECOVERIES is taken already by line 11
13:13: GPIO27 (J8 pin 13) is used already by H:SUPPLY in line 10
`,
	},
	{
		name: "chips",
		file: `
devices:
  A: {i2c: {bus: 1, address: 0x50}, chip: ml75}
  B: {i2c: {bus: 1, address: 0x49}, chip: lm75, with: {resolution: 13, gain: 2}}
  C: {i2c: {bus: 1, address: 0x4A}, chip: lm75, byte_order: big, init: ["0x01 <- 0x00"], block: yes}
  D: {i2c: {bus: 1, address: 0x4B}, chip: lm75, values: [TMP], pvs: {TEMP: {desc: x}}}
  E: {i2c: {bus: 1, address: 0x4C}, chip: lm75, pvs: {TEMPS: {desc: x}, TEMP: {at: 1}, SOFT: {value: 1}}}
  F: {i2c: {bus: 1, address: 0x4D}, chip: lm75, pvs: {TEMP: {initial: 3, on_exit: 3, mask: 1, sim: "nois(1)"}}}
  G: {i2c: {bus: 1}, chip: lm75, with: 3}
  H: {port: {tcp: "a:1"}, with: {a: 1}, pvs: {A: {read: "A?", reply: "%f"}}}
  I: {i2c: {bus: 1, address: 0x18}, chip: DS18B20}
  J: {i2c: {bus: 1, address: 0x62}, chip: mcp4725, with: {supply: 3.3V}, pvs: {VOLT: {drive: [0, 5], on_exit: 4}}}
`,
		want: `
2:43: unknown chip "ml75" (did you mean "lm75"?)
3:68: with: resolution: "13": want one of 9, 10, 11, 12
3:78: with: gain: no such setting: want one of resolution
4:61: byte_order belongs to register maps, this device has chip:, which knows its registers
4:72: init belongs to register maps, this device has chip:, which knows its registers
4:97: block belongs to register maps, this device has chip:, which knows its registers
5:58: lm75 has no value "TMP", expected one of TEMP (did you mean "TEMP"?)
5:70: TEMP is left out by values:, expected it in values:, too
6:55: lm75 has no value "TEMPS", expected one of TEMP (did you mean "TEMP"?)
6:84: TEMP: the device is a lm75, which brings its values, expected a value of its own
7:71: initial: a PV that is only read cannot be set
7:83: on_exit: a PV that is only read cannot be set
7:92: mask belongs to register PVs, this is a chip PV
8:40: with: "3", expected a block of keys
9:34: with needs instrument: or chip:
10:43: a ds18b20 is on neither I2C nor SPI, expected onewire:
11:94: drive: 0 to 5, expected 0 to 3.3 V
`,
	},
	{
		name: "SPI",
		file: `
devices:
  A: {spi: {bus: -1, cs: 256, mode: 4, speed: 1, bits: 33}, pvs: {A: {at: 0}}}
  B: {spi: {cs: 1, speed: 2GHz}, pvs: {A: {at: 0, write: yes}}}
  C: {spi: {cs: 1, speed: fast}, read_bits: 0x100, pvs: {A: {at: 0}}}
  D: {spi: {cs: 2, three_wire: yes}, exchange: yes, address_size: 2, read_bits: 0x80, init: ["0 <- 0x00"], pvs: {A: {at: 0x100}, B: {at: 0, write: yes, verify: yes}, C: {at: 0, write: yes, scan: 1s}}}
  E: {spi: {cs: 3}, chip: lm75}
  F: {spi: {cs: 4}, i2c: {address: 0x48}}
  G: {i2c: {address: 0x48}, read_bits: 0x80, pvs: {A: {at: 0}}}
`,
		want: `
2:18: bus: -1, expected a bus number, 0 for /dev/spidev0.0
2:26: cs: 256, expected 0 to 255
2:37: mode: 4, expected 0 to 3
2:47: speed: "1", expected a frequency with its unit such as 500kHz or 1MHz
2:56: bits: 33, expected 1 to 32
3:12: a chip on SPI that is written to needs read_bits: or write_bits:, such as 0x80
3:27: speed: 2GHz, expected 100Hz to 1GHz
4:3: read_bits and write_bits: an address has 8 bits
4:12: cs 1 of bus 0 is used already by B
4:27: speed: "fast", expected a frequency with its unit such as 500kHz or 1MHz
5:48: exchange needs a wire for each direction
5:67: address_size is about addresses of registers, but there are none with exchange:
5:81: read_bits is about addresses of registers, but there are none with exchange:
5:93: init is about addresses of registers, but there are none with exchange:
5:114: register A: 0x100 is more than uint8 has
5:130: register B: words that are exchanged cannot be read back or together
5:196: scan: C has nothing to be read now and then
6:12: a lm75 has no SPI interface, expected i2c:
7:3: F is connected in two ways, expected one of port, i2c, spi and onewire
8:40: read_bits belongs to devices with spi:, this one has i2c:
`,
	},
	{
		name: "behaviour of registers",
		file: `
devices:
  C:
    i2c: {address: 0x48}
    pvs:
      A: {at: 0, sim: "nois(1)"}
      B: {at: 1, sim: "NOBODY"}
  D:
    i2c: {address: 0x49}
    pvs:
      A: {at: 0, sim: "B"}
      B: {at: 1, sim: "A"}
`,
		want: `
5:23: sim: expression "nois(1)": column 1: unknown function nois (did you mean noise?)
7:3: sim: B and A follow from each other
`,
	},
	{
		name: "aliases report once",
		file: `
devices:
  A: {port: {tcp: "a:1"}, pvs: &p {X: {read: "X?", reply: "%z"}}}
  B: {port: {tcp: "b:1"}, pvs: *p}
`,
		want: "\n2:59: reply: format \"%z\": column 2: unknown converter \"z\", expected one of feEgGdiuoxXsc[{bBrRDm/<, or %% for a percent sign\n",
	},
	{
		name: "numbers that are none",
		file: `
pvs:
  A: {value: 1, drive: [x, 0]}
  B: {value: 0x-5, drive: [0x+5, 9]}
  C: {value: 1.5, record: longout}
`,
		want: `
2:25: drive: "x", expected a number
3:28: drive: "0x+5", expected a number
4:14: value: 1.5, expected a whole number for longout
`,
	},
	{
		name: "elements",
		file: `
devices:
  D: {port: {tcp: "a:1"}, pvs: {A: {read: "A?", reply: "%f", count: 4000000000}}}
pvs:
  B: {value: [1, 2], count: 1}
`,
		want: `
2:69: count: 4000000000 is above 67108864
4:29: count: 1 is less than the 2 elements of value
`,
	},
	{
		name: "long times",
		file: `
devices:
  D: {port: {serial: /dev/x, settle: 2h, delay: 2h}, timeout: 2000000h, pvs: {A: {read: "A?", reply: "%f"}}}
`,
		want: `
2:38: settle: 2h0m0s, expected at most 1h
2:49: delay: 2h0m0s, expected at most 1h
2:63: timeout: 2000000h0m0s, expected at most 1h
`,
	},
	{
		name: "access security",
		file: `access: {file: testdata/bad.acf, hosts: adress}
put_log: {puts: some}
pvs:
  A: {value: 1, asg: A-GROUP-THAT-IS-LONGER-THAN-28, fields: {ASG: A}}
`,
		want: `
1:41: hosts: "adress", expected one of name, address (did you mean "address"?)
2:17: puts: "some", expected one of all, trapped
4:22: asg: 30 bytes, expected at most 28
4:63: field ASG has a key of its own (did you mean "asg"?)
testdata/bad.acf:2:22: "READ", expected ","
testdata/bad.acf:3:26: expression "A=": column 3: the expression ends where an operand is expected
`,
	},
	{
		name: "access security without a file",
		file: "access: {hosts: name, macros: {A: b}}\nput_log: {puts: trapped}\npvs: {A: {value: 1}}\n",
		want: `
1:17: hosts needs file
1:32: macros: need file
2:17: puts: trapped needs access: with a file
`,
	},
	{
		name: "access security file that is not there",
		file: "access: {file: none.acf}\npvs: {A: {value: 1}}\n",
		want: "\n1:16: file: open none.acf: no such file or directory, expected an access security file\n",
	},
	{
		name: "access security file that is none",
		file: "access: {file: testdata}\npvs: {A: {value: 1}}\n",
		want: "\n1:16: file: testdata is no file, expected an access security file\n",
	},
	{
		name: "states",
		file: "ioc: {prefix: \"A:\"}\npvs: {RELAY: {value: 1}, NOTE: {value: text}, LIST: {value: [1, 2]}}\nstates: {a: RELAI, b: NOTE, c: LIST, d e: RELAY, f: \"A:RELAY\"}\n",
		want: `
3:13: state a: no PV "RELAI", expected a PV of this file, without the prefix (did you mean "RELAY"?)
3:23: state b: NOTE is of type stringout, expected a number, or a PV with states
3:32: state c: LIST is of type aao, expected a number, or a PV with states
3:38: the name "d e", expected letters, digits and any of _ - + : [ ] < > ;
3:53: state f: no PV "A:RELAY", expected a PV of this file, without the prefix (did you mean "RELAY"?)
`,
	},
	{
		name: "done, urgent, init, stale_after",
		file: `devices:
  A:
    port: {tcp: "192.0.2.1:1"}
    stale_after: 5s
    init: ["VOLT %f", "%q", "OK"]
    pvs:
      P1: {read: "A?", reply: "%f", urgent: yes, done: {ask: "B?", reply: "%d", until: 0}}
      P2: {write: "A", done: {ask: "B?"}}
      P3: {write: "A %f", done: {ask: "B?", reply: "%d", until: IDLE}}
      P4: {write: "A %d", done: {ask: "B?", reply: "%{MOVES|STANDS}", until: [STANDS, STAND], every: 2s, timeout: 1s}}
      P5: {write: "A %s", done: {ask: "B? %d", reply: "OK", until: 0, sim: "NONE"}}
      P6: {write: "A2 %s", done: {ask: "B2?", reply: "%d", until: 0, sim: "NONE"}}
      P7: {write: "A3", done: {ask: "B2?", replay: "%d", until: 0}, timeout: 2h}
`,
		want: `
5:12: init: "VOLT %f" has a converter, expected a command without a value
5:23: init: format "%q": column 2: unknown converter "q", expected one of feEgGdiuoxXsc[{bBrRDm/<, or %% for a percent sign
7:45: urgent needs write:
7:56: done needs write:
8:30: done of P2, expected reply: such as "%d"
8:30: done of P2, expected until: the answer that ends the wait
9:65: until: "IDLE", expected a number, as %d scans
10:78: "STAND" is not a state, expected one of MOVES, STANDS (did you mean "STANDS"?)
10:102: done: every: 2s, expected less than timeout: 1s
11:39: done: ask: "B? %d": a converter, but there is no value to print
11:55: done: reply: "OK" yields no value
12:75: done: sim: expression "NONE": column 1: unknown name NONE
13:31: done of P7, expected reply: such as "%d"
13:44: unknown key "replay" (did you mean "reply"?)
13:78: timeout: 2h0m0s, expected at most 1h
`,
	},
	{
		name: "status",
		file: `
ports:
  left: {tcp: "a:1", status: [yes]}
  right: {tcp: "a:2", status: "a b"}
devices:
  A: {port: {tcp: "a:3", status: yes}, pvs: {TRACE: {read: "A?", reply: "%f"}, CONNECTED: {value: 1}}}
  B: {port: left, status: yes, pvs: {TRACE: {read: "A?", reply: "%f"}}}
  C: {port: {tcp: "a:4"}, status: LINK, pvs: {TRACE: {read: "A?", reply: "%f"}}}
`,
		want: `
2:30: status: a list, expected yes, no, or a word to go before the names
3:31: the name "a b", expected letters, digits and any of _ - + : [ ] < > ;
`,
	},
	{
		name: "status names that are taken",
		file: `
devices:
  A: {port: {tcp: "a:3", status: yes}, pvs: {TRACE: {read: "A?", reply: "%f"}, CONNECTED: {value: 1}}}
  C: {port: {tcp: "a:4"}, status: LINK, pvs: {TRACE: {read: "A?", reply: "%f"}}}
`,
		want: `
2:34: status: the name A:CONNECTED is taken already by line 2, expected a word instead of yes, to go before the names
2:34: status: the name A:TRACE is taken already by line 2, expected a word instead of yes, to go before the names
`,
	},
	{
		name: "kernel files",
		file: `pvs:
  A: {file: proc/loadavg}
  B: {file: /proc/../etc/passwd, scale: 0}
  C: {file: /proc/loadavg, write: maybe}
  D: {file: /proc/loadavg, reply: "load", scan: 1s}
  E: {file: /proc/loadavg, initial: 3}
  F: {file: /proc/loadavg, sim: "sine("}
  G: {file: /proc/loadavg, reply: "%f %f"}
  H: {file: /proc/loadavg, write: yes, on_exit: keep, pull: up}
  I: {file: /proc/loadavg, thermal: cpu-thermal}
  J: {iio: {attribute: in_temp}}
  K: {iio: {name: bme280}}
  L: {hwmon: {name: ina219, attribute: in1_input, label: V5}}
  M: {hwmon: {name: ina219, attribute: ../name}}
  N: {hwmon: {name: ina219, atribute: in1_input}}
  O: {thermal: ""}
  P: {thermal: cpu-thermal, record: longin}
  Q: {hwmon: in1_input}
  R: {host: cpu_tmep}
  S: {host: cpu_temp, scale: 2}
`,
		want: `
2:13: file: "proc/loadavg", expected a whole path such as /sys/class/leds/ACT/brightness
3:13: file: "/proc/../etc/passwd", expected a whole path such as /sys/class/leds/ACT/brightness
3:41: scale: 0, expected what one count is worth
4:35: write: "maybe", expected yes or no for a file
5:35: reply: no value in "load", expected one converter without * and without a name
6:37: initial: a PV that is only read cannot be set
7:33: sim: expression "sine(": column 5: ( without )
8:3: file /proc/loadavg: the format has 2 values, want 1
9:61: pull belongs to gpio PVs, this is a file PV
10:3: I has several sources, expected only one of value, signal, gpio, pwm, file, iio, hwmon, thermal, host, read, write, receive, holding, input, coil, discrete and at
11:12: iio: which device?, expected name: what the device's file name says
12:12: iio: which value of bme280?, expected one of attribute: such as in_temp and label:
13:14: hwmon: which value of ina219?, expected one of attribute: such as temp1_input and label:
14:40: attribute: "../name", expected the name of a file such as temp1_input
15:29: unknown key "atribute" (did you mean "attribute"?)
16:16: thermal: which zone?, expected the zone's type, such as cpu-thermal
18:14: hwmon: "in1_input", expected a block of keys
19:13: host: "cpu_tmep", expected one of cpu_temp, undervoltage, throttled, load, cpu_load, ioc_load, memory, memory_free, files, uptime, ioc_uptime, clock, hostname, clients, channels (did you mean "cpu_temp"?)
20:30: scale belongs to register, file, gpio or modbus PVs, this is a host PV
`,
	},
	{
		name: "1-Wire",
		file: `devices:
  A: {onewire: 28-0316A2795F2C, chip: ds18b20}
  B: {onewire: 28-0316a2795f2c, chip: ds18b2}
  C: {onewire: 28-0316a2795f2d}
  D: {onewire: 28-0316a2795f2e, chip: ds18b20, with: {resolutoin: 9}, retries: 11}
  E: {onewire: 28-0316a2795f2f, chip: ds18b20, with: {resolution: 13}, block: yes}
  F: {onewire: 28-0316a2795f2f, chip: ds18b20, pvs: {TMEP: {egu: C}}}
  G: {onewire: 28-0316a2795f30, chip: ds18b20, pvs: {TEMP: {sim: "sine("}}}
  H: {onewire: 28-0316a2795f31, chip: ds18b20, pvs: {TEMP: {gpio: GPIO4}}}
  I: {onewire: 28-0316a2795f32, i2c: {address: 0x48}, chip: ds18b20}
  J: {onewire: 28-0316a2795f33, chip: ds18b20, scan: 1s, defaults: {scan: 2s}}
  K: {onewire: 28-0316a2795f34, chip: ds18b20, with: {resolution: [9, 10]}, pvs: {TEMP: {drive: [0, 1]}}}
`,
		want: `
2:16: onewire: "28-0316A2795F2C" is not the number of a DS18B20, such as 28-0316a2795f2c
3:39: unknown 1-Wire chip "ds18b2", expected ds18b20 (did you mean "ds18b20"?)
4:16: C: which chip is it?, expected chip: ds18b20
5:55: with: a ds18b20 has no setting "resolutoin", expected resolution (did you mean "resolution"?)
5:80: retries: 11, expected 0 to 10
6:67: with: resolution, expected 9 to 12 bits, which take 94, 188, 375 or 750 ms
6:79: block belongs to devices with i2c or spi:, this one has onewire:
7:16: onewire: 28-0316a2795f2f is E already
7:54: ds18b20 has no value "TMEP", expected TEMP (did you mean "TEMP"?)
8:66: sim: expression "sine(": column 5: ( without )
9:67: TEMP: the device is a ds18b20, which brings its value, expected a PV outside of the device
10:3: I is connected in two ways, expected one of port, i2c, spi and onewire
11:54: scan needs to stand in one place: it stands in defaults:, too
12:67: with: resolution, expected 9 to 12 bits, which take 94, 188, 375 or 750 ms
12:97: drive needs a number that can be written
`,
	},
	{
		name: "console",
		file: `
devices:
  A: {port: {tcp: "a:3"}, console: yes, pvs: {CMD: {read: "A?", reply: "%f"}}}
  B: {i2c: {address: 0x48}, console: yes, pvs: {A: {at: 0}}}
`,
		want: `
2:36: console: the name A:CMD is taken already by line 2, expected no PV of this name beside a console
3:38: console belongs to devices with port:, this one has i2c:
`,
	},
	{
		name: "clock",
		file: `
clock: {require: no, wait: 10m}
pvs: {A: {value: 1}}
`,
		want: `
1:28: wait needs require: yes
`,
	},
	{
		name: "on_disconnect",
		file: `
pvs:
  A: {signal: sine, on_disconnect: 1}
  B: {value: 1, drive: [0, 10], on_disconnect: 11}
  C: {value: Off, states: [Off, On], on_disconnect: {set: auto, after: 2h}}
  D: {value: 1, on_disconnect: {after: 1s}}
  E: {value: 1, on_disconnect: off}
  F: {value: [1, 2], on_disconnect: 1}
`,
		want: `
2:36: on_disconnect: a PV that is only read cannot be set
3:48: on_disconnect: 11, expected 0 to 10 as drive: says
4:59: "auto" is not a state, expected one of Off, On, keep
4:72: after: 2h0m0s, expected at most 1h
5:32: on_disconnect: a time without a value, expected set:
6:32: on_disconnect: "off", expected a number, or keep
7:37: on_disconnect: F is an array, expected one value
`,
	},
	{
		name: "a pulse of a command without a value",
		file: `
devices:
  D:
    port: {tcp: "192.0.2.1:1"}
    pvs:
      RST: {write: "*RST", states: [Done, Reset], pulse: 100ms}
      ON: {write: "ON %d", states: [Off, On], pulse: 100ms}
`,
		want: `
5:58: pulse: the command has no value, it would be sent once more when the pulse ends
`,
	},
	{
		name: "a slave on a port that is not there",
		file: `
ports: {bus: {modbus: {serial: /dev/ttyUSB1}}}
devices:
  O: {port: buss, unit: 3, max_gap: 3, status: yes, pvs: {A: {input: 1, sim: "B"}, B: {holding: 2, order: CDAB}, C: {coil: 3, on_exit: maybe}}}
  P: {port: bus, pvs: {A: {input: 1}}}
`,
		want: `
3:13: no port "buss", expected {serial: …}, {tcp: …}, another connection, or the name of one of ports: (bus) (did you mean "bus"?)
3:136: "maybe" is not a state, expected one of Off, On, keep
`,
	},
}
