package protocol

import "strconv"

// Command says what a message is.
type Command uint16

// The commands of CA 4.13 (caProto.h), the obsolete ones included: a peer may
// still send their numbers.
const (
	CmdVersion          Command = 0
	CmdEventAdd         Command = 1 // subscribe; an update; with no payload, a cancel confirmed
	CmdEventCancel      Command = 2
	CmdRead             Command = 3 // deprecated by CmdReadNotify
	CmdWrite            Command = 4
	CmdSnapshot         Command = 5 // obsolete
	CmdSearch           Command = 6
	CmdBuild            Command = 7 // obsolete
	CmdEventsOff        Command = 8
	CmdEventsOn         Command = 9
	CmdReadSync         Command = 10
	CmdError            Command = 11
	CmdClearChannel     Command = 12
	CmdBeacon           Command = 13 // CA_PROTO_RSRV_IS_UP
	CmdNotFound         Command = 14
	CmdReadNotify       Command = 15
	CmdReadBuild        Command = 16 // obsolete
	CmdRepeaterConfirm  Command = 17
	CmdCreateChan       Command = 18
	CmdWriteNotify      Command = 19
	CmdClientName       Command = 20
	CmdHostName         Command = 21
	CmdAccessRights     Command = 22
	CmdEcho             Command = 23
	CmdRepeaterRegister Command = 24
	CmdSignal           Command = 25 // obsolete
	CmdCreateChanFail   Command = 26
	CmdServerDisconn    Command = 27
)

// LastCommand is the highest command there is.
const LastCommand = CmdServerDisconn

var commandNames = [...]string{
	"VERSION", "EVENT_ADD", "EVENT_CANCEL", "READ", "WRITE", "SNAPSHOT", "SEARCH", "BUILD",
	"EVENTS_OFF", "EVENTS_ON", "READ_SYNC", "ERROR", "CLEAR_CHANNEL", "RSRV_IS_UP", "NOT_FOUND",
	"READ_NOTIFY", "READ_BUILD", "REPEATER_CONFIRM", "CREATE_CHAN", "WRITE_NOTIFY", "CLIENT_NAME",
	"HOST_NAME", "ACCESS_RIGHTS", "ECHO", "REPEATER_REGISTER", "SIGNAL", "CREATE_CH_FAIL",
	"SERVER_DISCONN",
}

// String is the command's name in caProto.h without its CA_PROTO_, or
// "command 99" for a number that has none.
func (c Command) String() string {
	if int(c) < len(commandNames) {
		return commandNames[c]
	}
	return "command " + strconv.Itoa(int(c))
}
