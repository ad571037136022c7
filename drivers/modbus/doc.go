// Package modbus reads and writes the registers and coils of Modbus slaves: over a
// serial line (RTU), over TCP, or in the frames of the one over the wires of the other.
//
//	Read of a value          Write of a value
//	     │                        │
//	     ▼                        ▼
//	a block of neighbours,   one request
//	if it is not fresh            │
//	     └──────────┬─────────────┘
//	                ▼
//	        pause, then frame ──▶ writer goroutine ──▶ connection
//	        unit, function, CRC                            │
//	        or transaction   ◀── input ◀── reader goroutine┘
//
// A [Driver] is a drivers.Driver: one worker owns it. It has the slaves of one line or
// one connection, each with its own health: one that does not answer is asked ever less often,
// so that the others are not starved.
//
// Values of a slave that stand near each other are read together, as far as a request
// may go, and each takes its part. If a slave refuses such a block its values are read one by
// one from then on.
//
// # Whose answer is it?
//
// Over TCP requests are numbered: an answer with another number is a late one and is
// dropped. On a serial line they are not: after a timeout the line stays quiet until the late
// answer has come, or for as long again, what comes then is dropped, and an answer must be of the slave and the
// function that were asked, and as long as what was asked for.
//
// # Faults
//
//	no answer, or none to a gateway TIMEOUT
//	exception of the slave          READ or WRITE
//	answer with errors, or another  COMM
//	value that does not fit         HWLIMIT
//	connection lost                 COMM, Lost
//	write not taken                 WRITE, Lost
//
// Source: MODBUS Application Protocol Specification V1.1b3; MODBUS over Serial Line
// V1.02; MODBUS Messaging on TCP/IP Implementation Guide V1.0b.
package modbus
