package protocol

import "strconv"

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

// statusTable is what each code is called and what it means, by number.
var statusTable = [...]struct {
	code       Status
	name, text string
}{
	{ECANormal, "ECA_NORMAL", "done"},
	{ECAMaxIOC, "ECA_MAXIOC", "too many servers"},
	{ECAUknHost, "ECA_UKNHOST", "host not known"},
	{ECAUknServ, "ECA_UKNSERV", "server not known"},
	{ECASock, "ECA_SOCK", "socket fault"},
	{ECAConn, "ECA_CONN", "cannot connect"},
	{ECAAllocMem, "ECA_ALLOCMEM", "out of memory or over a limit"},
	{ECAUknChan, "ECA_UKNCHAN", "no such channel"},
	{ECAUknField, "ECA_UKNFIELD", "no such field"},
	{ECAToLarge, "ECA_TOLARGE", "request larger than the peer takes"},
	{ECATimeout, "ECA_TIMEOUT", "no answer in time"},
	{ECANoSupport, "ECA_NOSUPPORT", "not supported"},
	{ECAStrToBig, "ECA_STRTOBIG", "string too long"},
	{ECADisconnChID, "ECA_DISCONNCHID", "channel is disconnected"},
	{ECABadType, "ECA_BADTYPE", "no such data type"},
	{ECAChIDNotFnd, "ECA_CHIDNOTFND", "channel not found"},
	{ECAChIDRetry, "ECA_CHIDRETRY", "channel still being searched"},
	{ECAInternal, "ECA_INTERNAL", "internal error, or a request that breaks the protocol"},
	{ECADblClFail, "ECA_DBLCLFAIL", "library call failed"},
	{ECAGetFail, "ECA_GETFAIL", "read failed"},
	{ECAPutFail, "ECA_PUTFAIL", "write failed"},
	{ECAAddFail, "ECA_ADDFAIL", "subscribing failed"},
	{ECABadCount, "ECA_BADCOUNT", "element count out of range"},
	{ECABadStr, "ECA_BADSTR", "malformed string"},
	{ECADisconn, "ECA_DISCONN", "disconnected"},
	{ECADblChnl, "ECA_DBLCHNL", "channel name given twice"},
	{ECAEvDisallow, "ECA_EVDISALLOW", "not allowed in an event handler"},
	{ECABuildGet, "ECA_BUILDGET", "cannot build and read at once"},
	{ECANeedsFP, "ECA_NEEDSFP", "floating point needed"},
	{ECAOvEvFail, "ECA_OVEVFAIL", "event overflow"},
	{ECABadMonID, "ECA_BADMONID", "no such subscription"},
	{ECANewAddr, "ECA_NEWADDR", "server address has changed"},
	{ECANewConn, "ECA_NEWCONN", "server connected anew"},
	{ECANoCACtx, "ECA_NOCACTX", "no client context"},
	{ECADefunct, "ECA_DEFUNCT", "peer or request is obsolete"},
	{ECAEmptyStr, "ECA_EMPTYSTR", "empty name"},
	{ECANoRepeater, "ECA_NOREPEATER", "no repeater running"},
	{ECANoChanMsg, "ECA_NOCHANMSG", "no message for the channel"},
	{ECADlckRest, "ECA_DLCKREST", "search starts anew"},
	{ECAServBehind, "ECA_SERVBEHIND", "server falls behind"},
	{ECANoCast, "ECA_NOCAST", "no broadcast address"},
	{ECABadMask, "ECA_BADMASK", "event mask not valid"},
	{ECAIODone, "ECA_IODONE", "asynchronous request complete"},
	{ECAIOInProgress, "ECA_IOINPROGRESS", "asynchronous request under way"},
	{ECABadSyncGrp, "ECA_BADSYNCGRP", "synchronous group not valid"},
	{ECAPutCBInProg, "ECA_PUTCBINPROG", "another write with completion is under way"},
	{ECANoRdAccess, "ECA_NORDACCESS", "read access denied"},
	{ECANoWtAccess, "ECA_NOWTACCESS", "write access denied"},
	{ECAAnachronism, "ECA_ANACHRONISM", "function no longer offered"},
	{ECANoSearchAddr, "ECA_NOSEARCHADDR", "no address to search"},
	{ECANoConvert, "ECA_NOCONVERT", "no such conversion"},
	{ECABadChID, "ECA_BADCHID", "channel id not valid"},
	{ECABadFuncPtr, "ECA_BADFUNCPTR", "function pointer not valid"},
	{ECAIsAttached, "ECA_ISATTACHED", "already attached to a context"},
	{ECAUnavailInServ, "ECA_UNAVAILINSERV", "not offered by the server"},
	{ECAChanDestroy, "ECA_CHANDESTROY", "channel has been removed"},
	{ECABadPriority, "ECA_BADPRIORITY", "priority out of range"},
	{ECANotThreaded, "ECA_NOTTHREADED", "context is not preemptive"},
	{ECA16KArrayClient, "ECA_16KARRAYCLIENT", "peer takes no arrays over 16 kB"},
	{ECAConnSeqTmo, "ECA_CONNSEQTMO", "connection sequence timed out"},
	{ECAUnrespTmo, "ECA_UNRESPTMO", "circuit does not respond"},
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
	return n < uint32(len(statusTable)) && s == statusTable[n].code
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
