package config

import (
	"fmt"
	"testing"
)

// TestShippedInstruments: each says what it is, from which manual, and explains its
// parameters; each can be used with nothing but what it requires.
func TestShippedInstruments(t *testing.T) {
	for _, i := range Shipped() {
		t.Run(i.Name, func(t *testing.T) {
			if i.About == "" || len(i.Manual) == 0 || len(i.PVs) < 3 {
				t.Errorf("about %q, manual %q, PVs %q", i.About, i.Manual, i.PVs)
			}
			for _, p := range i.Parameters {
				if p.Doc == "" {
					t.Errorf("parameter %s: what is it?", p.Name)
				}
			}
		})
	}
}

func ExampleShipped() {
	for _, i := range Shipped() {
		if i.Name == "scpi-supply" {
			p := i.Parameters[0]
			fmt.Println(i.Name, p.Name, p.Expected, p.Default)
		}
	}
	// Output: scpi-supply max_volt a number from 0 to 10000 20
}
