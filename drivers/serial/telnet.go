package serial

import "encoding/binary"

// Telnet (RFC 854, 856, 858) as far as RFC 2217 needs it.
const (
	telnetSE   = 240
	telnetSB   = 250
	telnetWill = 251
	telnetWont = 252
	telnetDo   = 253
	telnetDont = 254
	telnetIAC  = 255

	optionBinary  = 0
	optionGoAhead = 3 // suppress go ahead
	optionComPort = 44
)

// Commands of the COM-PORT-OPTION (RFC 2217, 3). The server's answer to one is it plus 100.
const (
	comBaud    = 1
	comBits    = 2
	comParity  = 3
	comStop    = 4
	comControl = 5
	comSuspend = 8
	comResume  = 9
	comLine    = 10 // mask of line states to be told
	comModem   = 11 // mask of modem states to be told
	comPurge   = 12

	comAnswer = 100
)

// maxSuboption bounds what is kept of a suboption; those that matter have 5 bytes.
const maxSuboption = 64

// telnet is the state of a telnet connection on which we are the client. The zero value is
// that of a new one.
type telnet struct {
	state telnetState
	verb  byte
	sub   []byte // of a suboption, without its IAC SB
	cr    bool   // the last byte of data was a CR, on a connection that is not binary

	us, them   [256]bool // options that we, or the server, have on, or that we have asked for
	told       [256]bool // the server has had its say about what we offered
	refused    bool      // the server does not know RFC 2217
	suspended  bool      // the server wants nothing for now
	answers    [comPurge + 1]uint32
	answered   [comPurge + 1]bool
	reply      []byte // to be sent to the server
	binarySend bool   // the server takes binary data
	binaryRead bool   // the server sends binary data
}

type telnetState uint8

const (
	inData telnetState = iota
	inCommand
	inOption
	inSub
	inSubCommand
)

// begin offers and asks for what RFC 2217 needs.
func (t *telnet) begin() {
	for _, option := range []byte{optionComPort, optionBinary, optionGoAhead} {
		t.us[option] = true
		t.reply = append(t.reply, telnetIAC, telnetWill, option)
	}
	for _, option := range []byte{optionBinary, optionGoAhead} {
		t.them[option] = true
		t.reply = append(t.reply, telnetIAC, telnetDo, option)
	}
}

// ask sends a command of the COM-PORT-OPTION and forgets an older answer to it.
func (t *telnet) ask(command byte, data ...byte) {
	t.answered[command] = false
	t.reply = append(t.reply, telnetIAC, telnetSB, optionComPort, command)
	for _, b := range data {
		t.reply = append(t.reply, b)
		if b == telnetIAC {
			t.reply = append(t.reply, b)
		}
	}
	t.reply = append(t.reply, telnetIAC, telnetSE)
}

// encode appends data as it is sent.
func (t *telnet) encode(dst, data []byte) []byte {
	for i, b := range data {
		dst = append(dst, b)
		switch {
		case b == telnetIAC:
			dst = append(dst, b)
		case b == '\r' && !t.binarySend && (i+1 == len(data) || data[i+1] != '\n'):
			dst = append(dst, 0)
		}
	}
	return dst
}

// decode appends the data in what the server has sent, and acts on the rest.
func (t *telnet) decode(dst, in []byte) []byte {
	for _, b := range in {
		switch t.state {
		case inData:
			switch {
			case b == telnetIAC:
				t.state = inCommand
			case t.cr && b == 0: // it only keeps the CR from being half of a line's end
				t.cr = false
			default:
				dst = append(dst, b)
				t.cr = b == '\r' && !t.binaryRead
			}
		case inCommand:
			t.state = inData
			switch b {
			case telnetIAC:
				dst = append(dst, b)
				t.cr = false
			case telnetWill, telnetWont, telnetDo, telnetDont:
				t.state, t.verb = inOption, b
			case telnetSB:
				t.state, t.sub = inSub, t.sub[:0]
			}
		case inOption:
			t.state = inData
			t.negotiate(t.verb, b)
		case inSub:
			if b == telnetIAC {
				t.state = inSubCommand
			} else if len(t.sub) < maxSuboption {
				t.sub = append(t.sub, b)
			}
		case inSubCommand:
			t.state = inData
			switch b {
			case telnetSE:
				t.suboption(t.sub)
			case telnetIAC:
				t.state = inSub
				if len(t.sub) < maxSuboption {
					t.sub = append(t.sub, b)
				}
			}
		}
	}
	return dst
}

// negotiate answers what is news, so that the talk about an option ends.
func (t *telnet) negotiate(verb, option byte) {
	wanted := option == optionBinary || option == optionGoAhead || option == optionComPort
	answer := func(state *bool, on bool, yes, no byte) {
		switch {
		case on == *state: // what we asked for, or have
		case on && wanted:
			*state = true
			t.reply = append(t.reply, telnetIAC, yes, option)
		case on:
			t.reply = append(t.reply, telnetIAC, no, option)
		default:
			*state = false
			t.reply = append(t.reply, telnetIAC, no, option)
		}
	}
	switch verb {
	case telnetDo, telnetDont:
		t.told[option] = true
		answer(&t.us[option], verb == telnetDo, telnetWill, telnetWont)
		t.refused = t.refused || option == optionComPort && verb == telnetDont
	case telnetWill, telnetWont:
		answer(&t.them[option], verb == telnetWill, telnetDo, telnetDont)
	}
	if option == optionBinary {
		switch verb {
		case telnetDo, telnetDont:
			t.binarySend = verb == telnetDo
		case telnetWill, telnetWont:
			t.binaryRead = verb == telnetWill
		}
	}
}

// suboption acts on a message of the COM-PORT-OPTION.
func (t *telnet) suboption(b []byte) {
	if len(b) < 2 || b[0] != optionComPort {
		return
	}
	command, data := b[1], b[2:]
	switch {
	case command == comAnswer+comSuspend:
		t.suspended = true
	case command == comAnswer+comResume:
		t.suspended = false
	case command > comAnswer && int(command-comAnswer) < len(t.answers):
		command -= comAnswer
		switch len(data) {
		case 1:
			t.answers[command] = uint32(data[0])
		case 4:
			t.answers[command] = binary.BigEndian.Uint32(data)
		default:
			return
		}
		t.answered[command] = true
	}
}
