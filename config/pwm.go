package config

import (
	"fmt"
	"strconv"
	"strings"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/drivers/pwm"
	"github.com/ioclet/ioclet/drivers/sim"
	"github.com/ioclet/ioclet/drivers/sysfs"
	"github.com/ioclet/ioclet/pv"
)

// pulseSource is a PWM channel.
type pulseSource struct {
	options pwm.Options
	device  device.Options
}

func (s *pulseSource) describe() string {
	return fmt.Sprintf("pwm chip %s channel %d period %v", s.options.Chip, s.options.Channel, s.options.Period)
}

func (s *pulseSource) support(simulated bool) string { return support("PWM", simulated) }

func (s *pulseSource) build(b *builder, p *PV) error {
	options, name := s.options, strings.TrimPrefix(p.Name, b.model.Prefix)
	options.Files = sysfs.Kernel{}
	if b.sim != nil {
		channel := b.sim.pwmChip(options.Chip).Channel(options.Channel)
		b.sim.onFile(name, channel, 0, sim.PWMFaults())
		options.Files = channel
	}
	driver, err := pwm.New(options)
	if err != nil {
		return err
	}
	port := b.port(name, driver, 0)
	_, err = port.Add(b.ioc.Database(), b.spec(p), driver.Channels()[0], s.device)
	return err
}

// simulatedChannels is how many channels a simulated PWM chip has: as many as the kernel's
// largest.
const simulatedChannels = 16

// pwmChip is the chip of that name, which is added unless it is there.
func (s *simulation) pwmChip(chip string) *sim.PWMChip {
	if c := s.pwmChips[chip]; c != nil {
		return c
	}
	n, err := strconv.Atoi(chip)
	if err != nil {
		n = 100 + len(s.pwmChips) // nobody's
	}
	if s.pwmChips == nil {
		s.pwmChips = map[string]*sim.PWMChip{}
	}
	c := s.pwm.AddPWM(n, chip, simulatedChannels)
	s.pwmChips[chip] = c
	return c
}

// pwm checks a PV with pwm:.
func (c *checker) pwm(name string, k *pvKeys) nature {
	p := &k.PWM.Value
	o := pwm.Options{Files: sysfs.Kernel{}, Chip: chipNumber(p.Chip.or("0")), Channel: p.Channel.Value, Period: p.Period.Value, Inversed: p.Polarity.Value == "inversed"}
	switch {
	case p.Period.Bad:
	case !p.Period.Set:
		c.problem(k.PWM.Pos, "period: such as 20ms", "pwm has no period")
	case o.Period < time.Microsecond || o.Period > time.Second:
		c.problem(p.Period.Pos, "1us to 1s", "period: %v", o.Period)
	}
	if o.Channel < 0 || o.Channel >= simulatedChannels {
		c.problem(p.Channel.Pos, fmt.Sprintf("0 to %d", simulatedChannels-1), "channel: %d", o.Channel)
	}
	if strings.Contains(o.Chip, "/") || o.Chip == "" {
		c.problem(p.Chip.Pos, "0, or the name of the device such as 1f00098000.pwm", "chip: %q", o.Chip)
	}
	at := fmt.Sprintf("pwm chip %s channel %d", o.Chip, o.Channel)
	if first, ok := c.wires[at]; ok {
		c.problem(k.PWM.Pos, "", "%s is used already in line %d", at, first.Line)
	} else {
		c.wires[at] = k.PWM.Pos
	}
	bus := o.Chip
	if _, err := strconv.Atoi(bus); err == nil {
		bus = "pwmchip" + bus // as the board's tables have it
	}
	c.usesBus(fmt.Sprintf("%s:%d", bus, o.Channel), name, k.PWM.Pos)
	if !k.Drive.Set {
		k.Drive = given(k.PWM.Pos, limits{0, 100})
	} else if k.Drive.Value.Low < 0 || k.Drive.Value.High > 100 {
		c.problem(k.Drive.Pos, "0 to 100, in percent", "drive: %v to %v", k.Drive.Value.Low, k.Drive.Value.High)
	}
	nat := nature{kind: pv.Float64, output: true, polled: k.Scan.Set, units: "%", prec: 1}
	o.Initial, o.OnExit = percentage(c.outputValue("initial", k.Initial, k, nat, pv.Invalid)), percentage(c.outputValue("on_exit", k.OnExit, k, nat, pv.Invalid))
	nat.source = &pulseSource{o, device.Options{Restore: o.Initial == nil}}
	return nat
}

// chipNumber is the number of a chip that was given by the name that its number makes,
// pwmchip0, else what was given.
func chipNumber(chip string) string {
	number, _ := strings.CutPrefix(chip, "pwmchip")
	if _, err := strconv.Atoi(number); err != nil {
		return chip
	}
	return number
}

// percentage is a number, nil if there is none.
func percentage(v pv.Value) *float64 {
	if v.Kind() != pv.Float64 {
		return nil
	}
	x := v.Float64()
	return &x
}
