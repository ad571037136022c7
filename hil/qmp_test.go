//go:build hil

package hil_test

import (
	"encoding/json"
	"fmt"
	"net"
	"strconv"
	"strings"
	"time"
)

// qmp speaks to QEMU: its QEMU Machine Protocol, an object of JSON for each command.
type qmp struct {
	conn    net.Conn
	decoder *json.Decoder
}

func dialQMP(path string) (*qmp, error) {
	c, err := net.Dial("unix", path)
	if err != nil {
		return nil, err
	}
	q := &qmp{c, json.NewDecoder(c)}
	return q, q.do("qmp_capabilities", map[string]any{}, nil)
}

// do carries out a command and decodes its answer into result, unless that is nil.
func (q *qmp) do(command string, arguments map[string]any, result any) error {
	q.conn.SetDeadline(time.Now().Add(10 * time.Second))
	if err := json.NewEncoder(q.conn).Encode(map[string]any{"execute": command, "arguments": arguments}); err != nil {
		return err
	}
	for {
		var m struct {
			Return json.RawMessage
			Error  *struct{ Desc string }
		}
		switch err := q.decoder.Decode(&m); {
		case err != nil:
			return err
		case m.Error != nil:
			return fmt.Errorf("qmp: %s: %s", command, m.Error.Desc)
		case m.Return != nil && result != nil:
			return json.Unmarshal(m.Return, result)
		case m.Return != nil:
			return nil
		} // else a greeting or an event
	}
}

// set sets a property of a device that was given the id on QEMU's command line.
func (q *qmp) set(id, property string, value any) error {
	return q.do("qom-set", map[string]any{"path": "/machine/peripheral/" + id, "property": property, "value": value}, nil)
}

// word reads 32 bits at a physical address.
func (q *qmp) word(address uint32) (uint32, error) {
	var text string
	err := q.do("human-monitor-command", map[string]any{"command-line": fmt.Sprintf("xp /1xw 0x%x", address)}, &text)
	if err != nil {
		return 0, err
	}
	_, digits, _ := strings.Cut(text, ": 0x") // 000000003f200034: 0x00020000
	w, err := strconv.ParseUint(strings.TrimSpace(digits), 16, 32)
	return uint32(w), err
}
