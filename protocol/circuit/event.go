package circuit

import (
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

// Kind says what an [Event] tells.
type Kind uint8

// What a server hears from its client. An owner answers with the sender named.
const (
	NoEvent          Kind = iota
	VersionSaid           // the client's VERSION: Priority; Circuit.Minor is settled
	HostNamed             // Name is the client's host
	ClientNamed           // Name is the client's user
	SearchAsked           // a search over TCP for Name: AppendFound, or AppendNotFound if Event.WantsReply
	CreateAsked           // Name is asked for under the client's id ID: Accept or Refuse
	ClearAsked            // Channel and its Subscriptions are gone: AppendCleared
	ReadAsked             // the deprecated read: Channel, Type, Count
	ReadNotifyAsked       // Channel, Type, Count (0: as many as there are)
	WriteAsked            // Channel, Type, Count, Payload; no answer but an error
	WriteNotifyAsked      // Channel, Type, Count, Payload: AppendWriteNotify when it has been carried out
	EventAddAsked         // Subscription, new
	EventCancelAsked      // Subscription, gone: AppendCancelled
	EventsOffAsked        // send no events until EventsOnAsked
	EventsOnAsked
	ReadSyncAsked // AppendReflection
	EchoAsked     // AppendReflection
	Refused       // a request against the rules: AppendRefusal, then close if Close is set
)

// What a client hears from its server.
const (
	VersionAnswered Kind = iota + 64 // Circuit.Minor is settled
	Created                          // Channel is ready: its Type and Count are known
	CreateFailed                     // the server does not have Channel's name
	RightsChanged                    // Channel's Access
	ReadAnswered                     // Owner's read: Status, Type, Count, Payload
	WriteAnswered                    // Owner's write-notify: Status
	Updated                          // Subscription's event: Status, Type, Count, Payload
	Cancelled                        // Subscription has ended after its Unsubscribe
	Cleared                          // Channel has ended after its Clear
	ChannelDropped                   // the server has dropped Channel
	ErrorReported                    // Error says it; with the Owner, Subscription or Channel of the request it is about, if known
	EchoAnswered                     // to a Tick
	SearchAnswered                   // over TCP: ID is the search's, Param1 the address ([protocol.NoID]: this server's), Type the port
	SearchFailed                     // over TCP: nobody answers for the search ID
)

var kindNames = map[Kind]string{
	NoEvent: "none", VersionSaid: "version said", HostNamed: "host named", ClientNamed: "client named",
	SearchAsked: "search asked", CreateAsked: "create asked", ClearAsked: "clear asked",
	ReadAsked: "read asked", ReadNotifyAsked: "read-notify asked", WriteAsked: "write asked",
	WriteNotifyAsked: "write-notify asked", EventAddAsked: "event add asked",
	EventCancelAsked: "event cancel asked", EventsOffAsked: "events off asked",
	EventsOnAsked: "events on asked", ReadSyncAsked: "read-sync asked", EchoAsked: "echo asked",
	Refused: "refused", VersionAnswered: "version answered", Created: "created",
	CreateFailed: "create failed", RightsChanged: "rights changed", ReadAnswered: "read answered",
	WriteAnswered: "write answered", Updated: "updated", Cancelled: "cancelled", Cleared: "cleared",
	ChannelDropped: "channel dropped", ErrorReported: "error reported", EchoAnswered: "echo answered",
	SearchAnswered: "search answered", SearchFailed: "search failed",
}

func (k Kind) String() string {
	if s, ok := kindNames[k]; ok {
		return s
	}
	return "unknown"
}

// Event is what a message meant. Which fields are set is said beside each [Kind];
// Message is the message itself. Name and Payload are parts of the circuit's input
// buffer and live until its next Next or Space.
type Event struct {
	protocol.Message
	Kind         Kind
	Close        bool  // Refused: close the circuit once the refusal is out
	Priority     uint8 // VersionSaid: 0 to 99
	Type         dbr.Type
	ID           uint32          // the peer's id of a search, a channel asked for, or a request (ioid)
	Status       protocol.Status // what the peer answers; of a Refused what to answer, 0: nothing
	Detail       string          // Refused: what is wrong
	Name         []byte
	Channel      *Channel
	Subscription *Subscription
	Owner        any // of the request that is answered
	Error        *protocol.Error
}

// WantsReply reports whether a search wants to hear that a name is not known.
func (e *Event) WantsReply() bool { return e.DataType == protocol.DoReply }

// Channel is a channel of a circuit.
type Channel struct {
	Owner any // the owner's own state of the channel: a pointer; set once, not touched here

	CID    uint32   // the client's id
	SID    uint32   // the server's id, once Ready
	Type   dbr.Type // native type, once Ready
	Count  uint32   // native number of elements, once Ready
	Access protocol.Access
	state  State
	subs   subscriptions
}

// State is Creating, Ready, Clearing or Gone.
func (ch *Channel) State() State { return ch.state }

// Subscriptions are those that ch has now, in the order they were made if there are
// few. The slice is the channel's own.
func (ch *Channel) Subscriptions() []*Subscription { return ch.subs.list }

// Subscription is a monitor on a channel. But for Owner it does not change, so
// that any goroutine may read it.
type Subscription struct {
	Owner any // the owner's own state of the subscription: a pointer; set once, not touched here

	Channel *Channel
	ID      uint32 // the client's id
	Type    dbr.Type
	Count   uint32 // elements asked for, 0: as many as there are
	Mask    pv.Mask

	index      int  // in the channel's list
	cancelling bool // client: Unsubscribe was sent, its confirmation has not come
}
