package circuit

import "github.com/ioclet/ioclet/protocol"

// Role is the side of a circuit: its server or its client.
type Role uint8

// The roles.
const (
	Server Role = iota
	Client
)

func (r Role) String() string {
	if r == Client {
		return "client"
	}
	return "server"
}

// State is where a circuit or a channel stands; both sides see the same one, but
// for what is still under way.
type State uint8

// The states of a circuit.
const (
	illegal   State = iota
	Opening         // the client has not said its VERSION yet
	Connected       // everything may be sent
	Closed          // nothing may be sent any more
	Creating        // the client has asked for the channel
	Ready           // the server has given it a sid: it can be used
	Clearing        // the client has cleared it; what was under way may still arrive
	Gone            // cleared, refused or dropped by the server
	stateCount
)

var stateNames = [stateCount]string{
	"illegal", "opening", "connected", "closed", "creating", "ready", "clearing", "gone",
}

func (s State) String() string {
	if s < stateCount {
		return stateNames[s]
	}
	return stateNames[illegal]
}

// direction is which way a message goes, whatever our own role.
type direction uint8

const (
	request  direction = iota // client to server
	response                  // server to client
)

// rule is a line of the table of states: in state from, a message of one of the
// commands in that direction is legal and leads to state to.
type rule struct {
	from     State
	dir      direction
	to       State
	commands []protocol.Command
}

//go:generate go test -run ^TestStatesDocument$ -update .

// rules is all there is to know about what may be sent when. The messages that
// name a channel move that channel's state, the others the circuit's.
//
// rsrv takes requests as soon as it has seen a VERSION (camessage.c), libca sends
// them right behind its own without waiting for the server's (tcpiiu.cpp), so a
// client's VERSION alone connects a circuit.
var rules = []rule{
	{Opening, request, Connected, []protocol.Command{protocol.CmdVersion}},
	{Opening, response, Opening, []protocol.Command{protocol.CmdVersion, protocol.CmdError}},
	{Connected, request, Connected, []protocol.Command{
		protocol.CmdVersion, protocol.CmdHostName, protocol.CmdClientName, protocol.CmdSearch,
		protocol.CmdCreateChan, protocol.CmdEventsOff, protocol.CmdEventsOn, protocol.CmdReadSync,
		protocol.CmdEcho,
	}},
	{Connected, response, Connected, []protocol.Command{
		protocol.CmdVersion, protocol.CmdSearch, protocol.CmdNotFound, protocol.CmdReadSync,
		protocol.CmdError, protocol.CmdEcho,
	}},

	{Creating, response, Creating, []protocol.Command{protocol.CmdAccessRights}},
	{Creating, response, Ready, []protocol.Command{protocol.CmdCreateChan}},
	{Creating, response, Gone, []protocol.Command{protocol.CmdCreateChanFail, protocol.CmdServerDisconn}},
	{Ready, request, Ready, []protocol.Command{
		protocol.CmdEventAdd, protocol.CmdEventCancel, protocol.CmdRead, protocol.CmdReadNotify,
		protocol.CmdWrite, protocol.CmdWriteNotify,
	}},
	{Ready, request, Clearing, []protocol.Command{protocol.CmdClearChannel}},
	{Ready, response, Ready, []protocol.Command{
		protocol.CmdEventAdd, protocol.CmdRead, protocol.CmdReadNotify, protocol.CmdWriteNotify,
		protocol.CmdAccessRights,
	}},
	{Ready, response, Gone, []protocol.Command{protocol.CmdServerDisconn}},
	{Clearing, response, Clearing, []protocol.Command{
		protocol.CmdEventAdd, protocol.CmdRead, protocol.CmdReadNotify, protocol.CmdWriteNotify,
		protocol.CmdAccessRights,
	}},
	{Clearing, response, Gone, []protocol.Command{protocol.CmdClearChannel, protocol.CmdServerDisconn}},
}

const commandCount = int(protocol.LastCommand) + 1

// table is rules unfolded: the state after a command, illegal if it may not come.
var table = func() (t [stateCount][2][commandCount]State) {
	for _, r := range rules {
		for _, c := range r.commands {
			t[r.from][r.dir][c] = r.to
		}
	}
	return t
}()

// after is the state that follows s if c goes in direction d.
func (s State) after(d direction, c protocol.Command) (State, bool) {
	if int(c) >= commandCount || s >= stateCount {
		return illegal, false
	}
	to := table[s][d][c]
	return to, to != illegal
}
