// Package link keeps a connection of bytes to devices that are asked and answer: a serial
// port with text instruments, a line of Modbus slaves. What is asked and what an answer
// looks like is the matter of those who use it.
//
//	one at a time has the turn ─ Write ─▶ writer ─▶ conn ─▶ reader ─ Options.Receive ─▶
//	                           ─ Wait ──▶ until there is something, or the link is gone
//
// A [Link] is made for each connection. Its writer is a goroutine, so that a write that the
// system does not give back costs a time-out and no more. [Health] counts how often a
// device has not answered, and when it is asked again, so that a dead one does not take the
// time of the others.
package link
