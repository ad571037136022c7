package serial

import (
	"errors"
	"fmt"
	"log/slog"
	"slices"

	"github.com/ioclet/ioclet/format"
	"github.com/ioclet/ioclet/pv"
)

// New makes a port from its description. It touches no hardware. All that is wrong
// with the description is reported, joined, each with its device and channel.
func New(opts Options) (*Port, error) {
	p := &Port{
		transport: opts.Transport, name: opts.Name, delay: opts.Delay,
		writeTimeout: opts.WriteTimeout, maxLine: opts.MaxLine, reconnectAfter: opts.ReconnectAfter,
		log: opts.Log,
	}
	if p.transport == nil {
		return nil, errors.New("serial: port without a transport")
	}
	if p.name == "" {
		p.name = p.transport.String()
	}
	if p.log == nil {
		p.log = slog.Default()
	}
	p.log = p.log.With("port", p.name)
	if p.writeTimeout <= 0 {
		p.writeTimeout = defaultTimeout
	}
	if p.maxLine <= 0 {
		p.maxLine = longestLine(opts.Devices)
	}
	if p.reconnectAfter == 0 {
		switch p.transport.(type) {
		case TCP, RFC2217, *Listener:
			p.reconnectAfter = defaultReconnect
		}
	}
	var errs []error
	for i := range opts.Devices {
		d, err := p.newDevice(&opts.Devices[i])
		errs = append(errs, err)
		p.devices = append(p.devices, d)
	}
	errs = append(errs, p.findReceivers(), p.sameEcho())
	if err := errors.Join(errs...); err != nil {
		return nil, err
	}
	return p, nil
}

// longestLine is the MaxLine of devices whose port does not say.
func longestLine(devices []Device) int {
	longest := defaultMaxLine
	for i := range devices {
		for j := range devices[i].Channels {
			count := min(devices[i].Channels[j].Count, defaultMaxArray/elementLength)
			longest = max(longest, count*elementLength)
		}
	}
	return longest
}

func (p *Port) newDevice(o *Device) (*device, error) {
	d := &device{
		name: o.Name, in: framing{terminator: []byte("\n")}, out: []byte("\n"), echo: o.Echo, pause: o.CharDelay,
		timeout: o.Timeout, readTimeout: o.ReadTimeout, staleAfter: o.StaleAfter,
		log: p.log.With("device", o.Name),
	}
	if o.InTerminator != nil {
		d.in.terminator = []byte(*o.InTerminator)
	}
	if o.OutTerminator != nil {
		d.out = []byte(*o.OutTerminator)
	}
	if d.timeout <= 0 {
		d.timeout = defaultTimeout
	}
	if o.Length > 0 {
		d.in = framing{length: o.Length}
	}
	d.in.silence = !d.in.bounded() && o.ReadTimeout > 0
	if d.readTimeout <= 0 {
		d.readTimeout = d.timeout
		if !d.in.bounded() {
			d.readTimeout = defaultReadTimeout
		}
	}
	var errs []error
	if o.Length < 0 || o.Length > p.maxLine {
		errs = append(errs, fmt.Errorf("device %q: length %d: expected 1 to %d bytes", o.Name, o.Length, p.maxLine))
	}
	if o.Echo > EchoCharacter {
		errs = append(errs, fmt.Errorf("device %q: no echo %d", o.Name, o.Echo))
	}
	for _, line := range o.Init {
		command, err := constant(line, d.out)
		if err != nil {
			errs = append(errs, fmt.Errorf("device %q: init: %w", o.Name, err))
		}
		d.init = append(d.init, command)
	}
	byName := map[string]*channel{}
	for i := range o.Channels {
		co := &o.Channels[i]
		c := &channel{port: p, device: d, name: co.Name, onExit: co.OnExit, timeout: co.Timeout}
		if c.timeout <= 0 {
			c.timeout = d.timeout
		}
		if byName[co.Name] != nil {
			errs = append(errs, fmt.Errorf("device %q: two channels %q", o.Name, co.Name))
		}
		byName[co.Name] = c
		d.channels = append(d.channels, c)
	}
	for i, c := range d.channels {
		if err := c.compile(&o.Channels[i], byName); err != nil {
			errs = append(errs, &ChannelError{o.Name, c.name, err})
		}
	}
	for i, c := range d.channels {
		o := &o.Channels[i]
		if o.Read == "" && o.Readback == "" && o.Write == "" && o.Receive == "" && !c.notifies {
			errs = append(errs, &ChannelError{d.name, c.name, fmt.Errorf("neither a line nor a %%(%s) in another's", c.name)})
		}
		d.asked = d.asked || c.reply != nil || c.ack != nil || c.done != nil || c.write != nil && d.echo != EchoNone
		c.public = c.face()
	}
	if o.Console {
		errs = append(errs, d.newConsole(p, byName))
	}
	return d, errors.Join(errs...)
}

