// Package instruments has the definitions of instruments that come with ioclet, as
// data. A device of a configuration uses one by its name:
//
//	devices:
//	  PS: {instrument: scpi-supply, port: {tcp: "192.0.2.7:5025"}, with: {max_volt: 30}}
//
// Each says what it is for, cites the manual it was written from, and is simulated
// under --sim, where a NAME.sim.yaml beside it adds what does not follow from its
// lines. Package config reads them and lists what they say of themselves.
package instruments
