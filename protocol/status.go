package protocol

import (
	"errors"
	"strconv"
)

// Status is an ECA code: a number shifted left by three with a [StatusSeverity]
// below it (caerr.h). Every Status is an error, so that errors.Is finds it in an
// [Error]; test for success with [Status.OK], since [ECANormal] is no nil.
type Status uint32

// StatusSeverity is how bad a [Status] is.
type StatusSeverity uint8

// The severities of a Status: bit 0 means success, bit 2 that it is no use to go on.
const (
	StatusWarning StatusSeverity = 0
	StatusSuccess StatusSeverity = 1
	StatusError   StatusSeverity = 2
	StatusInfo    StatusSeverity = 3
	StatusSevere  StatusSeverity = 4
	StatusFatal   StatusSeverity = StatusError | StatusSevere
)

var statusSeverityNames = [...]string{"warning", "success", "error", "info", "severe", "", "fatal"}

func (s StatusSeverity) String() string {
	if int(s) < len(statusSeverityNames) && statusSeverityNames[s] != "" {
		return statusSeverityNames[s]
	}
	return "severity " + strconv.Itoa(int(s))
}

// The ECA codes, by number. The ones marked defunct are no longer sent by base.
const (
	ECANormal         = Status(0<<3) | Status(StatusSuccess)
	ECAMaxIOC         = Status(1<<3) | Status(StatusError)   // defunct
	ECAUknHost        = Status(2<<3) | Status(StatusError)   // defunct
	ECAUknServ        = Status(3<<3) | Status(StatusError)   // defunct
	ECASock           = Status(4<<3) | Status(StatusError)   // defunct
	ECAConn           = Status(5<<3) | Status(StatusWarning) // defunct
	ECAAllocMem       = Status(6<<3) | Status(StatusWarning)
	ECAUknChan        = Status(7<<3) | Status(StatusWarning) // defunct
	ECAUknField       = Status(8<<3) | Status(StatusWarning) // defunct
	ECAToLarge        = Status(9<<3) | Status(StatusWarning)
	ECATimeout        = Status(10<<3) | Status(StatusWarning)
	ECANoSupport      = Status(11<<3) | Status(StatusWarning) // defunct
	ECAStrToBig       = Status(12<<3) | Status(StatusWarning) // defunct
	ECADisconnChID    = Status(13<<3) | Status(StatusError)   // defunct
	ECABadType        = Status(14<<3) | Status(StatusError)
	ECAChIDNotFnd     = Status(15<<3) | Status(StatusInfo) // defunct
	ECAChIDRetry      = Status(16<<3) | Status(StatusInfo) // defunct
	ECAInternal       = Status(17<<3) | Status(StatusFatal)
	ECADblClFail      = Status(18<<3) | Status(StatusWarning) // defunct
	ECAGetFail        = Status(19<<3) | Status(StatusWarning)
	ECAPutFail        = Status(20<<3) | Status(StatusWarning)
	ECAAddFail        = Status(21<<3) | Status(StatusWarning) // defunct
	ECABadCount       = Status(22<<3) | Status(StatusWarning)
	ECABadStr         = Status(23<<3) | Status(StatusError)
	ECADisconn        = Status(24<<3) | Status(StatusWarning)
	ECADblChnl        = Status(25<<3) | Status(StatusWarning)
	ECAEvDisallow     = Status(26<<3) | Status(StatusError)
	ECABuildGet       = Status(27<<3) | Status(StatusWarning) // defunct
	ECANeedsFP        = Status(28<<3) | Status(StatusWarning) // defunct
	ECAOvEvFail       = Status(29<<3) | Status(StatusWarning) // defunct
	ECABadMonID       = Status(30<<3) | Status(StatusError)
	ECANewAddr        = Status(31<<3) | Status(StatusWarning) // defunct
	ECANewConn        = Status(32<<3) | Status(StatusInfo)    // defunct
	ECANoCACtx        = Status(33<<3) | Status(StatusWarning) // defunct
	ECADefunct        = Status(34<<3) | Status(StatusFatal)   // defunct
	ECAEmptyStr       = Status(35<<3) | Status(StatusWarning) // defunct
	ECANoRepeater     = Status(36<<3) | Status(StatusWarning) // defunct
	ECANoChanMsg      = Status(37<<3) | Status(StatusWarning) // defunct
	ECADlckRest       = Status(38<<3) | Status(StatusWarning) // defunct
	ECAServBehind     = Status(39<<3) | Status(StatusWarning) // defunct
	ECANoCast         = Status(40<<3) | Status(StatusWarning) // defunct
	ECABadMask        = Status(41<<3) | Status(StatusError)
	ECAIODone         = Status(42<<3) | Status(StatusInfo)
	ECAIOInProgress   = Status(43<<3) | Status(StatusInfo)
	ECABadSyncGrp     = Status(44<<3) | Status(StatusError)
	ECAPutCBInProg    = Status(45<<3) | Status(StatusError)
	ECANoRdAccess     = Status(46<<3) | Status(StatusWarning)
	ECANoWtAccess     = Status(47<<3) | Status(StatusWarning)
	ECAAnachronism    = Status(48<<3) | Status(StatusError)
	ECANoSearchAddr   = Status(49<<3) | Status(StatusWarning)
	ECANoConvert      = Status(50<<3) | Status(StatusWarning)
	ECABadChID        = Status(51<<3) | Status(StatusError)
	ECABadFuncPtr     = Status(52<<3) | Status(StatusError)
	ECAIsAttached     = Status(53<<3) | Status(StatusWarning)
	ECAUnavailInServ  = Status(54<<3) | Status(StatusWarning)
	ECAChanDestroy    = Status(55<<3) | Status(StatusWarning)
	ECABadPriority    = Status(56<<3) | Status(StatusError)
	ECANotThreaded    = Status(57<<3) | Status(StatusError)
	ECA16KArrayClient = Status(58<<3) | Status(StatusWarning)
	ECAConnSeqTmo     = Status(59<<3) | Status(StatusWarning)
	ECAUnrespTmo      = Status(60<<3) | Status(StatusWarning)
)

