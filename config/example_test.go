package config_test

import (
	"fmt"

	"github.com/ioclet/ioclet/config"
)

func ExampleParse() {
	model, err := config.Parse("lamp.yaml", []byte(`
ioc: {prefix: "LAMP:"}
pvs:
  ON:    {gpio: GPIO17, direction: output, states: [Off, On], on_exit: off}
  LEVEL: {value: 50, egu: "%", drive: [0, 100]}
`))
	if err != nil {
		fmt.Println(err)
		return
	}
	for _, p := range model.PVs {
		fmt.Println(p.Name, p.Type, p.Source)
	}
	// Output:
	// LAMP:ON bo gpio GPIO17 (J8 pin 11)
	// LAMP:LEVEL ao soft
}

func ExampleProblems() {
	_, err := config.Parse("lamp.yaml", []byte(`
pvs:
  ON:    {gpio: GPIO17, direction: outptu}
  LEVEL: {value: 50, eug: "%"}
`))
	fmt.Println(err)
	// Output:
	// lamp.yaml:3:36: direction: "outptu", expected one of input, output (did you mean "output"?)
	// lamp.yaml:4:22: unknown key "eug" (did you mean "egu"?)
}
