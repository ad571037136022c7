package modbus

import "fmt"

// SlaveError says what is wrong with the description of a slave.
type SlaveError struct {
	Slave string
	Err   error
}

func (e *SlaveError) Error() string { return fmt.Sprintf("slave %q: %v", e.Slave, e.Err) }

func (e *SlaveError) Unwrap() error { return e.Err }

// ValueError says what is wrong with the description of a value.
type ValueError struct {
	Slave, Value string
	Err          error
}

func (e *ValueError) Error() string {
	return fmt.Sprintf("slave %q: value %q: %v", e.Slave, e.Value, e.Err)
}

func (e *ValueError) Unwrap() error { return e.Err }