// findReceivers gathers the receive lines. Input that nobody asked for is cut into
// lines before it is known whose they are, so all need one framing.
func (p *Port) findReceivers() error {
	for _, d := range p.devices {
		for _, c := range d.channels {
			if c.receive == nil {
				continue
			}
			if in := c.receive.answer.framing; len(p.receivers) == 0 {
				p.receiveEnd, p.receiveGap = in, d.readTimeout
			} else if !p.receiveEnd.equal(in) {
				return &ChannelError{d.name, c.name, fmt.Errorf("receive lines on one port must end alike, here with %v and with %v",
					answer{framing: p.receiveEnd}, answer{framing: in})}
			}
			p.receivers = append(p.receivers, c)
		}
	}
	return nil
}

// sameEcho checks that what one device echoes does not look wrong to the others.
func (p *Port) sameEcho() error {
	for _, d := range p.devices {
		if first := p.devices[0]; (d.echo == EchoNone) != (first.echo == EchoNone) {
			return fmt.Errorf("device %q: echo: on one port all devices have one or none has; %q is different", d.name, first.name)
		}
	}
	return nil
}

// constant is the bytes of a command without values.
func constant(line string, terminator []byte) ([]byte, error) {
	f, err := format.Compile(line, format.Output)
	if err != nil {
		return nil, err
	}
	if f.Args() > 0 {
		return nil, fmt.Errorf("%q: a converter, but there is no value to print", line)
	}
	b, err := f.Append(nil)
	return append(b, terminator...), err
}

func (c *channel) compile(o *Channel, siblings map[string]*channel) error {
	var errs []error
	bad := func(key string, err error) {
		if err != nil {
			errs = append(errs, fmt.Errorf("%s: %w", key, err))
		}
	}
	key, ask := "read", o.Read
	if o.Readback != "" {
		key, ask = "readback", o.Readback
		if o.Read != "" {
			bad(key, errors.New("read is there too: one of them asks"))
		}
	}
	c.separator = []byte(o.Separator)
	c.count = o.Count
	c.in = answer{c.device.in, o.Replies}
	if o.Length > 0 {
		c.in.framing = framing{length: o.Length}
	}
	if o.Length < 0 || o.Length > c.port.maxLine {
		bad("length", fmt.Errorf("%d: expected 1 to %d bytes", o.Length, c.port.maxLine))
	}
	if o.Replies < 0 || o.Replies > 1 && (len(c.in.terminator) == 0 || o.Reply == "") {
		bad("replies", fmt.Errorf("%d: expected lines of reply, each with a terminator", o.Replies))
	}
	if o.Count < 0 {
		bad("count", fmt.Errorf("%d is negative", o.Count))
	}
	var err error
	if ask != "" {
		c.ask, err = constant(ask, c.device.out)
		bad(key, err)
		if o.Reply == "" && o.Block == nil {
			bad("reply", errors.New(key+" needs one"))
		}
	}
	if o.Write != "" {
		bad("write", c.compileWrite(o.Write))
	}
	switch {
	case o.Block != nil:
		bad("block", c.compileBlock(o))
	case o.Reply != "":
		r, err := c.compileScan(WholeLine(o.Reply), siblings)
		bad("reply", err)
		switch {
		case ask != "":
			c.reply = r
			if err == nil && r.own < 0 {
				bad("reply", fmt.Errorf("%q yields no value", o.Reply))
			}
		case o.Write != "":
			c.ack = r
		default:
			bad("reply", errors.New("nothing is asked: read or write is missing"))
		}
	}
	if o.Receive != "" {
		c.receive, err = c.compileScan(WholeLine(o.Receive), siblings)
		bad("receive", err)
		if c.receive != nil {
			c.receive.answer.lines = 1
		}
		c.notifies = c.notifies || c.receive != nil && c.receive.own >= 0
	}
	if o.Done != nil {
		errs = append(errs, c.compileDone(o.Done, siblings))
	}
	c.urgent = o.Urgent
	if c.onExit.Kind() != pv.Invalid && o.Write == "" {
		bad("on_exit", errors.New("a channel without write cannot be set"))
	}
	if err := errors.Join(errs...); err != nil {
		return err
	}
	if c.onExit.Kind() != pv.Invalid {
		if _, err := c.print(nil, c.onExit); err != nil {
			return fmt.Errorf("on_exit: %w", err)
		}
	}
	return nil
}

