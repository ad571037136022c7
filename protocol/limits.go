package protocol

// Version is the minor version of Channel Access spoken here, 4.13, and
// VersionMin the oldest that rsrv and libca still serve.
const (
	Version    = 13
	VersionMin = 4
)

// The ports used where nothing else is configured (caProto.h).
const (
	ServerPort   = 5064
	RepeaterPort = 5065
)

// The sizes of datagrams, in bytes (caProto.h).
const (
	MaxReplyDatagram   = 1024        // a server's search replies
	MaxRequestDatagram = 1472        // a client's searches: what one Ethernet frame holds
	MaxDatagram        = 0xFFFF + 16 // a buffer for any datagram
)

// Limits are what a caller of [Next] is ready to take.
type Limits struct {
	// MaxPayload is the largest payload in bytes. Zero stands for
	// [DefaultMaxPayload] on a circuit; a datagram bounds its messages itself.
	MaxPayload uint32
}

// DefaultMaxPayload is 16 MiB: two million doubles.
const DefaultMaxPayload = 16 << 20

func (l Limits) maxPayload() uint32 {
	if l.MaxPayload == 0 {
		return DefaultMaxPayload
	}
	return l.MaxPayload
}

// NoID stands for "no channel" in an error message, and on the wire for "the
// address this message came from" in a search reply.
const NoID = 0xFFFFFFFF

// MaxPriority is the highest priority of a circuit; the lowest is 0.
const MaxPriority = 99

// MaxRecordName and MaxName are the longest record name, and the longest name
// with field and modifiers that a search may carry, in bytes without the NUL.
const (
	MaxRecordName = 60  // dbDefs.h: PVNAME_STRINGSZ less its NUL
	MaxName       = 499 // caProto.h: unreasonablePVNameSize with its NUL
)

// MaxIdentity is the longest client's user or host name that rsrv takes, in bytes
// without the NUL (rsrv: camessage.c, 512 with it).
const MaxIdentity = 511

// What a search asks for if the name is not known, in its DataType.
const (
	DontReply = 5  // silence
	DoReply   = 10 // [CmdNotFound]; over TCP only
)

// Access is what a client may do with a channel.
type Access uint32

// The access rights, as [CmdAccessRights] carries them.
const (
	AccessRead Access = 1 << iota
	AccessWrite
)
