package main

import (
	"encoding/xml"
	"errors"
	"io"
	"strings"
	"testing"
)

// twoRounds is what two servers came to; ours has no figure for "gets".
func twoRounds() *results {
	return &results{
		peers: []peer{{name: "ours"}, {name: "theirs"}},
		samples: map[string][]sample{
			"ours":   {{"cpu1": 1, "fast99": 6, "getcpu": 300, at("crowd", 1): 2}, {"cpu1": 3, "fast99": 6, "getcpu": 300}},
			"theirs": {{"cpu1": 6, "fast99": 300, "getcpu": 100, "gets": 5, at("crowd", 1): 4}},
		},
	}
}

func TestTargets(t *testing.T) {
	table := twoRounds().targets()
	for _, line := range []string{
		"| CPU per monitor event, 1 subscriber to 10,000 PVs at 10 Hz | 3 times softIoc | 3.00 times | yes |",
		"| CPU with 50 subscribers to a PV written at 1 kHz: from the write to its event, p99 | at most 5 ms | 6.00 ms | **no** |",
		"| gets, 100 in flight: per second of CPU | 1.5 times softIoc | 3.00 times | yes |",
		"| gets, one after the other | 1 times softIoc | – | – |",
	} {
		if !strings.Contains(table, line+"\n") {
			t.Errorf("no line\n%s\nin\n%s", line, table)
		}
	}
}

func TestComparison(t *testing.T) {
	table := twoRounds().comparison()
	for _, line := range []string{
		"| | ours | theirs | better than theirs |",
		"| gets, 100 in flight | – | 5.00 1/s | – |",
		"| … per second of CPU | 300 1/s | 100 1/s | 3.00 times |",
	} {
		if !strings.Contains(table, line+"\n") {
			t.Errorf("no line\n%s\nin\n%s", line, table)
		}
	}
}

// TestPlot holds a picture to being XML with a point for each figure there is.
func TestPlot(t *testing.T) {
	svg := twoRounds().overSubscribers().svg()
	points := 0
	for d := xml.NewDecoder(strings.NewReader(svg)); ; {
		token, err := d.Token()
		if errors.Is(err, io.EOF) {
			break
		}
		if err != nil {
			t.Fatalf("%v in\n%s", err, svg)
		}
		if e, ok := token.(xml.StartElement); ok && e.Name.Local == "circle" {
			points++
		}
	}
	if want := 2 + 2; points != want { // the legend's and the figures'
		t.Errorf("%d circles, want %d", points, want)
	}
}
