package protocol

import "strconv"

// Scope is how far an error's damage goes.
type Scope uint8

// The scopes.
const (
	ScopeMessage Scope = iota // this message failed; everything else goes on
	ScopeChannel              // the channel is of no more use
	ScopeCircuit              // the circuit must be closed
)

func (s Scope) String() string {
	switch s {
	case ScopeMessage:
		return "message"
	case ScopeChannel:
		return "channel"
	case ScopeCircuit:
		return "circuit"
	}
	return "scope " + strconv.Itoa(int(s))
}

// Error is a fault of the protocol or one that a peer reports. errors.Is finds its
// Status.
type Error struct {
	Remote  bool    // reported by the peer in a [CmdError]; else found here
	Scope   Scope   // how far the damage goes
	Command Command // the message at fault
	Status  Status  // what a server answers, or what it has answered
	Channel uint32  // the client's channel id, [NoID] if none
	Request Header  // the header of the message at fault
	Skip    uint64  // a message that [Next] does not take: its bytes, header included
	Text    string  // what is wrong
}

// Error is for example "channel access: EVENT_ADD: ECA_ALLOCMEM: mask is 0".
func (e *Error) Error() string {
	s := "channel access: "
	if e.Remote {
		s += "peer reports: "
	}
	s += e.Command.String() + ": " + e.Status.String()
	if e.Text != "" {
		s += ": " + e.Text
	}
	return s
}

// Unwrap is e's Status.
func (e *Error) Unwrap() error { return e.Status }
