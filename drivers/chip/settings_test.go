package chip

import (
	"errors"
	"fmt"
	"testing"

	"github.com/google/go-cmp/cmp"
)

var testParameters = []Parameter{
	{Name: "mode", Choices: []string{"fast", "slow"}, Default: "slow"},
	{Name: "range", Choices: []string{"0.256", "2.048"}, Units: "V", Default: "2.048"},
	{Name: "shunt", Min: 0.001, Max: 10, Units: "ohm"},
	{Name: "outputs", Choices: []string{"A0", "A1", "B0"}, List: true},
	{Name: "inputs", Choices: []string{"A0", "A1", "B0"}, List: true, Default: "A0 A1"},
}

func TestSettings(t *testing.T) {
	for _, test := range []struct {
		name string
		say  Settings
		want string
	}{
		{"least", Settings{"shunt": {"0.1"}}, "slow 2.048 2.048 0.1 [] [A0 A1]"},
		{
			"all",
			Settings{"mode": {"FAST"}, "range": {"256mV"}, "shunt": {"100 mohm"}, "outputs": {"b0", "A1"}, "inputs": {}},
			"fast 0.256 0.256 0.1 [B0 A1] []",
		},
		{"another way to write a choice", Settings{"range": {"0.2560"}, "shunt": {"1"}}, "slow 0.256 0.256 1 [] [A0 A1]"},
	} {
		t.Run(test.name, func(t *testing.T) {
			s, err := parseSettings(testParameters, test.say)
			if err != nil {
				t.Fatal(err)
			}
			got := fmt.Sprint(s.word("mode"), " ", s.word("range"), " ", s.number("range"), " ", s.number("shunt"), " ",
				s.list("outputs"), " ", s.list("inputs"))
			if got != test.want {
				t.Errorf("got %s, want %s", got, test.want)
			}
		})
	}
}

func TestAllThatIsWrongWithSettingsIsReported(t *testing.T) {
	_, err := parseSettings(testParameters, Settings{
		"mode": {"fats"}, "range": {"3"}, "outputs": {"A0", "a0"}, "inputs": {"C0"}, "shnut": {"1"},
	})
	const want = `mode: "fats": want one of fast, slow
range: "3": want one of 0.256, 2.048 V
shunt: must be given: a number from 0.001 to 10 ohm
outputs: A0 twice
inputs: "C0": want some of A0, A1, B0
shnut: no such setting (did you mean shunt?)`
	if d := cmp.Diff(want, err.Error()); d != "" {
		t.Errorf("-want +got:\n%s", d)
	}
	var first *SettingError
	if !errors.As(err, &first) || first.Name != "mode" {
		t.Errorf("first: %v", first)
	}
}

func TestNumbersOfSettings(t *testing.T) {
	for _, test := range []struct {
		text, units string
		want        float64
		ok          bool
	}{
		{"50", "Hz", 50, true},
		{"50Hz", "Hz", 50, true},
		{"0.05 kHz", "Hz", 50, true},
		{"100mohm", "ohm", 0.1, true},
		{"5uV", "V", 5e-6, true},
		{"2 MHz", "Hz", 2e6, true},
		{" 3.3 V ", "V", 3.3, true},
		{"1e-3", "", 1e-3, true},
		{"5k", "ohm", 0, false},
		{"5mkV", "V", 0, false},
		{"V", "V", 0, false},
		{"", "V", 0, false},
		{"3.3V", "A", 0, false},
	} {
		if got, ok := parseNumber(test.text, test.units); ok != test.ok || ok && got != test.want {
			t.Errorf("%q of %s: %v %v, want %v %v", test.text, test.units, got, ok, test.want, test.ok)
		}
	}
	for _, text := range []string{"NaN", "Inf", "0", "11"} {
		if _, err := parseSettings(testParameters, Settings{"shunt": {text}}); err == nil {
			t.Errorf("%s ohm is accepted", text)
		}
	}
}
