// Package config reads the YAML file that describes an IOC: what is connected,
// how it is spoken to, and what the PVs are called.
//
//	file ──Load──▶ positioned tree ──▶ keys ──▶ checked Model ──Build──▶ ioc.IOC
//	                     └────────────┴────▶ Problems: all of them, file:line:col
//
// The language is written down once, as the structs of keys.go: a field for each
// key with its name and meaning. [Language] gives it to others, and "go generate"
// makes docs/configuration.md of it. A [Model] has been checked as far as that is
// possible without hardware; what is wrong comes back as [Problems], all at once.
//
// [Model.Build] makes the same records, ports and drivers that a Go program would
// make with packages ioc, device and drivers. With [Options].Sim the hardware
// below the drivers is replaced by simulations that follow from the same lines, and
// the DTYP of the records says so.
//
// A file may come from anybody: its size, the depth of its blocks, what its aliases
// amount to and the number of problems that are listed are limited.
package config
