package config

import (
	"time"

	"go.yaml.in/yaml/v3"
)

//go:generate go test -run ^TestReference$ -update .

// The structs below are the configuration language: one field a key, with its name
// and its meaning in tags. `oneof` lists the words that a key can have, `of` the
// sources of a PV, or the connections of a device, that it is for; without it, all. `is`
// says which of these a block has with the key, which is for them alone if not said otherwise. `map`
// marks keys about register maps, "address" those about the addresses of registers.
// Everything else about a key follows from its type. docs/configuration.md is
// generated from here.

// fileKeys are the keys of a configuration file.
type fileKeys struct {
	IOC      iocKeys              `key:"ioc" doc:"what this IOC is called"`
	Server   serverKeys           `key:"server" doc:"the Channel Access server; the EPICS_CAS_ and EPICS_CA_ variables, where they are set, have the last word"`
	Access   accessKeys           `key:"access" doc:"who may read and write what; everybody everything if not given"`
	PutLog   key[putLogKeys]      `key:"put_log" doc:"what clients write is written down, a JSON object a line"`
	RecSync  key[bool]            `key:"recsync" doc:"yes to announce the PVs to the site's ChannelFinder, whose recceiver is heard on UDP port 5049; no if not given. IOCNAME, ENGINEER, LOCATION and other variables by which it knows a C IOC have the last word"`
	Clock    clockKeys            `key:"clock" doc:"what is to be when this machine does not know the time yet, as a Raspberry Pi without network"`
	Board    key[string]          `key:"board" doc:"whose pin names are used: auto, or a board such as raspberry-pi-4b"`
	Defaults commonKeys           `key:"defaults" doc:"for every PV that does not say otherwise itself"`
	Ports    ordered[portKeys]    `key:"ports" doc:"connections that several devices share, by name"`
	Devices  ordered[deviceKeys]  `key:"devices" doc:"instruments and chips; the names of their PVs begin with the prefix, the name of the device and a colon"`
	PVs      ordered[pvKeys]      `key:"pvs" doc:"PVs that belong to no device: pins, signals, soft values"`
	States   ordered[key[string]] `key:"states" doc:"states for the channel filter sync, each with the PV, named without the prefix, that it follows: on while that is not zero"`
	Sim      simKeys              `key:"sim" doc:"what is different under --sim, beside what follows from the rest"`
}

// simKeys are for what only a simulation needs to be told.
type simKeys struct {
	Wires key[[]key[[]key[string]]] `key:"wires" doc:"lists of pins that are connected with each other: what one drives, the others see"`
}

type iocKeys struct {
	Name     key[string] `key:"name" doc:"the IOC's name, for people; that of the file if not given"`
	Prefix   key[string] `key:"prefix" doc:"what every PV name begins with"`
	Engineer key[string] `key:"engineer" doc:"who looks after it: ENGINEER for ChannelFinder"`
	Location key[string] `key:"location" doc:"where it stands: LOCATION for ChannelFinder"`
	ReadOnly key[bool]   `key:"read_only" doc:"yes if clients may write nothing at all"`
}

// clockKeys say what the time stamps of values are worth.
type clockKeys struct {
	Require key[bool]          `key:"require" doc:"yes to give values no time until the clock is synchronized: clients show <undefined>, archivers leave such values out, and nothing else waits. A clock is synchronized when a time daemon has told the kernel so, or systemd-timesyncd has set it. no if not given"`
	Wait    key[time.Duration] `key:"wait" doc:"how long at most, if nobody ever synchronizes it; for ever if not given"`
}

// accessKeys name the access security file.
type accessKeys struct {
	File   key[string]          `key:"file" doc:"an EPICS access security file, looked for beside this one"`
	Macros ordered[key[string]] `key:"macros" doc:"values of the file's $(NAME), by their names"`
	Hosts  key[string]          `key:"hosts" oneof:"name address" doc:"how a host of a HAG is told: by the name that clients say they have, as if not given, or by the address they call from"`
}

// putLogKeys say which writes are written down, and where.
type putLogKeys struct {
	File      key[string] `key:"file" doc:"where the lines are appended, beside this file; the program's own log if not given"`
	Puts      key[string] `key:"puts" oneof:"all trapped" doc:"all, as if not given, or those to which a rule with TRAPWRITE applies"`
	Unchanged key[bool]   `key:"unchanged" doc:"no to leave out those that wrote what was there already"`
}

