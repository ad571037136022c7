package chip

import (
	"context"
	"encoding/binary"
	"fmt"
	"time"
)

// checksum is Sensirion's CRC: polynomial 0x31, from 0xFF on (SHT3x: table 20).
func checksum(b []byte) byte {
	crc := byte(0xFF)
	for _, x := range b {
		crc ^= x
		for range 8 {
			carry := crc & 0x80
			crc <<= 1
			if carry != 0 {
				crc ^= 0x31
			}
		}
	}
	return crc
}

// sht is a SHT3x or SHT4x. It measures when it is told to and keeps no settings.
type sht struct {
	readOnly
	prelude  []byte // what ends measurements that somebody else has started, if any
	identity []byte // command with an answer that shows that such a chip is there
	answer   int    // words of that answer
	command  []byte // starts a measurement
	duration time.Duration
	humidity func(float64) float64 // of a number from 0 to 1
}

// repeatability is the setting of both.
var repeatability = Parameter{
	Name: "repeatability", Choices: []string{"high", "medium", "low"}, Default: "high", Example: "low",
	Doc: "how much noise: low takes a third of the time",
}

func sht3x() *Model {
	return define(Model{
		Name:       "sht3x",
		Title:      "temperature and humidity (SHT30, SHT31, SHT35)",
		Datasheet:  "Sensirion SHT3x-DIS, version 5 (2018), 2.2, 4.3 and 4.8 to 4.13",
		Notes:      "What it says has checksums; a wrong one is tried again.",
		I2C:        &I2C{Addresses: []uint16{0x44, 0x45}},
		Parameters: []Parameter{repeatability},
	}, func(_ Bus, s settings) (Chip, error) {
		c := &sht{
			prelude:  []byte{0x30, 0x93},
			identity: []byte{0xF3, 0x2D}, // status
			answer:   1,
			humidity: func(x float64) float64 { return 100 * x },
		}
		switch s.word("repeatability") {
		case "low":
			c.command, c.duration = []byte{0x24, 0x16}, 5*time.Millisecond
		case "medium":
			c.command, c.duration = []byte{0x24, 0x0B}, 7*time.Millisecond
		default:
			c.command, c.duration = []byte{0x24, 0x00}, 16*time.Millisecond
		}
		return c, nil
	}, func(Bus, settings) Twin {
		return newSHT3xTwin()
	})
}

func sht4x() *Model {
	return define(Model{
		Name:       "sht4x",
		Title:      "temperature and humidity (SHT40, SHT41, SHT45)",
		Datasheet:  "Sensirion SHT4x, version 6 (2023), 3.3 and 4.4 to 4.6",
		Notes:      "What it says has checksums; a wrong one is tried again.",
		I2C:        &I2C{Addresses: []uint16{0x44, 0x45, 0x46}},
		Parameters: []Parameter{repeatability},
	}, func(_ Bus, s settings) (Chip, error) {
		c := &sht{
			identity: []byte{0x89}, // serial number
			answer:   2,
			humidity: func(x float64) float64 { return min(max(125*x-6, 0), 100) },
		}
		switch s.word("repeatability") {
		case "low":
			c.command, c.duration = []byte{0xE0}, 2*time.Millisecond
		case "medium":
			c.command, c.duration = []byte{0xF6}, 5*time.Millisecond
		default:
			c.command, c.duration = []byte{0xFD}, 9*time.Millisecond
		}
		return c, nil
	}, func(Bus, settings) Twin {
		return newSHT4xTwin()
	})
}

// Values are temperature and humidity. Chip.
func (s *sht) Values() []Value { return []Value{temperature(-40, 125, 2), humidity()} }

// Start sees whether something answers with the right checksums. Chip.
func (s *sht) Start(ctx context.Context, c Conn) error {
	if s.prelude != nil {
		if err := c.Tx(s.prelude, nil); err != nil {
			return err
		}
		if err := Wait(ctx, c, time.Millisecond); err != nil {
			return err
		}
	}
	_, err := s.ask(ctx, c, s.identity, time.Millisecond, s.answer)
	return err
}

// Read measures. Chip.
func (s *sht) Read(ctx context.Context, c Conn, out []Reading) error {
	words, err := s.ask(ctx, c, s.command, s.duration, 2)
	if err != nil {
		return err
	}
	out[0] = Reading{Value: 175*words[0] - 45}
	out[1] = Reading{Value: s.humidity(words[1])}
	return nil
}

// ask sends a command and reads words, of which each is followed by its checksum, as
// numbers from 0 to 1. While it is busy the chip does not acknowledge.
func (s *sht) ask(ctx context.Context, c Conn, command []byte, busy time.Duration, n int) (words [2]float64, err error) {
	if err := c.Tx(command, nil); err != nil {
		return words, err
	}
	if err := Wait(ctx, c, busy); err != nil {
		return words, err
	}
	answer := make([]byte, 3*n)
	if err := c.Tx(nil, answer); err != nil {
		return words, err
	}
	for i := range n {
		word := answer[3*i : 3*i+3]
		if crc := checksum(word[:2]); crc != word[2] {
			return words, fmt.Errorf("%w: % X, want %02X at the end", ErrChecksum, word, crc)
		}
		words[i] = float64(binary.BigEndian.Uint16(word)) / 65535
	}
	return words, nil
}
