package prototest

import (
	"encoding/json"
	"math"
	"strings"

	"github.com/ioclet/ioclet/pv"
)

// Record is what a C client was told about a recorded channel with its native TIME
// and CTRL types.
type Record struct {
	NativeType  uint16
	NativeCount uint32
	Array       bool
	Numbers     []float64 // the value if it is a number or an enum
	Strings     []string  // the value if it is text
	Time        pv.Stamp
	Alarm       pv.Alarm
	Info        pv.Info
}

// GoldenRecords are the channels behind the cases of the file softioc-dbr, by name.
func GoldenRecords() map[string]Record {
	text, err := testdata.ReadFile("testdata/softioc-records.json")
	if err != nil {
		panic(err) // embedded: cannot fail
	}
	var raw map[string]rawRecord
	if err := json.Unmarshal(text, &raw); err != nil {
		panic("prototest: softioc-records.json: " + err.Error())
	}
	records := map[string]Record{}
	for name, r := range raw {
		records[name] = r.record(name)
	}
	return records
}

// rawRecord is a channel as the recording program writes it.
type rawRecord struct {
	NativeType   uint16          `json:"native_type"`
	NativeCount  uint32          `json:"native_count"`
	Value        json.RawMessage `json:"value"`
	Sec          uint32          `json:"sec"`
	Nsec         uint32          `json:"nsec"`
	Status       pv.Status       `json:"status"`
	Severity     pv.Severity     `json:"severity"`
	Units        string          `json:"units"`
	Precision    int16           `json:"precision"`
	Choices      []string        `json:"enum_strs"`
	UpperDisplay number          `json:"upper_disp_limit"`
	LowerDisplay number          `json:"lower_disp_limit"`
	UpperAlarm   number          `json:"upper_alarm_limit"`
	UpperWarning number          `json:"upper_warning_limit"`
	LowerWarning number          `json:"lower_warning_limit"`
	LowerAlarm   number          `json:"lower_alarm_limit"`
	UpperControl number          `json:"upper_ctrl_limit"`
	LowerControl number          `json:"lower_ctrl_limit"`
}

func (r rawRecord) record(name string) Record {
	limits := func(low, high number) pv.Limits { return pv.Limits{Low: float64(low), High: float64(high)} }
	out := Record{
		NativeType: r.NativeType, NativeCount: r.NativeCount,
		Time:  pv.Stamp{Sec: r.Sec, Nsec: r.Nsec},
		Alarm: pv.Alarm{Status: r.Status, Severity: r.Severity},
		Info: pv.Info{
			Units: r.Units, Precision: r.Precision, Choices: r.Choices,
			Display: limits(r.LowerDisplay, r.UpperDisplay), Control: limits(r.LowerControl, r.UpperControl),
			Warning: limits(r.LowerWarning, r.UpperWarning), Alarm: limits(r.LowerAlarm, r.UpperAlarm),
		},
	}
	var one number
	var text string
	var many []number
	switch {
	case json.Unmarshal(r.Value, &one) == nil:
		out.Numbers = []float64{float64(one)}
	case json.Unmarshal(r.Value, &text) == nil:
		out.Strings = []string{text}
	case json.Unmarshal(r.Value, &many) == nil:
		out.Array = true
		for _, x := range many {
			out.Numbers = append(out.Numbers, float64(x))
		}
	case json.Unmarshal(r.Value, &out.Strings) == nil:
		out.Array = true
	default:
		panic("prototest: softioc-records.json: value of " + name)
	}
	return out
}

// number is a JSON number, or "nan".
type number float64

func (n *number) UnmarshalJSON(b []byte) error {
	if strings.EqualFold(string(b), `"nan"`) {
		*n = number(math.NaN())
		return nil
	}
	return json.Unmarshal(b, (*float64)(n))
}
