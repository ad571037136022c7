package config

import (
	"time"

	"github.com/ioclet/ioclet/boards"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
)

// Model is a configuration in which no mistake was found.
type Model struct {
	Name     string // of the IOC; the file's name without its ending if not given
	Prefix   string
	Server   caserver.Config // what the file says of it
	ReadOnly bool            // clients may write nothing
	RecSync  bool            // the PVs are announced to ChannelFinder
	Board    *boards.Board
	PVs      []PV // in the order of the file, those of devices first
	// Warnings are what is no mistake but may be one: access rules that cannot work,
	// groups that do not exist, pins that usually are a bus's.
	Warnings []Problem

	engineer, location string // as ChannelFinder hears them

	wires  [][]boards.Pin // of pins, under --sim
	clock  clockModel
	access *accessModel
	putLog *putLogModel

	pins       []PinUse
	modbuses   []*modbusModel
	ports      []*portModel
	buses      []*busModel
	places     []*placeModel
	oneWire    oneWireModel
	quantities []string // of the machine
	states     []stateModel
	status     []statusModel
}

// PV is one process variable of a [Model].
type PV struct {
	Name   string // whole, with the prefix
	Pos    Pos
	Type   record.Type
	Scan   time.Duration // period of a periodic scan, 0 for the others
	Source string        // what stands behind it, for people: "gpio GPIO17 (J8 pin 11)"

	spec  record.Spec
	from  source
	alone alone
}
