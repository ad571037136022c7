package sim

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"github.com/ioclet/ioclet/drivers/serial"
	"github.com/ioclet/ioclet/format"
)

// check tries each line in both directions.
func (p *Peer) check(in *instrument) error {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.clock.now = time.Now()
	var errs []error
	for _, c := range in.channels {
		bad := func(key string, err error) {
			if err != nil {
				errs = append(errs, &serial.ChannelError{Device: in.name, Channel: c.name, Err: fmt.Errorf("%s%s: %w", c.key, key, err)})
			}
		}
		bad("reply", in.checkSpoken(c, c.reply))
		bad("reply", in.checkSpoken(c, c.ack))
		bad("receive", in.checkSpoken(c, c.receive))
		bad("write", in.checkWrite(c))
	}
	return errors.Join(errs...)
}

// checkSpoken: what the instrument prints, the port must scan. Expressions are not
// tried, they would begin here.
func (in *instrument) checkSpoken(c *simulated, l *spoken) error {
	if l == nil || c.count > 0 || slices.ContainsFunc(l.from, func(s *simulated) bool { return s.expression != nil }) {
		return nil
	}
	line, err := in.print(nil, c, l)
	switch {
	case err != nil && slices.Contains(l.kinds, format.String):
		return nil // what text a pattern wants is hard to know: it stays unanswered until it is Set
	case err != nil:
		return fmt.Errorf("no example of it can be made: %w", err)
	}
	if l.length > 0 && len(line) != l.length {
		return fmt.Errorf("the instrument would say %s, which has not the %d bytes of length", format.Quote(line), l.length)
	}
	if err := l.format.ScanAll(line, make([]format.Arg, len(l.args))); err != nil {
		return fmt.Errorf("%s is how the instrument says it, but that does not read back: %w", format.Quote(line), err)
	}
	return nil
}

// checkWrite: what the port prints, an instrument must take for a setting, not for a
// question.
func (in *instrument) checkWrite(c *simulated) error {
	if c.write == nil {
		return nil
	}
	args := make([]format.Arg, c.write.Args())
	at := 0
	for _, conv := range c.write.Converters() {
		args[at] = as(c.stored[0], conv.Kind)
		at++
	}
	line, err := c.write.Append(nil, args...)
	if err != nil {
		return fmt.Errorf("no example of it can be made: %w", err)
	}
	switch got, _, asked := in.match(line); {
	case got == nil:
		return fmt.Errorf("%s is how the port says it, but that does not read back", format.Quote(line))
	case asked:
		return fmt.Errorf("%s is also what asks for %s", format.Quote(line), got.name)
	}
	return nil
}
