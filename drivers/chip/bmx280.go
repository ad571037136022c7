package chip

import (
	"context"
	"encoding/binary"
	"fmt"
	"math"
	"time"

	"periph.io/x/conn/v3/physic"
	"periph.io/x/conn/v3/spi"
)

// Registers of the BME280 and the BMP280 (BME280: 5.3).
const (
	bmxCalibration = 0x88 // T1 to P9: 24 bytes, the lower of two first
	bmxH1          = 0xA1
	bmxID          = 0xD0
	bmxH2          = 0xE1 // H2 to H6: 7 bytes
	bmxControlHum  = 0xF2
	bmxStatus      = 0xF3
	bmxControl     = 0xF4
	bmxConfig      = 0xF5
	bmxData        = 0xF7 // pressure and temperature: 20 bits each in 3 bytes; humidity: 2 bytes

	bmxMeasuring = 0x08 // bits of bmxStatus
	bmxCopying   = 0x01
	bmxForced    = 0x01 // of bmxControl: measure once
	bmxMode      = 0x03 // of bmxControl, 0 again when that is done
)

// bmxNames are the chips of that family, by their id.
var bmxNames = map[byte]string{
	0x55: "BMP180", 0x56: "BMP280", 0x57: "BMP280", 0x58: "BMP280", 0x60: "BME280", 0x61: "BME680",
}

func bme280() *Model {
	m := Model{
		Name:      "bme280",
		Title:     "temperature, pressure and humidity",
		Datasheet: "Bosch Sensortec BME280, BST-BME280-DS002 1.6 (2018), 4.2, 5.3 and 9.1",
		Notes:     "It measures when it is read and sleeps in between, so that it does not warm itself. A BMP280, which is often sold as a BME280, is told apart by its id.",
	}
	return bmxModel(m, true)
}

func bmp280() *Model {
	m := Model{
		Name:      "bmp280",
		Title:     "temperature and pressure",
		Datasheet: "Bosch Sensortec BMP280, BST-BMP280-DS001 1.23 (2020), 3.11, 3.12 and 4.2",
		Notes:     "It measures when it is read and sleeps in between, so that it does not warm itself.",
	}
	return bmxModel(m, false)
}

func bmxModel(m Model, humid bool) *Model {
	m.I2C = &I2C{Addresses: []uint16{0x76, 0x77}}
	m.SPI = &SPI{Mode: spi.Mode0, MaxSpeed: 10 * physic.MegaHertz}
	m.Parameters = []Parameter{{
		Name: "oversampling", Choices: []string{"1", "2", "4", "8", "16"}, Default: "1", Example: "4",
		Doc: "samples of each quantity that make a measurement: less noise, and at 16 about 115 ms instead of 10",
	}, {
		Name: "filter", Choices: []string{"off", "2", "4", "8", "16"}, Default: "off", Example: "4",
		Doc: "smooths temperature and pressure: by so many measurements",
	}}
	return define(m, func(bus Bus, s settings) (Chip, error) {
		return newBMX(bus, s, humid), nil
	}, func(bus Bus, _ settings) Twin {
		return newBMXTwin(bus, humid)
	})
}

// bmx is a BME280 or BMP280. Each measurement is started by itself, in forced mode: the
// chip sleeps in between and does not warm itself.
type bmx struct {
	readOnly
	registers byteRegisters
	humid     bool
	control   []byte // what starts a measurement: addresses and data in turn
	duration  time.Duration
	k         bmxCoefficients
}

func newBMX(bus Bus, s settings, humid bool) *bmx {
	b := &bmx{registers: byteRegisters{bus: bus, read: 0x80}, humid: humid}
	samples := s.number("oversampling")
	code := byte(math.Log2(samples)) + 1
	var filter byte
	if s.word("filter") != "off" {
		filter = byte(math.Log2(s.number("filter")))
	}
	b.control = []byte{bmxConfig, filter << 2}
	quantities := 2.0
	if humid {
		quantities = 3
		b.control = append(b.control, bmxControlHum, code) // is taken over with bmxControl
	}
	b.control = append(b.control, bmxControl, code<<5|code<<2|bmxForced)
	if bus == OnSPI {
		for i := 0; i < len(b.control); i += 2 {
			b.control[i] &= 0x7F
		}
	}
	// 9.1: the longest that a measurement takes
	ms := 1.25 + 2.3*samples*quantities + 0.575*(quantities-1)
	b.duration = time.Duration(ms * float64(time.Millisecond))
	return b
}

// Values are temperature, pressure and perhaps humidity. Chip.
func (b *bmx) Values() []Value {
	values := []Value{temperature(-40, 85, 2), number("PRESS", "pressure", "hPa", 300, 1100, 2)}
	if b.humid {
		values = append(values, humidity())
	}
	return values
}

