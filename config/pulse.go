package config

import (
	"strconv"

	"github.com/ioclet/ioclet/ioc/record"
)

// pulse sets HIGH of a bo.
func (c *checker) pulse(spec *record.Spec, k *pvKeys) {
	c.onlyIf(spec.Type == record.BO, k.Pulse.Set, k.Pulse.Pos, "pulse", "an output with two states")
	if !k.Pulse.Set || spec.Type != record.BO {
		return
	}
	if spec.Fields == nil {
		spec.Fields = map[string]string{}
	}
	spec.Fields["HIGH"] = strconv.FormatFloat(k.Pulse.Value.Seconds(), 'g', -1, 64)
}