// serverKeys say where the server listens and who hears of it.
type serverKeys struct {
	Port            key[uint16]        `key:"port" doc:"TCP and UDP port; 5064 if not given. EPICS_CAS_SERVER_PORT or EPICS_CA_SERVER_PORT"`
	Interfaces      key[[]key[string]] `key:"interfaces" doc:"addresses or names of the interfaces to listen on, all if none is given; multicast groups to listen to. EPICS_CAS_INTF_ADDR_LIST"`
	AutoBeacons     key[bool]          `key:"auto_beacons" doc:"no to send no beacons to the broadcast addresses of the interfaces. EPICS_CAS_AUTO_BEACON_ADDR_LIST"`
	BeaconAddresses key[[]key[string]] `key:"beacon_addresses" doc:"where else beacons go: 10.0.0.255, 10.0.0.255:5065, or the name of a host. EPICS_CAS_BEACON_ADDR_LIST"`
	BeaconPort      key[uint16]        `key:"beacon_port" doc:"the port of beacons; 5065 if not given. EPICS_CAS_BEACON_PORT or EPICS_CA_REPEATER_PORT"`
	BeaconPeriod    key[time.Duration] `key:"beacon_period" doc:"longest time between beacons; 15s if not given. EPICS_CAS_BEACON_PERIOD or EPICS_CA_BEACON_PERIOD"`
	MulticastTTL    key[uint8]         `key:"multicast_ttl" doc:"how far beacons to multicast groups go; 1, not past a router, if not given. EPICS_CA_MCAST_TTL"`
	Ignore          key[[]key[string]] `key:"ignore" doc:"addresses or names of clients whose searches by UDP are not answered. EPICS_CAS_IGNORE_ADDR_LIST"`
	Limits          key[limitsKeys]    `key:"limits" doc:"what clients may make the server keep and wait for"`
}

// limitsKeys are the fields of caserver.Limits.
type limitsKeys struct {
	ArrayBytes              key[int]           `key:"array_bytes" doc:"largest value in a message, in bytes; 16777216 if not given. EPICS_CA_MAX_ARRAY_BYTES, if EPICS_CA_AUTO_ARRAY_BYTES is NO"`
	Circuits                key[int]           `key:"circuits" doc:"clients at a time; 1000 if not given"`
	CircuitsPerAddress      key[int]           `key:"circuits_per_address" doc:"of them from one address; half of circuits if not given"`
	Channels                key[int]           `key:"channels" doc:"channels of all clients; 250000 if not given"`
	ChannelsPerCircuit      key[int]           `key:"channels_per_circuit" doc:"channels of one client; 100000 if not given"`
	Subscriptions           key[int]           `key:"subscriptions" doc:"monitors of all clients; 250000 if not given"`
	SubscriptionsPerCircuit key[int]           `key:"subscriptions_per_circuit" doc:"monitors of one client; 100000 if not given"`
	Puts                    key[int]           `key:"puts" doc:"puts of a client that are not yet answered; one more waits, and is refused after write_time; 256 if not given"`
	BufferBytes             key[int]           `key:"buffer_bytes" doc:"memory for large arrays on their way, of all clients, half for those they send and half for those they read, in bytes; 67108864 if not given"`
	QueueBytes              key[int]           `key:"queue_bytes" doc:"memory for a client's array events that wait though there are newer ones, in bytes; 1048576 if not given"`
	SearchesPerAddress      key[int]           `key:"searches_per_address" doc:"answers to searches by UDP that one address may ask for in a second; 20000 if not given"`
	SearchBurst             key[int]           `key:"search_burst" doc:"answers that it may ask for at once after a rest; 100000 if not given"`
	HandshakeTime           key[time.Duration] `key:"handshake_time" doc:"when a client must have said VERSION; 60s if not given"`
	MessageTime             key[time.Duration] `key:"message_time" doc:"when a message that has begun must be complete, beside a second for each 16 KiB; 30s if not given"`
	WriteTime               key[time.Duration] `key:"write_time" doc:"how long a client may leave what is written to it, beside a second for each 16 KiB of a large value; 60s if not given"`
}

// lineKeys are the settings of a serial line; they may stand inside serial: or
// beside it.
type lineKeys struct {
	Baud   key[int]           `key:"baud" doc:"bits per second; 9600 if not given"`
	Bits   key[int]           `key:"bits" doc:"data bits, 5 to 8; 8 if not given"`
	Parity key[string]        `key:"parity" oneof:"none even odd mark space" doc:"parity bit; none if not given"`
	Stop   key[float64]       `key:"stop" doc:"stop bits, 1, 1.5 or 2; 1 if not given"`
	Flow   key[string]        `key:"flow" oneof:"none rtscts xonxoff" doc:"how the ends tell each other to wait; none if not given"`
	RS485  key[rs485Keys]     `key:"rs485" doc:"yes if the port's driver is to switch an RS-485 transmitter through RTS; leave it out for adapters that do so by themselves"`
	DTR    key[bool]          `key:"dtr" doc:"level of DTR once the port is open; high, which resets some instruments, if not given"`
	RTS    key[bool]          `key:"rts" doc:"level of RTS once the port is open"`
	Break  key[time.Duration] `key:"break" doc:"length of a break that is sent when the port has been opened; none if not given"`
	Settle key[time.Duration] `key:"settle" doc:"rest that the instrument needs after its port was opened"`
}

