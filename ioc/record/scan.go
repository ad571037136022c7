package record

import (
	"fmt"
	"math"
	"strconv"
	"strings"
	"time"
)

// Scan says when a record processes by itself. Scans are comparable; the zero
// Scan is Passive.
type Scan struct {
	// every is the period, Passive's 0, or negative for the scans that are no
	// period.
	every time.Duration
}

// Scans without a period.
var (
	Passive = Scan{}          // never by itself: when it is written to or told to
	event   = Scan{every: -1} // in the menu for its place only: there are no events
	IOIntr  = Scan{every: -2} // when its device reports a value
)

// menuScans are the choices of base's menuScan, in its order.
var menuScans = []Scan{
	Passive, event, IOIntr,
	Every(10 * time.Second), Every(5 * time.Second), Every(2 * time.Second), Every(time.Second),
	Every(500 * time.Millisecond), Every(200 * time.Millisecond), Every(100 * time.Millisecond),
}

// MinPeriod is the shortest period of a scan.
const MinPeriod = time.Millisecond

// Every is a periodic scan. A record that is added with a period below
// [MinPeriod] is refused.
func Every(period time.Duration) Scan {
	return Scan{every: max(period, 1)} // not one of those that are no period
}

// Period is the period of a periodic scan, 0 for the others.
func (s Scan) Period() time.Duration { return max(s.every, 0) }

// String is the text of s in the SCAN menu: "Passive", "I/O Intr", ".1 second".
func (s Scan) String() string {
	switch s {
	case Passive:
		return "Passive"
	case event:
		return "Event"
	case IOIntr:
		return "I/O Intr"
	}
	return strings.TrimPrefix(strconv.FormatFloat(s.every.Seconds(), 'f', -1, 64), "0") + " second"
}

// ParseScan reads the text of a scan as [Scan.String] writes it, with any
// period ("0.25 second").
func ParseScan(text string) (s Scan, ok bool) {
	switch text = strings.TrimSpace(text); text {
	case "Passive":
		return Passive, true
	case "I/O Intr":
		return IOIntr, true
	}
	number, unit, _ := strings.Cut(text, " ")
	x, err := strconv.ParseFloat(number, 64)
	if err != nil || strings.TrimSpace(unit) != "second" || !(x > 0 && x < 1e9) {
		return Scan{}, false
	}
	return Every(time.Duration(math.Round(x * float64(time.Second)))), true
}

// scanOf is the scan that a record with this SCAN has.
func scanOf(text string) (Scan, error) {
	s, ok := ParseScan(text)
	if !ok || s.every > 0 && s.every < MinPeriod {
		return Scan{}, fmt.Errorf("%q is not a scan", text)
	}
	return s, nil
}