// Start reads the coefficients. Chip.
func (b *bmx) Start(ctx context.Context, c Conn) error {
	want := "BMP280"
	if b.humid {
		want = "BME280"
	}
	if err := b.registers.identify(c, bmxID, bmxNames, want); err != nil {
		return err
	}
	// After power on the chip copies its coefficients to where they are read.
	if err := b.await(ctx, c, bmxCopying); err != nil {
		return err
	}
	var k [24]byte
	if err := b.registers.load(c, bmxCalibration, k[:]); err != nil {
		return err
	}
	var h [8]byte // H1, H2 to H6
	if b.humid {
		if err := b.registers.load(c, bmxH1, h[:1]); err != nil {
			return err
		}
		if err := b.registers.load(c, bmxH2, h[1:]); err != nil {
			return err
		}
	}
	b.k.decode(k[:], h[:])
	return nil
}

// await waits until a bit of the status is 0.
func (b *bmx) await(ctx context.Context, c Conn, bit byte) error {
	var status [1]byte
	for range 20 {
		if err := b.registers.load(c, bmxStatus, status[:]); err != nil {
			return err
		}
		if status[0]&bit == 0 {
			return nil
		}
		if err := Wait(ctx, c, time.Millisecond); err != nil {
			return err
		}
	}
	return fmt.Errorf("%w: status 0x%02X", ErrNotReady, status[0])
}

// Read starts a measurement with the settings, so that a chip which has lost them has
// them again. Chip.
func (b *bmx) Read(ctx context.Context, c Conn, out []Reading) error {
	var r []byte
	if b.registers.bus == OnSPI {
		r = make([]byte, len(b.control))
	}
	if err := c.Tx(b.control, r); err != nil {
		return err
	}
	if err := Wait(ctx, c, b.duration); err != nil {
		return err
	}
	if err := b.await(ctx, c, bmxMeasuring); err != nil {
		return err
	}
	registers := make([]byte, bmxData-bmxControl+6, bmxData-bmxControl+8)
	if b.humid {
		registers = registers[:cap(registers)]
	}
	if err := b.registers.load(c, bmxControl, registers); err != nil {
		return err
	}
	if want := b.control[len(b.control)-1]; (registers[0]^want)&^bmxMode != 0 {
		return ErrReset // since the measurement was started
	}
	data := registers[bmxData-bmxControl:]
	pressure := int(data[0])<<12 | int(data[1])<<4 | int(data[2])>>4
	temperature := int(data[3])<<12 | int(data[4])<<4 | int(data[5])>>4
	fine := b.k.fine(float64(temperature))
	out[0] = finite(fine / 5120)
	out[1] = finite(b.k.pressure(float64(pressure), fine) / 100)
	if b.humid {
		out[2] = finite(b.k.humidity(float64(binary.BigEndian.Uint16(data[6:])), fine))
	}
	return nil
}

// finite is a reading of x, which wrong coefficients may have made infinite or no
// number.
func finite(x float64) Reading {
	if math.IsNaN(x) || math.IsInf(x, 0) {
		return Reading{Err: fmt.Errorf("%w: the coefficients in the chip are wrong", ErrRange)}
	}
	return Reading{Value: x}
}

// bmxCoefficients are what each chip was calibrated with, as the datasheet counts them:
// t[1] is T1.
type bmxCoefficients struct {
	t [4]float64
	p [10]float64
	h [7]float64
}

// decode takes the coefficients from the registers (table 16): k from bmxCalibration on;
// h are that of bmxH1 and those from bmxH2 on.
func (x *bmxCoefficients) decode(k, h []byte) {
	word := func(b []byte) float64 { return float64(int16(binary.LittleEndian.Uint16(b))) }
	for i := range 3 {
		x.t[1+i] = word(k[2*i:])
	}
	for i := range 9 {
		x.p[1+i] = word(k[6+2*i:])
	}
	x.t[1] = float64(binary.LittleEndian.Uint16(k)) // these two have no sign
	x.p[1] = float64(binary.LittleEndian.Uint16(k[6:]))
	x.h = [7]float64{
		1: float64(h[0]), 2: word(h[1:]), 3: float64(h[3]),
		4: float64(int16(int8(h[4]))<<4 | int16(h[5]&0x0F)),
		5: float64(int16(int8(h[6]))<<4 | int16(h[5]>>4)),
		6: float64(int8(h[7])),
	}
}

// fine is the temperature in 1/5120 °C of what the converter says (8.1, as a polynomial).
func (x *bmxCoefficients) fine(adc float64) float64 {
	d := adc/16384 - x.t[1]/1024
	return d * (x.t[2] + d*x.t[3]/64)
}

// pressure is in Pa.
func (x *bmxCoefficients) pressure(adc, fine float64) float64 {
	d := fine/2 - 64000
	offset := x.p[4]*65536 + d*(x.p[5]+d*x.p[6]/65536)/2
	slope := x.p[1] * (1 + d*(x.p[2]+d*x.p[3]/524288)/524288/32768)
	raw := (1048576 - adc - offset/4096) * 6250 / slope
	return raw + (x.p[7]+raw*(x.p[8]/32768+raw*x.p[9]/2147483648))/16
}

// humidity is in %.
func (x *bmxCoefficients) humidity(adc, fine float64) float64 {
	d := fine - 76800
	raw := adc - x.h[4]*64 - x.h[5]/16384*d
	raw *= x.h[2] / 65536 * (1 + x.h[6]/67108864*d*(1+x.h[3]/67108864*d))
	return min(max(raw*(1-x.h[1]*raw/524288), 0), 100)
}
