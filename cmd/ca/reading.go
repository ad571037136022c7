package main

import "github.com/ioclet/ioclet/protocol/dbr"

// reading is what there is to print about one PV: what a server has said, or why
// it has not.
type reading struct {
	name   string
	native dbr.Type // the channel's own type
	dbr.Data
	err error
}

// choices are the states of an enum, nil if the answer does not tell them.
func (r *reading) choices() []string {
	switch {
	case r.Info == nil:
		return nil
	case r.Info.Choices == nil:
		return []string{} // asked for, and there are none
	}
	return r.Info.Choices
}
