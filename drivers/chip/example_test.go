package chip_test

import (
	"context"
	"fmt"

	"github.com/ioclet/ioclet/drivers/chip"
)

// A thermometer and its twin, without a bus between them.
func Example() {
	model, err := chip.Find("lm75")
	if err != nil {
		fmt.Println(err)
		return
	}
	settings := chip.Settings{"resolution": {"11"}}
	c, err := model.New(chip.OnI2C, settings)
	if err != nil {
		fmt.Println(err)
		return
	}
	twin := model.Twin(chip.OnI2C, settings)
	twin.Set(0, -3.25)

	ctx := context.Background()
	if err := c.Start(ctx, twin); err != nil {
		fmt.Println(err)
		return
	}
	readings := make([]chip.Reading, len(c.Values()))
	if err := c.Read(ctx, twin, readings); err != nil {
		fmt.Println(err)
		return
	}
	v := c.Values()[0]
	fmt.Printf("%s: %s %.2f %s\n", model.Title, v.Name, readings[0].Value, v.Units)

	_, err = model.New(chip.OnI2C, chip.Settings{"resolution": {"8"}})
	fmt.Println(err)
	_, err = chip.Find("ml75")
	fmt.Println(err)
	// Output:
	// temperature: TEMP -3.25 C
	// resolution: "8": want one of 9, 10, 11, 12
	// no chip "ml75" (did you mean lm75?)
}
