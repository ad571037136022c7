package sysfs

import (
	"errors"
	"fmt"
	"math"
	"strconv"
	"strings"
)

// Scratchpad is the memory of a DS18B20: temperature (2 bytes, little endian, sixteenths
// of a degree), alarm limits, configuration, three reserved bytes, CRC. Source: Maxim
// DS18B20 data sheet 19-7487 Rev 6 7/19, figures 5, 8 and 9.
type Scratchpad [9]byte

// PowerOn is what a DS18B20 of 12 bits holds before its first conversion: 85 °C.
var PowerOn = Scratchpad{0x50, 0x05, 0x4B, 0x46, 0x7F, 0xFF, 0x0C, 0x10, 0x1C}

// Why a scratchpad has no temperature.
var (
	errSilent  = errors.New("the sensor does not answer")
	errCRC     = errors.New("wrong CRC: noise, or too long a cable")
	errShorted = errors.New("what answers is no DS18B20: the data line is shorted, or another sensor has this number")
	errPowerOn = errors.New("85 °C is what the sensor holds before its first conversion: it loses its supply, or has too little")
	errRange   = errors.New("beyond what the sensor can measure, -55 to 125 °C")
)

// ScratchpadOf is a sensor of 12 bits that has measured celsius, between -55 and 125.
func ScratchpadOf(celsius float64) Scratchpad {
	s := PowerOn
	raw := int16(math.Round(min(max(celsius, minCelsius), maxCelsius) * 16))
	s[0], s[1] = byte(raw), byte(uint16(raw)>>8)
	s[6] = 0x10 - s[0]&0x0F // as genuine ones have it after a conversion
	s[8] = crc8(s[:8])
	return s
}

const minCelsius, maxCelsius = -55, 125

// Text is the scratchpad as the kernel writes it into w1_slave.
func (s Scratchpad) Text() string {
	verdict := "NO"
	if crc8(s[:8]) == s[8] {
		verdict = "YES"
	}
	return fmt.Sprintf("% x : crc=%02x %s\n% x t=%d\n", s[:], crc8(s[:8]), verdict, s[:], int(s.celsius()*1000))
}

// parseScratchpad reads the first line of w1_slave: the second has what was read last
// with a good CRC, which may have been long ago.
func parseScratchpad(text []byte) (s Scratchpad, err error) {
	line, _, _ := strings.Cut(string(text), "\n")
	if strings.TrimSpace(line) == "" {
		return s, errSilent
	}
	bytes, verdict, ok := strings.Cut(line, ":")
	words := strings.Fields(bytes)
	if !ok || len(words) != len(s) {
		return s, notA("nine bytes and their CRC", text)
	}
	for i, w := range words {
		x, err := strconv.ParseUint(w, 16, 8)
		if err != nil {
			return s, notA("nine bytes and their CRC", text)
		}
		s[i] = byte(x)
	}
	switch config := s[4]; {
	case !strings.HasSuffix(strings.TrimSpace(verdict), "YES") || crc8(s[:8]) != s[8]:
		return s, errCRC
	case config&0x9F != 0x1F: // 0RR11111; bytes that are all 0 have a good CRC
		return s, errShorted
	case s.celsius() < minCelsius || s.celsius() > maxCelsius:
		return s, errRange
	}
	return s, nil
}

// bits is the resolution, 9 to 12.
func (s Scratchpad) bits() int { return 9 + int(s[4]>>5&3) }

// celsius is the temperature; the bits below the resolution mean nothing.
func (s Scratchpad) celsius() float64 {
	raw := int16(uint16(s[1])<<8 | uint16(s[0]))
	return float64(raw>>(12-s.bits())<<(12-s.bits())) / 16
}

// powerOn reports whether the temperature is that of before the first conversion. A
// conversion of genuine sensors that comes to 85 °C leaves another reserved byte; there
// are copies that always have this one.
func (s Scratchpad) powerOn() bool { return s[0] == 0x50 && s[1] == 0x05 && s[6] == 0x0C }

// crc8 is the CRC of 1-Wire: polynomial x⁸+x⁵+x⁴+1, least significant bit first (Maxim
// Application Note 27).
func crc8(data []byte) (crc byte) {
	for _, b := range data {
		crc ^= b
		for range 8 {
			if crc&1 != 0 {
				crc = crc>>1 ^ 0x8C
			} else {
				crc >>= 1
			}
		}
	}
	return crc
}
