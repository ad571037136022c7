package protocol_test

import (
	"bytes"
	"errors"
	"net/netip"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/pv"
)

func TestNextDrainsWhatIsTooLarge(t *testing.T) {
	lim := protocol.Limits{MaxPayload: 64}
	b := protocol.AppendWrite(nil, 6, 9, 1, 2, make([]byte, 72))
	b = protocol.AppendEcho(b)
	_, n, err := protocol.Next(b, lim)
	e, ok := errors.AsType[*protocol.Error](err)
	if !ok || n != 0 || e.Scope != protocol.ScopeMessage || e.Status != protocol.ECAToLarge {
		t.Fatalf("%d, %v", n, err)
	}
	if m, n, err := protocol.Next(b[e.Skip:], lim); err != nil || m.Command != protocol.CmdEcho || n != 16 {
		t.Errorf("behind %d bytes: %v, %d, %v", e.Skip, m.Command, n, err)
	}
	if _, _, err := protocol.Next(b[:16], lim); !errors.Is(err, protocol.ECAToLarge) {
		t.Errorf("with the header alone: %v", err)
	}
	if _, _, err := protocol.Next(protocol.AppendWrite(nil, 6, 8, 1, 2, make([]byte, 64)), lim); err != nil {
		t.Errorf("payload at the limit: %v", err)
	}
}

func TestPayloadCannotGrowIntoTheNextMessage(t *testing.T) {
	b := protocol.AppendEcho(protocol.AppendHostName(nil, "host"))
	m, _, err := protocol.Next(b, protocol.Limits{})
	if err != nil {
		t.Fatal(err)
	}
	if cap(m.Payload) != len(m.Payload) {
		t.Errorf("capacity %d of %d", cap(m.Payload), len(m.Payload))
	}
}