type rs485Keys struct {
	RTSOnSend   key[string]        `key:"rts_on_send" oneof:"high low" doc:"level of RTS that switches the transmitter on; high if not given"`
	DelayBefore key[time.Duration] `key:"delay_before" doc:"from switching it on to the first bit, in whole milliseconds"`
	DelayAfter  key[time.Duration] `key:"delay_after" doc:"from the last bit to switching it off, in whole milliseconds"`

	off bool
}

// decode takes yes alone for {}.
func (r *rs485Keys) decode(d *decoder, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		var on key[bool]
		on.decode(d, n)
		r.off = !on.Value
		return
	}
	r.off = false
	type block rs485Keys
	d.block(n, blockOf((*block)(r)))
}

// transportKeys say what carries bytes to an instrument: one of serial, tcp, udp, unix,
// rfc2217 and listen.
type transportKeys struct {
	Serial  key[serialKeys] `key:"serial" doc:"a serial port: its path, or {usb: {vid: 0x0403, pid: 0x6001}}"`
	TCP     key[string]     `key:"tcp" doc:"host:port of an instrument on the network"`
	UDP     key[string]     `key:"udp" doc:"host:port of an instrument that speaks in datagrams; with an empty in_terminator each is a line"`
	Unix    key[string]     `key:"unix" doc:"path of a socket of this machine"`
	RFC2217 key[string]     `key:"rfc2217" doc:"host:port of a server, such as ser2net, that sets its serial line as baud, parity and so on beside it say"`
	Listen  key[string]     `key:"listen" doc:"[address]:port to which the instrument connects by itself, such as :7000; a new connection takes the place of the old"`
	lineKeys
}

// modbusKeys say how Modbus slaves are connected.
type modbusKeys struct {
	transportKeys
	Unit key[uint8] `key:"unit" doc:"the slave's number; 1 if not given"`
	RTU  key[bool]  `key:"rtu" doc:"yes for the frames of serial lines over a network; on a serial line there are no others"`
}

// portKeys say how a device is connected.
type portKeys struct {
	transportKeys
	Modbus key[modbusKeys]    `key:"modbus" doc:"Modbus, and what carries it: {tcp: \"192.0.2.9:502\", unit: 1} or {serial: /dev/ttyUSB0, baud: 19200}"`
	Delay  key[time.Duration] `key:"delay" doc:"pause between two commands"`
	Status key[statusWish]    `key:"status" doc:"yes for PVs about the port: CONNECTED, ENABLE, RECONNECT, TRACE and others; their names begin with that of the port, or of the device that has it to itself, and with a word that stands here instead of yes"`
}

type serialKeys struct {
	Path key[string]  `key:"path" doc:"the port's device file, such as /dev/ttyUSB0"`
	USB  key[usbKeys] `key:"usb" doc:"the USB adapter, wherever it is plugged in"`
	lineKeys
}

// decode takes a path alone for {path: …}.
func (s *serialKeys) decode(d *decoder, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		s.Path.decode(d, n)
		return
	}
	type block serialKeys
	d.block(n, blockOf((*block)(s)))
}

type usbKeys struct {
	VID    key[uint16] `key:"vid" doc:"vendor ID, such as 0x0403"`
	PID    key[uint16] `key:"pid" doc:"product ID, such as 0x6001"`
	Serial key[string] `key:"serial" doc:"serial number, if several adapters of the kind are there"`
}

// connectionKeys is the port: of a device: a block, or the name of one of ports:.
type connectionKeys struct {
	Shared key[string]
	portKeys
}

func (c *connectionKeys) decode(d *decoder, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		c.Shared.decode(d, n)
		return
	}
	d.block(n, blockOf(&c.portKeys))
}

type i2cKeys struct {
	Bus     key[string]  `key:"bus" doc:"bus: its number, 1 for /dev/i2c-1, a link to its device file, or the name of the adapter; 1 if not given"`
	Address key[uint16]  `key:"address" doc:"7-bit address, such as 0x48; the usual one of the chip if not given"`
	Mux     key[muxKeys] `key:"mux" doc:"the multiplexer, such as a TCA9548A, behind which the chip is; not for one that the kernel drives, whose ports are buses"`
}

type muxKeys struct {
	Address key[uint16] `key:"address" doc:"its own address; 0x70 if not given"`
	Port    key[int]    `key:"port" doc:"its port, 0 to 7"`
}