// statusTable is what each number is called and what it means.
var statusTable = [...]struct {
	name, text string
	severity   StatusSeverity
}{
	0:  {"ECA_NORMAL", "done", StatusSuccess},
	1:  {"ECA_MAXIOC", "too many servers", StatusError},
	2:  {"ECA_UKNHOST", "host not known", StatusError},
	3:  {"ECA_UKNSERV", "server not known", StatusError},
	4:  {"ECA_SOCK", "socket fault", StatusError},
	5:  {"ECA_CONN", "cannot connect", StatusWarning},
	6:  {"ECA_ALLOCMEM", "out of memory or over a limit", StatusWarning},
	7:  {"ECA_UKNCHAN", "no such channel", StatusWarning},
	8:  {"ECA_UKNFIELD", "no such field", StatusWarning},
	9:  {"ECA_TOLARGE", "request larger than the peer takes", StatusWarning},
	10: {"ECA_TIMEOUT", "no answer in time", StatusWarning},
	11: {"ECA_NOSUPPORT", "not supported", StatusWarning},
	12: {"ECA_STRTOBIG", "string too long", StatusWarning},
	13: {"ECA_DISCONNCHID", "channel is disconnected", StatusError},
	14: {"ECA_BADTYPE", "no such data type", StatusError},
	15: {"ECA_CHIDNOTFND", "channel not found", StatusInfo},
	16: {"ECA_CHIDRETRY", "channel still being searched", StatusInfo},
	17: {"ECA_INTERNAL", "internal error, or a request that breaks the protocol", StatusFatal},
	18: {"ECA_DBLCLFAIL", "library call failed", StatusWarning},
	19: {"ECA_GETFAIL", "read failed", StatusWarning},
	20: {"ECA_PUTFAIL", "write failed", StatusWarning},
	21: {"ECA_ADDFAIL", "subscribing failed", StatusWarning},
	22: {"ECA_BADCOUNT", "element count out of range", StatusWarning},
	23: {"ECA_BADSTR", "malformed string", StatusError},
	24: {"ECA_DISCONN", "disconnected", StatusWarning},
	25: {"ECA_DBLCHNL", "channel name given twice", StatusWarning},
	26: {"ECA_EVDISALLOW", "not allowed in an event handler", StatusError},
	27: {"ECA_BUILDGET", "cannot build and read at once", StatusWarning},
	28: {"ECA_NEEDSFP", "floating point needed", StatusWarning},
	29: {"ECA_OVEVFAIL", "event overflow", StatusWarning},
	30: {"ECA_BADMONID", "no such subscription", StatusError},
	31: {"ECA_NEWADDR", "server address has changed", StatusWarning},
	32: {"ECA_NEWCONN", "server connected anew", StatusInfo},
	33: {"ECA_NOCACTX", "no client context", StatusWarning},
	34: {"ECA_DEFUNCT", "peer or request is obsolete", StatusFatal},
	35: {"ECA_EMPTYSTR", "empty name", StatusWarning},
	36: {"ECA_NOREPEATER", "no repeater running", StatusWarning},
	37: {"ECA_NOCHANMSG", "no message for the channel", StatusWarning},
	38: {"ECA_DLCKREST", "search starts anew", StatusWarning},
	39: {"ECA_SERVBEHIND", "server falls behind", StatusWarning},
	40: {"ECA_NOCAST", "no broadcast address", StatusWarning},
	41: {"ECA_BADMASK", "event mask not valid", StatusError},
	42: {"ECA_IODONE", "asynchronous request complete", StatusInfo},
	43: {"ECA_IOINPROGRESS", "asynchronous request under way", StatusInfo},
	44: {"ECA_BADSYNCGRP", "synchronous group not valid", StatusError},
	45: {"ECA_PUTCBINPROG", "another write with completion is under way", StatusError},
	46: {"ECA_NORDACCESS", "read access denied", StatusWarning},
	47: {"ECA_NOWTACCESS", "write access denied", StatusWarning},
	48: {"ECA_ANACHRONISM", "function no longer offered", StatusError},
	49: {"ECA_NOSEARCHADDR", "no address to search", StatusWarning},
	50: {"ECA_NOCONVERT", "no such conversion", StatusWarning},
	51: {"ECA_BADCHID", "channel id not valid", StatusError},
	52: {"ECA_BADFUNCPTR", "function pointer not valid", StatusError},
	53: {"ECA_ISATTACHED", "already attached to a context", StatusWarning},
	54: {"ECA_UNAVAILINSERV", "not offered by the server", StatusWarning},
	55: {"ECA_CHANDESTROY", "channel has been removed", StatusWarning},
	56: {"ECA_BADPRIORITY", "priority out of range", StatusError},
	57: {"ECA_NOTTHREADED", "context is not preemptive", StatusError},
	58: {"ECA_16KARRAYCLIENT", "peer takes no arrays over 16 kB", StatusWarning},
	59: {"ECA_CONNSEQTMO", "connection sequence timed out", StatusWarning},
	60: {"ECA_UNRESPTMO", "circuit does not respond", StatusWarning},
}