func TestFinishMessageChoosesTheForm(t *testing.T) {
	for _, test := range []struct {
		name            string
		expected, count uint32 // in the header given to BeginMessage
		payload         int
		final           uint32 // count in the header given to FinishMessage
		headerLen       int
	}{
		{"short as begun", 0, 1, 8, 1, 16},
		{"empty", 0, 0, 0, 0, 16},
		{"padded", 0, 3, 13, 3, 16},
		{"largest short", 0xFFF8, 0xFFFE, 0xFFF8, 0xFFFE, 16},
		{"padded into the long form", 0, 1, 0xFFF9, 1, 24},
		{"long as expected", 0x10000, 1, 0x10000, 1, 24},
		{"long by its count", 0, 0xFFFF, 8, 0xFFFF, 24},
		{"begun short, is long", 0, 1, 0x10000, 1, 24},
		{"begun long, is short", 0x10000, 0x2000, 16, 2, 16},
	} {
		t.Run(test.name, func(t *testing.T) {
			payload := bytes.Repeat([]byte{0xA5}, test.payload)
			h := protocol.Header{Command: protocol.CmdReadNotify, DataType: 6, Size: test.expected, Count: test.count}
			b := protocol.BeginMessage([]byte("before"), h)
			b = append(b, payload...)
			h.Count, h.Param1 = test.final, 1
			b = protocol.AppendEcho(protocol.FinishMessage(b, 6, h))
			m, n, err := protocol.Next(b[6:], protocol.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			if n-len(m.Payload) != test.headerLen {
				t.Errorf("header of %d bytes, want %d", n-len(m.Payload), test.headerLen)
			}
			if m.Count != test.final || m.Param1 != 1 || m.DataType != 6 {
				t.Errorf("header %+v", m.Header)
			}
			if !bytes.HasPrefix(m.Payload, payload) || len(bytes.Trim(m.Payload[len(payload):], "\x00")) > 0 {
				t.Errorf("payload %.60x…", m.Payload)
			}
			if h.Size = m.Size; !bytes.Equal(b[6:6+n], protocol.AppendMessage(nil, h, payload)) {
				t.Error("differs from AppendMessage")
			}
			if next, _, err := protocol.Next(b[6+n:], protocol.Limits{}); err != nil || next.Command != protocol.CmdEcho {
				t.Errorf("behind it %v, %v", next.Command, err)
			}
		})
	}
}

func TestErrorTextIsCut(t *testing.T) {
	for _, request := range []protocol.Header{{Command: protocol.CmdWrite}, {Command: protocol.CmdWrite, Count: 0x10000}} {
		b := protocol.AppendError(nil, 1, protocol.ECAPutFail, request, strings.Repeat("x", 1000))
		m, _, err := protocol.Next(b, protocol.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		e := m.ErrorReport()
		if m.Size != 512 || m.Payload[511] != 0 || len(e.Text) != 512-request.Len()-1 || e.Request != request {
			t.Errorf("payload of %d bytes, text of %d, request %+v", m.Size, len(e.Text), e.Request)
		}
		if !errors.Is(e, protocol.ECAPutFail) || !e.Remote {
			t.Errorf("%v", e)
		}
	}
}

func TestErrorReportWithoutRequest(t *testing.T) {
	for _, payload := range [][]byte{nil, make([]byte, 8), {0, 4, 0xFF, 0xFF, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0}} {
		m, _, err := protocol.Next(protocol.AppendMessage(nil, protocol.Header{Command: protocol.CmdError}, payload), protocol.Limits{})
		if err != nil {
			t.Fatal(err)
		}
		if e := m.ErrorReport(); e.Remote || e.Scope != protocol.ScopeCircuit {
			t.Errorf("%x: %v", payload, e)
		}
	}
}

func TestEventMask(t *testing.T) {
	good, _, _ := protocol.Next(protocol.AppendEventAdd(nil, 6, 1, 2, 3, pv.EventValue|pv.EventProperty), protocol.Limits{})
	if mask, err := good.EventMask(); err != nil || mask != pv.EventValue|pv.EventProperty {
		t.Errorf("%v, %v", mask, err)
	}
	for name, payload := range map[string][]byte{
		"none":      nil,
		"short":     make([]byte, 8),
		"zero":      make([]byte, 16),
		"nine bits": {12: 1, 15: 0},
	} {
		m := protocol.Message{Header: protocol.Header{Command: protocol.CmdEventAdd}, Payload: payload}
		_, err := m.EventMask()
		e, ok := errors.AsType[*protocol.Error](err)
		if !ok || e.Scope != protocol.ScopeCircuit || e.Status != protocol.ECAAllocMem {
			t.Errorf("%s: %v", name, err)
		}
	}
}

func TestSearchReplyPayloads(t *testing.T) {
	for _, test := range []struct {
		payload []byte
		minor   uint16
	}{{nil, 0}, {[]byte{0, 11}, 11}, {[]byte{0, 13, 0, 0, 0, 0, 0, 0}, 13}} {
		m := protocol.Message{
			Header:  protocol.Header{Command: protocol.CmdSearch, DataType: 5064, Param1: 0xC0000207, Param2: 4},
			Payload: test.payload,
		}
		want := protocol.SearchReply{CID: 4, Addr: netip.MustParseAddr("192.0.2.7"), Port: 5064, Minor: test.minor}
		if got := m.SearchReply(); got != want {
			t.Errorf("%x: %+v", test.payload, got)
		}
	}
}

func TestAddressesThatAreNotIPv4AreLeftOpen(t *testing.T) {
	v6, mapped := netip.MustParseAddr("2001:db8::1"), netip.MustParseAddr("::ffff:192.0.2.7")
	m, _, _ := protocol.Next(protocol.AppendBeacon(nil, v6, 1, 13, 0), protocol.Limits{})
	if m.Beacon().Addr.IsValid() {
		t.Errorf("%v", m.Beacon().Addr)
	}
	m, _, _ = protocol.Next(protocol.AppendSearchReplyUDP(nil, mapped, 1, 2, 13), protocol.Limits{})
	if got := m.SearchReply().Addr; got != mapped.Unmap() {
		t.Errorf("%v", got)
	}
}

func TestCheckName(t *testing.T) {
	long := strings.Repeat("n", protocol.MaxRecordName)
	for _, name := range []string{"X", "X.VAL", "Ünder", "\xff\xfe", long, long + ".VAL$", `X.{"arr":{"s":1}}`} {
		if err := protocol.CheckName(name); err != nil {
			t.Errorf("%q: %v", name, err)
		}
	}
	for _, name := range []string{"", "a\x00b", long + "n", "X." + strings.Repeat("n", protocol.MaxName)} {
		if _, ok := errors.AsType[*protocol.NameError](protocol.CheckName(name)); !ok {
			t.Errorf("%.70q was accepted", name)
		}
	}
}

func TestStatus(t *testing.T) {
	for _, test := range []struct {
		status   protocol.Status
		value    uint32
		name     string
		severity protocol.StatusSeverity
	}{ // caerr.h
		{protocol.ECANormal, 1, "ECA_NORMAL", protocol.StatusSuccess},
		{protocol.ECATimeout, 80, "ECA_TIMEOUT", protocol.StatusWarning},
		{protocol.ECABadType, 114, "ECA_BADTYPE", protocol.StatusError},
		{protocol.ECAInternal, 0x8e, "ECA_INTERNAL", protocol.StatusFatal},
		{protocol.ECAGetFail, 152, "ECA_GETFAIL", protocol.StatusWarning},
		{protocol.ECAPutFail, 160, "ECA_PUTFAIL", protocol.StatusWarning},
		{protocol.ECADefunct, 0x116, "ECA_DEFUNCT", protocol.StatusFatal},
		{protocol.ECANoRdAccess, 368, "ECA_NORDACCESS", protocol.StatusWarning},
		{protocol.ECANoWtAccess, 376, "ECA_NOWTACCESS", protocol.StatusWarning},
		{protocol.ECAConnSeqTmo, 0x1d8, "ECA_CONNSEQTMO", protocol.StatusWarning},
		{protocol.ECAUnrespTmo, 480, "ECA_UNRESPTMO", protocol.StatusWarning},
	} {
		if uint32(test.status) != test.value || test.status.String() != test.name || test.status.Severity() != test.severity {
			t.Errorf("%v: %d, %v", test.status, uint32(test.status), test.status.Severity())
		}
	}
	known := 0
	for s := range protocol.Status(61 << 3) {
		if !s.Known() {
			continue
		}
		known++
		if s.Text() == "" || !strings.HasPrefix(s.String(), "ECA_") || s.Error() != s.String()+": "+s.Text() {
			t.Errorf("%d: %v", s, s.Error())
		}
		if s.OK() != (s.Severity() == protocol.StatusSuccess || s.Severity() == protocol.StatusInfo) {
			t.Errorf("%v: OK %v", s, s.OK())
		}
	}
	if known != 61 {
		t.Errorf("%d known codes, want 61", known)
	}
	if s := protocol.Status(61 << 3); s.Known() || s.String() != "ECA 0x1e8" || s.Text() != "" {
		t.Errorf("%v", s)
	}
}

func TestNames(t *testing.T) {
	for got, want := range map[string]string{
		protocol.CmdVersion.String():              "VERSION",
		protocol.CmdServerDisconn.String():        "SERVER_DISCONN",
		protocol.CmdRepeaterRegister.String():     "REPEATER_REGISTER",
		protocol.Command(99).String():             "command 99",
		protocol.ScopeCircuit.String():            "circuit",
		protocol.StatusFatal.String():             "fatal",
		protocol.StatusSeverity(5).String():       "severity 5",
		(&protocol.NameError{"a", "why"}).Error(): `channel name "a": why`,
		(&protocol.Error{Remote: true, Command: 4, Status: protocol.ECAPutFail, Text: "no"}).Error(): "channel access: peer reports: WRITE: ECA_PUTFAIL: no",
	} {
		if got != want {
			t.Errorf("%q, want %q", got, want)
		}
	}
}

func TestAppendDoesNotAllocate(t *testing.T) {
	buf := make([]byte, 0, 4096)
	payload := make([]byte, 100)
	allocs := testing.AllocsPerRun(100, func() {
		b := protocol.AppendVersion(buf, 0, 13)
		b = protocol.AppendSearch(b, 1, "NAME", 13, protocol.DontReply)
		b = protocol.AppendSearchReplyUDP(b, netip.Addr{}, 5064, 1, 13)
		b = protocol.AppendCreateChanReply(b, 6, 1, 1, 2)
		b = protocol.AppendAccessRights(b, 1, protocol.AccessRead)
		b = protocol.AppendEventAdd(b, 20, 1, 2, 3, pv.EventValue)
		b = protocol.AppendWriteNotify(b, 6, 1, 2, 3, payload)
		b = protocol.AppendWriteNotifyReply(b, 6, 1, protocol.ECANormal, 3)
		b = protocol.AppendError(b, 1, protocol.ECAPutFail, protocol.Header{}, "text")
		start := len(b)
		h := protocol.EventReply(20, 1, protocol.ECANormal, 3)
		b = protocol.FinishMessage(append(protocol.BeginMessage(b, h), payload...), start, h)
		for len(b) > 0 {
			m, n, err := protocol.Next(b, protocol.Limits{})
			if err != nil {
				t.Fatal(err)
			}
			_, _ = m.Text()
			b = b[n:]
		}
	})
	if allocs != 0 {
		t.Errorf("%v allocations", allocs)
	}
}