type spiKeys struct {
	Bus       key[int]       `key:"bus" doc:"bus number, 0 for /dev/spidev0.0; 0 if not given"`
	CS        key[int]       `key:"cs" doc:"chip select, 1 for /dev/spidev0.1; 0 if not given"`
	Mode      key[int]       `key:"mode" doc:"clock polarity and phase, 0 to 3; that of the chip, else 0, if not given"`
	Speed     key[frequency] `key:"speed" doc:"clock, such as 500kHz; 1MHz, or what the chip can do, if not given"`
	Bits      key[int]       `key:"bits" doc:"bits of a word; 8 if not given. Larger words have the byte order of the machine, nearly always little"`
	ThreeWire key[bool]      `key:"three_wire" doc:"yes if one wire carries both directions"`
}

// measureKeys say how a chip is brought to measure once.
type measureKeys struct {
	Start   key[[]key[string]] `key:"start" doc:"registers to write first, as in init"`
	Wait    key[time.Duration] `key:"wait" doc:"pause then; others use the bus meanwhile"`
	Ready   key[string]        `key:"ready" doc:"what is waited for then, such as \"0xF3 & 0x08 = 0x00\""`
	Timeout key[time.Duration] `key:"timeout" doc:"for how long; 1s if not given"`
}

// deviceKeys describe one device. One of port, i2c, spi and onewire is given.
type deviceKeys struct {
	useKeys

	Port          key[connectionKeys] `key:"port" doc:"how a text instrument is connected, or the name of one of ports:" is:"port modbus"`
	I2C           key[i2cKeys]        `key:"i2c" doc:"bus and address of a chip" is:"i2c"`
	SPI           key[spiKeys]        `key:"spi" doc:"bus and chip select of a chip" is:"spi"`
	OneWire       key[string]         `key:"onewire" doc:"number of a 1-Wire sensor, such as 28-0316a2795f2c" is:"onewire"`
	Terminator    key[string]         `key:"terminator" doc:"what ends a line in both directions; \"\\n\" if not given" of:"port"`
	InTerminator  key[string]         `key:"in_terminator" doc:"what ends a line from the instrument" of:"port"`
	OutTerminator key[string]         `key:"out_terminator" doc:"what ends a line to the instrument" of:"port"`
	Length        key[int]            `key:"length" doc:"bytes of a line from the instrument, which then has no terminator" of:"port"`
	Gap           key[time.Duration]  `key:"gap" doc:"silence that ends a line from the instrument, which then has no terminator" of:"port"`
	Echo          key[string]         `key:"echo" oneof:"no yes character" doc:"yes if the instrument sends its commands back before it answers; character to send the next byte of a command when the last has come back; no if not given" of:"port"`
	CharDelay     key[time.Duration]  `key:"char_delay" doc:"pause between the bytes of a command" of:"port"`
	Timeout       key[time.Duration]  `key:"timeout" doc:"how long to wait for an answer; 1s if not given" of:"port modbus"`
	Unit          key[uint8]          `key:"unit" doc:"the slave's number, if the port does not say it; 1 if not given" of:"modbus"`
	Order         key[string]         `key:"order" oneof:"ABCD CDAB BADC DCBA AB BA" doc:"order of the bytes of numbers, A has the highest bits: CDAB has the lowest register first, BADC the low byte of each, DCBA both; ABCD if not given" of:"modbus"`
	MaxGap        key[int]            `key:"max_gap" doc:"registers between two values that are read along so that one request gets both; 8 if not given" of:"modbus"`
	MaxRead       key[int]            `key:"max_read" doc:"registers that one request may ask for; 125 if not given" of:"modbus"`
	WriteMultiple key[bool]           `key:"write_multiple" doc:"yes if the slave is written only by the functions for several registers or coils, 16 and 15" of:"modbus"`
	StaleAfter    key[time.Duration]  `key:"stale_after" doc:"how long the instrument may be silent before PVs with receive are in alarm; for ever if not given" of:"port"`
	Chip          key[string]         `key:"chip" doc:"what chip it is, such as bme280: its values are PVs then, to which pvs: adds what is to be different" of:"i2c spi onewire"`
	Values        key[[]key[string]]  `key:"values" doc:"which values of the chip become PVs; all if not given" of:"i2c spi"`
	Scan          key[scan]           `key:"scan" doc:"when the chip is read, for PVs that do not say otherwise; every second if not given for a chip, else see the PVs" of:"i2c spi onewire"`
	Retries       key[int]            `key:"retries" doc:"how often a transaction that fails is tried again at once; 2 if not given, 3 of a 1-Wire sensor" of:"i2c spi onewire"`
	ByteOrder     key[string]         `key:"byte_order" oneof:"big little" doc:"order of the bytes of a register, or of the numbers of a block; big if not given" of:"port i2c spi" map:"yes"`
	AddressSize   key[int]            `key:"address_size" doc:"bytes of a register's address, 1 or 2; 1 if not given" of:"i2c spi" map:"address"`
	ReadBits      key[uint32]         `key:"read_bits" doc:"bits to set in a register's address to read it, such as 0x80" of:"spi" map:"address"`
	WriteBits     key[uint32]         `key:"write_bits" doc:"bits to set in a register's address to write it" of:"spi" map:"address"`
	Exchange      key[bool]           `key:"exchange" doc:"yes if there are no addresses: at is a word that is sent, as long as type says, and the word that comes back at the same time is the value; a value that is written is put into the word" of:"spi" map:"yes"`
	Identity      key[string]         `key:"identity" doc:"a register by which the chip is known, such as \"0xD0 = 0x60\" or \"0x0F & 0xF0 = 0x50\"; others are refused. On SPI, where nobody acknowledges, it is asked for at each reading" of:"i2c spi" map:"address"`
	Measure       key[measureKeys]    `key:"measure" doc:"what is done before the registers that are not written are read, all at once" of:"i2c spi" map:"address"`
	Init          key[[]key[string]]  `key:"init" doc:"what is sent whenever the connection is made: commands without answers; for a chip, whenever it appears, registers to write, such as \"0x01 <- 0xC383\", as many bytes as digits make" of:"port i2c spi" map:"address"`
	Recover       key[recoverKeys]    `key:"recover" doc:"how a chip that does not answer any more is switched off and on, by a pin; the PV RECOVERIES counts how often" of:"i2c spi"`
	Block         key[bool]           `key:"block" doc:"yes if consecutive addresses are consecutive bytes, so that neighbours can be read together" of:"i2c spi" map:"address"`
	Console       key[bool]           `key:"console" doc:"yes for the PVs CMD and REPLY: what is written to the one is sent, with a terminator, and what comes back is in the other" of:"port"`
	Status        key[statusWish]     `key:"status" doc:"yes for PVs about the device: CONNECTED, FAULTS, LATENCY and others, and if it has its port to itself ENABLE, RECONNECT, TRACE; a word instead of yes goes before these names" of:"port i2c onewire spi modbus"`
	Defaults      commonKeys          `key:"defaults" doc:"for every PV of the device that does not say otherwise itself"`
	PVs           ordered[pvKeys]     `key:"pvs" doc:"the device's PVs"`

	Sim key[behaviourKeys] `key:"sim" doc:"what the simulated instrument does that does not follow from its lines; for an instrument file psu.yaml also in psu.sim.yaml beside it, which has the keys of this block" of:"port"`

	undefined bool // the instrument file is not to be had: nobody knows what its PVs are
}