// Number is the code without its severity, 0 to 60 for those there are.
func (s Status) Number() uint32 { return uint32(s) & 0xFFF8 >> 3 }

// Severity is the code's severity, as the code itself says.
func (s Status) Severity() StatusSeverity { return StatusSeverity(s & 7) }

// OK reports whether the code means success.
func (s Status) OK() bool { return s&Status(StatusSuccess) != 0 }

// Known reports whether s is one of the codes above.
func (s Status) Known() bool {
	n := s.Number()
	return n < uint32(len(statusTable)) && s == Status(n<<3)|Status(statusTable[n].severity)
}

// String is the code's name, for example "ECA_TIMEOUT", or "ECA 0x1234" for one
// that has none.
func (s Status) String() string {
	if s.Known() {
		return statusTable[s.Number()].name
	}
	return "ECA 0x" + strconv.FormatUint(uint64(s), 16)
}

// Text is what the code means, in a few words; "" for an unknown one.
func (s Status) Text() string {
	if s.Known() {
		return statusTable[s.Number()].text
	}
	return ""
}

// Error is name and meaning: "ECA_TIMEOUT: no answer in time".
func (s Status) Error() string {
	if t := s.Text(); t != "" {
		return s.String() + ": " + t
	}
	return s.String()
}

// StatusOf is the status to answer with for err: the first [Status] in its tree,
// ECANormal for nil, otherwise fallback.
func StatusOf(err error, fallback Status) Status {
	if err == nil {
		return ECANormal
	}
	if s, ok := errors.AsType[Status](err); ok {
		return s
	}
	return fallback
}