// compileBlock makes the answer a block of binary numbers.
func (c *channel) compileBlock(o *Channel) error {
	f, err := format.Compile(o.Reply, format.Input)
	switch {
	case err != nil:
		return err
	case o.Block.size() == 0:
		return fmt.Errorf("elements of kind %v", o.Block.Kind)
	case f.Prefix() != o.Reply:
		return fmt.Errorf("reply %q: before a block only plain text can stand", o.Reply)
	case c.ask == nil:
		return errors.New("nothing is asked: read is missing")
	case o.Count == 0 || o.Length > 0 || o.Replies > 1 || len(c.in.terminator) == 0:
		return errors.New("expected count, and a terminator behind it")
	}
	in := c.in
	in.block, in.head = true, o.Reply
	c.reply = &scanner{format: f, answer: in, block: o.Block, count: o.Count}
	return nil
}

// WholeLine is the format of an answer as it is compiled: a lone %s means all of
// the line, where StreamDevice would stop at the first blank and then refuse the rest.
func WholeLine(line string) string {
	if line == "%s" {
		return "%#s"
	}
	return line
}

func (c *channel) compileWrite(line string) error {
	f, err := format.Compile(line, format.Output)
	if err != nil {
		return err
	}
	conv := f.Converters()
	if len(conv) > 1 {
		return fmt.Errorf("%q: %d converters, a channel has one value", line, len(conv))
	}
	if len(conv) == 1 {
		if conv[0].Name != "" {
			return fmt.Errorf("%q: %%(%s) redirects an answer, not a command", line, conv[0].Name)
		}
		c.writeConv = conv[0]
	}
	if c.write = f; c.count > 0 && len(conv) == 1 {
		if c.writeArray, err = f.Array(c.separator); err != nil {
			return fmt.Errorf("%q: %w", line, err)
		}
	}
	return nil
}

func (c *channel) compileScan(line string, siblings map[string]*channel) (*scanner, error) {
	f, err := format.Compile(line, format.Input)
	if err != nil {
		return nil, err
	}
	s := &scanner{format: f, answer: c.in, args: make([]format.Arg, f.Args()), own: -1, count: c.count}
	arg := 0
	for _, conv := range f.Converters() {
		if conv.Skip {
			continue
		}
		switch {
		case conv.Compare:
			return nil, fmt.Errorf("%q: %s compares with a value that is not known here", line, conv.Source)
		case conv.Name == "" || conv.Name == c.name:
			if s.own >= 0 {
				return nil, fmt.Errorf("%q: %s is a second value, expected %%* to skip it or %%(NAME) to send it elsewhere", line, conv.Source)
			}
			s.own, s.kind = arg, conv.Kind
		default:
			to := siblings[conv.Name]
			if to == nil {
				return nil, fmt.Errorf("%q: no channel %q in this device", line, conv.Name)
			}
			if slices.ContainsFunc(s.to, func(t target) bool { return t.channel == to }) {
				return nil, fmt.Errorf("%q: two values for channel %q", line, conv.Name)
			}
			to.notifies = true
			s.to = append(s.to, target{arg, to})
		}
		arg++
	}
	if s.count > 0 && (s.own < 0 || len(s.to) > 0) {
		return nil, fmt.Errorf("%q: expected one converter, which every element of the array has", line)
	}
	if s.count > 0 {
		if s.array, err = f.Array(c.separator); err != nil {
			return nil, fmt.Errorf("%q: %w", line, err)
		}
	}
	return s, nil
}