// behaviourKeys add to a simulated instrument.
type behaviourKeys struct {
	Delay    key[time.Duration]    `key:"delay" doc:"time from a command to its answer"`
	Every    key[time.Duration]    `key:"every" doc:"time between lines that it sends unasked; 1s if not given"`
	State    ordered[key[literal]] `key:"state" doc:"values inside it, by names of your own: a number for one that commands set, or an expression such as \"lag(SP, 30s)\""`
	Start    ordered[key[string]]  `key:"start" doc:"what PVs have at the start, by their names"`
	Commands key[[]commandKeys]    `key:"commands" doc:"commands that no PV has"`
}

// commandKeys are a command of a simulated instrument.
type commandKeys struct {
	Command key[string]          `key:"command" doc:"the line, such as \"*RST\"; %(NAME)f in it sets a PV or a state. That of a PV whose write has no value says what it does"`
	Answer  key[string]          `key:"answer" doc:"what is answered, such as \"OK\" or \"%(NAME)f\"; nothing if not given"`
	Set     ordered[key[string]] `key:"set" doc:"PVs and states that become the values of expressions, by their names"`
}

// useKeys name what a device is made of.
type useKeys struct {
	Instrument key[string]           `key:"instrument" doc:"a file with the keys of this block, whose own keys come on top: psu.yaml, looked for beside this file, or the name of one that rpi-ioc has, such as scpi-supply"`
	With       ordered[key[literal]] `key:"with" doc:"values of the instrument file's parameters, or of the chip's settings, by their names"`
}

// decode takes what an instrument file says first, and what n says then.
func (k *deviceKeys) decode(d *decoder, n *yaml.Node) {
	d.define(k, n)
	type block deviceKeys
	d.block(n, blockOf((*block)(k)))
	d.chip = false
}

// definitionKeys are the keys of an instrument file besides those of a device.
type definitionKeys struct {
	About      key[string]            `key:"about" doc:"which instruments it is for"`
	Manual     key[[]key[string]]     `key:"manual" doc:"what it was written from: maker, document, revision, place"`
	Parameters ordered[parameterKeys] `key:"parameters" doc:"what each device that uses the file says under with: {NAME} in a text of the file, or {NAME:%03d} with a format, stands for the value; {{ stands for a brace"`
}

