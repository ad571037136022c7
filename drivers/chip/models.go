package chip

import (
	"fmt"
	"strings"

	"github.com/ioclet/ioclet/internal/spelling"
)

//go:generate go test -run ^TestPage$ -update .

// Models are all there are, in the order of their names.
func Models() []*Model {
	return []*Model{
		ads1015(), ads1115(), bme280(), bmp280(), ina219(), lm75(), max31855(), max31865(), mcp23017(), mcp3004(), mcp3008(),
		mcp4725(), mcp9808(), pca9685(), sht3x(), sht4x(), tmp102(), tmp75(),
	}
}

// Find is the model of that name; capitals do not matter. The error is an
// [*UnknownError].
func Find(name string) (*Model, error) {
	var names []string
	for _, m := range Models() {
		if strings.EqualFold(m.Name, name) {
			return m, nil
		}
		names = append(names, m.Name)
	}
	return nil, &UnknownError{name, spelling.Nearest(name, names, far)}
}

// far is how many typing errors a suggestion may be away.
const far = 2

// UnknownError says that there is no model of a name.
type UnknownError struct {
	Name        string   // what was asked for
	Suggestions []string // what may have been meant
}

func (e *UnknownError) Error() string {
	return fmt.Sprintf("no chip %q%s", e.Name, suggest(e.Suggestions))
}

// suggest is the end of a message.
func suggest(words []string) string {
	if len(words) == 0 {
		return ""
	}
	return " (did you mean " + strings.Join(words, " or ") + "?)"
}

// define completes m with functions that get its settings checked.
func define(m Model, newChip func(Bus, settings) (Chip, error), twin func(Bus, settings) Twin) *Model {
	m.New = func(bus Bus, s Settings) (Chip, error) {
		p, err := parseSettings(m.Parameters, s)
		if err != nil {
			return nil, err
		}
		return newChip(bus, p)
	}
	m.Twin = func(bus Bus, s Settings) Twin {
		p, err := parseSettings(m.Parameters, s)
		if err != nil {
			panic("chip: twin of a " + m.Name + " with settings that New refuses: " + err.Error())
		}
		return twin(bus, p)
	}
	return &m
}