// parameterKeys describe a parameter of an instrument file.
type parameterKeys struct {
	Type    key[string]        `key:"type" oneof:"int float string bool choice" doc:"what its values are; string if not given"`
	Range   key[limits]        `key:"range" doc:"the least and the largest value of a number"`
	Choices key[[]key[string]] `key:"choices" doc:"the values that a choice can have"`
	Default key[literal]       `key:"default" doc:"the value if none is given; without it one must be"`
	Doc     key[string]        `key:"doc" doc:"what it is, for people"`
}

// commonKeys may be given for a PV or as defaults for many.
type commonKeys struct {
	Scan key[scan]    `key:"scan" doc:"when to read: a period such as 500ms, once, passive, or event. If not given, chips, signals and what the kernel knows are read every second, host every 10s, and pins tell by themselves; all else is passive: nobody reads it, unless the record is processed"`
	EGU  key[string]  `key:"egu" doc:"engineering units"`
	Prec key[int]     `key:"prec" doc:"digits after the decimal point"`
	MDEL key[float64] `key:"mdel" doc:"change that makes a monitor event"`
	ADEL key[float64] `key:"adel" doc:"change that makes an archive event"`
	ASG  key[string]  `key:"asg" doc:"access security group, of access:; DEFAULT if not given"`
}

// pvKeys describe one PV. Where its value comes from follows from which of value,
// signal, gpio, file, iio, hwmon, thermal, host, read, write, receive and at is given.
type pvKeys struct {
	commonKeys
	Record key[string] `key:"record" doc:"the EPICS record type, if not the one that follows from the rest"`
	Desc   key[string] `key:"desc" doc:"description, for people"`

	Value key[literal] `key:"value" doc:"a soft PV and what it holds at start" is:"soft"`

	Signal    key[string]        `key:"signal" oneof:"sine square triangle sawtooth ramp noise random-walk counter constant" doc:"a made-up value and how it moves" is:"signal"`
	Amplitude key[float64]       `key:"amplitude" doc:"height of a signal above its middle; 1 if not given" of:"signal"`
	Step      key[float64]       `key:"step" doc:"most that a random walk moves, or a counter counts, at once; 1 if not given" of:"signal"`
	Period    key[time.Duration] `key:"period" doc:"time after which a signal repeats; 10s if not given" of:"signal"`
	Range     key[limits]        `key:"range" doc:"bounds of a random walk, ends of a ramp" of:"signal"`

	GPIO      key[pinList]       `key:"gpio" doc:"a pin: GPIO17, \"pin 11\", gpiochip0:17, or the name of a line; several in a list are one number, read and set together, the first pin being its bit 0. Several PVs may look at one input" is:"gpio"`
	Direction key[string]        `key:"direction" oneof:"input output" doc:"whether the pin is read or driven" of:"gpio"`
	Pull      key[string]        `key:"pull" oneof:"up down none" doc:"the input's resistor; as it is if not given" of:"gpio"`
	ActiveLow key[bool]          `key:"active_low" doc:"yes if low means the second state" of:"gpio"`
	Debounce  key[time.Duration] `key:"debounce" doc:"how long an input must be steady" of:"gpio"`
	Stage     key[string]        `key:"output_stage" oneof:"push_pull open_drain open_source" doc:"how an output makes its levels: both, as if not given, low only, or high only" of:"gpio"`
	Frequency key[string]        `key:"frequency" oneof:"rising falling" doc:"of these edges of an input, in Hz, told each per" of:"gpio"`
	Interval  key[string]        `key:"interval" oneof:"rising falling" doc:"the mean time between these edges of an input, in s, told each per" of:"gpio"`
	Duty      key[bool]          `key:"duty" doc:"yes for how much of each per an input has its second state, in percent" of:"gpio"`
	Width     key[string]        `key:"width" oneof:"rising falling" doc:"how long the last pulse of an input was that began with this edge, in s" of:"gpio"`
	Latch     key[string]        `key:"latch" oneof:"rising falling both" doc:"an input that keeps its second state from this edge on, until the PV is written" of:"gpio"`
	Lost      key[bool]          `key:"lost" doc:"yes for how many edges of an input were lost because they came too fast; the value after a gap is in alarm, MINOR" of:"gpio"`
	Per       key[time.Duration] `key:"per" doc:"the time in which edges are counted; 1s if not given, but a count goes on and on then" of:"gpio"`
	Heartbeat key[time.Duration] `key:"heartbeat" doc:"a pin that changes its level once in this time, as long as the periodic scans go on: for an external watchdog" of:"gpio"`

	PWM key[pwmKeys] `key:"pwm" doc:"hardware that makes pulses of a steady period; the value is how much of it they last, in percent" is:"pwm"`

	File    key[string]        `key:"file" doc:"a text file with the value, such as /proc/loadavg: its first word, or as reply says; with record: stringin, all of it" is:"file"`
	IIO     key[attributeKeys] `key:"iio" doc:"a value of a converter or sensor that the kernel drives as industrial I/O, in V, A, C, %, kPa …" is:"file"`
	Hwmon   key[attributeKeys] `key:"hwmon" doc:"a value of the kernel's hardware monitoring, in V, A, W, C, rpm …" is:"file"`
	Thermal key[string]        `key:"thermal" doc:"a thermal zone by its type, such as cpu-thermal; in C" is:"file"`
	Host    key[string]        `key:"host" oneof:"cpu_temp undervoltage throttled load cpu_load ioc_load memory memory_free files uptime ioc_uptime clock hostname clients channels" doc:"something of this machine or this IOC; read every 10s if scan is not given" is:"host"`

	Read     key[string] `key:"read" doc:"command that asks for the value" is:"text"`
	Write    key[string] `key:"write" doc:"command that sets the value, such as \"VOLT %.3f\"; one without a value, such as \"*RST\", is sent with each put, whatever is put. For a register or a file: yes" is:"text" of:"text register file modbus"`
	Readback key[string] `key:"readback" doc:"command that asks what an output is set to" of:"text"`
	Reply    key[string] `key:"reply" doc:"format of the answer, or of how a file begins, such as \"%f\"" of:"text file"`
	Receive  key[string] `key:"receive" doc:"format of a line that comes unasked" is:"text"`

	Done    key[doneKeys]      `key:"done" doc:"how to find out that what a write began has ended, if not at once; a put with completion is answered then" of:"text"`
	Urgent  key[bool]          `key:"urgent" doc:"yes for a command that goes ahead of all that waits, such as a stop" of:"text"`
	Timeout key[time.Duration] `key:"timeout" doc:"how long to wait for an answer, if not as the device says; how long without an edge there still is a frequency or interval, ten times per if not given" of:"text gpio"`

	Length    key[int]    `key:"length" doc:"bytes of reply or receive, instead of the device's length or terminator" of:"text"`
	Replies   key[int]    `key:"replies" doc:"lines of the answer, all of which reply takes with the terminator between them; 1 if not given" of:"text"`
	Block     key[string] `key:"block" oneof:"int8 uint8 int16 uint16 int32 uint32 int64 float32 float64" doc:"the answer is a binary block, such as #42500 and 2500 bytes, of such numbers, count at most; reply is what stands before it, if anything" of:"text"`
	Separator key[string] `key:"separator" doc:"what stands between the elements of an array, see count, where \"WAVE (%f)\" becomes WAVE (1,2,3); a comma if not given" of:"text"`

	Holding  key[uint16] `key:"holding" doc:"a holding register of a Modbus slave, or the first of several: its address on the wire, from 0 on; it is written unless write: no" is:"modbus"`
	Input    key[uint16] `key:"input" doc:"the same of an input register, which is only read" is:"modbus"`
	Coil     key[uint16] `key:"coil" doc:"a bit that is written, unless write: no, and read" is:"modbus"`
	Discrete key[uint16] `key:"discrete" doc:"a bit that is only read" is:"modbus"`
	Bit      key[uint8]  `key:"bit" doc:"the bit of a register that is the value, 0 is the lowest" of:"modbus"`
	Order    key[string] `key:"order" oneof:"ABCD CDAB BADC DCBA AB BA" doc:"order of the bytes, if not that of the device" of:"modbus"`

	At     key[uint32]  `key:"at" doc:"the register's address, or the word to exchange" is:"register"`
	Type   key[string]  `key:"type" oneof:"int8 uint8 int16 uint16 int24 uint24 int32 uint32 float32 int64 float64 string" doc:"how the register's bytes make a value; uint8 if not given, uint16 on Modbus, which alone has int64, float64 and string" of:"register modbus"`
	Mask   key[uint32]  `key:"mask" doc:"bits of the register that are the value" of:"register"`
	Scale  key[float64] `key:"scale" doc:"what one count of the register is worth; for a file, what its value is multiplied by; of a pin, what one edge, hertz or second is worth; 1 if not given" of:"register file gpio modbus"`
	Offset key[float64] `key:"offset" doc:"middle or start of a signal; added to a register's or file's value after scale" of:"signal register file modbus"`

	Verify key[bool] `key:"verify" doc:"yes to read the register after it was written: it must have the value" of:"register"`

	States       key[[]key[string]]   `key:"states" doc:"names of the states, from 0 on"`
	Initial      key[string]          `key:"initial" doc:"what an output is set to at start; keep, as if not given, leaves it" of:"gpio pwm text register chip file modbus"`
	Pulse        key[time.Duration]   `key:"pulse" doc:"how long an output with two states keeps the second, then it falls back to the first; a pin does so when the IOC ends, too, unless on_exit says otherwise"`
	OnExit       key[string]          `key:"on_exit" doc:"what an output is set to when the IOC ends; keep, as if not given, leaves it" of:"gpio pwm text register chip file modbus"`
	OnDisconnect key[disconnectKeys]  `key:"on_disconnect" doc:"what an output is set to when the last client has left and none has come for 10s; keep, as if not given, leaves it"`
	Drive        key[limits]          `key:"drive" doc:"what may be written; other values are held to it"`
	Display      key[limits]          `key:"display" doc:"the range of a display"`
	Alarm        key[alarmKeys]       `key:"alarm" doc:"limits of a number beyond which it is in alarm"`
	Hyst         key[float64]         `key:"hyst" doc:"how far a value must come back before its alarm ends"`
	PINI         key[bool]            `key:"pini" doc:"yes to process the record once at start"`
	Count        key[counting]        `key:"count" doc:"most elements of an array, or most bytes of a long string; for an input pin rising, falling or both: how many of these edges there were, since the start or what was last written, or in each per" of:"soft text gpio modbus"`
	Info         ordered[key[string]] `key:"info" doc:"info tags, such as {archive: monitor}: facts for ChannelFinder and other programs of the site"`
	Fields       ordered[key[string]] `key:"fields" doc:"other fields of the record, such as {FLNK: …}, by their names"`
	Sim          key[string]          `key:"sim" doc:"how the value behaves under --sim: an expression over the device's PVs; how inputs move, which are active while it is above 0, or have its bits" of:"text register chip file gpio modbus"`
}

// attributeKeys name a value of a device that the kernel drives.
type attributeKeys struct {
	Name      key[string] `key:"name" doc:"the device, as its file name says: bme280"`
	At        key[string] `key:"at" doc:"which of several of that name: a part of its path under /sys/devices, such as 1-0076"`
	Attribute key[string] `key:"attribute" doc:"the value: of iio in_temp, in_voltage0 …, or in_voltage0_raw for the count; of hwmon temp1_input, in1_input …"`
	Label     key[string] `key:"label" doc:"instead of attribute, the text of the value's label file"`
}

// pwmKeys are a channel of a PWM chip.
type pwmKeys struct {
	Chip     key[string]        `key:"chip" doc:"the chip's number, or, since numbers change from kernel to kernel, the name of its device such as 1f00098000.pwm; 0 if not given"`
	Channel  key[int]           `key:"channel" doc:"which of its outputs, from 0; 0 if not given"`
	Period   key[time.Duration] `key:"period" doc:"time from pulse to pulse, such as 20ms"`
	Polarity key[string]        `key:"polarity" oneof:"normal inversed" doc:"inversed for pulses that are low"`
}

// doneKeys are a question that is asked until the answer is right.
type doneKeys struct {
	Ask     key[string]        `key:"ask" doc:"the question"`
	Reply   key[string]        `key:"reply" doc:"format of its answer"`
	Until   key[literal]       `key:"until" doc:"the answer, or a list of answers, that says so: numbers, choices or texts"`
	Every   key[time.Duration] `key:"every" doc:"time between two questions; 100ms if not given"`
	Timeout key[time.Duration] `key:"timeout" doc:"after which the write has failed, with a TIMEOUT alarm; 1m if not given"`
	Sim     key[string]        `key:"sim" doc:"what is answered under --sim, an expression over the device's PVs; the first of until if not given"`
}

// alarmKeys are limits and what they raise.
type alarmKeys struct {
	HiHi key[limitKeys] `key:"hihi" doc:"alarm from here upwards; major if not said otherwise"`
	High key[limitKeys] `key:"high" doc:"alarm from here upwards; minor if not said otherwise"`
	Low  key[limitKeys] `key:"low" doc:"alarm from here downwards; minor if not said otherwise"`
	LoLo key[limitKeys] `key:"lolo" doc:"alarm from here downwards; major if not said otherwise"`
}

type limitKeys struct {
	At       key[float64] `key:"at" doc:"the limit"`
	Severity key[string]  `key:"severity" oneof:"minor major invalid" doc:"how bad it is to be beyond it"`
}

// decode takes a number alone for {at: …}.
func (l *limitKeys) decode(d *decoder, n *yaml.Node) {
	if n.Kind == yaml.ScalarNode {
		l.At.decode(d, n)
		return
	}
	type block limitKeys
	d.block(n, blockOf((*block)(l)))
	if !l.At.Set && n.Kind == yaml.MappingNode {
		d.problem(n, "at:", "a limit without a number")
	}
}
