package client

import (
	"context"
	"log/slog"
	"net"
	"os"
	"os/user"
	"strings"
	"time"
)

// Defaults of a [Config].
const (
	DefaultServerPort        = 5064
	DefaultRepeaterPort      = 5065
	DefaultConnectionTimeout = 30 * time.Second
	DefaultMaxSearchPeriod   = 5 * time.Minute
	DefaultMaxPayload        = 64 << 20
)

// Config says where to look for servers and how long to wait for them. The zero
// Config asks every network the machine is on, as EPICS clients do when no
// variable is set.
type Config struct {
	// Addresses are the hosts to which name searches go as UDP datagrams,
	// "host" or "host:port"; without a port it is ServerPort. Broadcast
	// addresses are allowed. EPICS_CA_ADDR_LIST
	Addresses []string
	// OnlyAddresses keeps the broadcast addresses of the machine's networks out
	// of the search. EPICS_CA_AUTO_ADDR_LIST=NO
	OnlyAddresses bool
	// NameServers are servers asked over TCP, "host" or "host:port": for
	// networks which no datagram crosses. EPICS_CA_NAME_SERVERS
	NameServers []string

	ServerPort   uint16 // 0: 5064. EPICS_CA_SERVER_PORT
	RepeaterPort uint16 // 0: 5065. EPICS_CA_REPEATER_PORT

	// ConnectionTimeout is the silence of a server after which it is asked
	// whether it lives. 0: 30 s. EPICS_CA_CONN_TMO
	ConnectionTimeout time.Duration
	// MaxSearchPeriod is the longest time between two searches for a name that
	// nobody answers. 0: 5 min. EPICS_CA_MAX_SEARCH_PERIOD
	MaxSearchPeriod time.Duration
	// MaxPayload limits the bytes of one message from a server. A larger one is
	// dropped with a complaint in the log. 0: 64 MiB. EPICS_CA_MAX_ARRAY_BYTES, if
	// EPICS_CA_AUTO_ARRAY_BYTES is NO
	MaxPayload uint32

	// HostName and UserName are told to servers, whose access rules may look at
	// them. Empty: the machine's name, and that of the user whose process it is.
	HostName, UserName string

	// Log receives what a user should know: servers that come and go, names
	// that several servers offer. nil: slog.Default().
	Log *slog.Logger

	// Refused, if set, is told of plain writes that a server has refused; otherwise
	// they are logged. It must return at once and not use the Context.
	Refused func(*Error)

	// Dial opens a circuit and ListenPacket the socket of the searches; nil
	// means TCP and UDP over IPv4. Tests put in-memory connections here.
	Dial         func(ctx context.Context, address string) (net.Conn, error)
	ListenPacket func() (net.PacketConn, error)
}

// withDefaults is c with its zero fields filled in.
func (c Config) withDefaults() Config {
	if c.ServerPort == 0 {
		c.ServerPort = DefaultServerPort
	}
	if c.RepeaterPort == 0 {
		c.RepeaterPort = DefaultRepeaterPort
	}
	if c.ConnectionTimeout <= 0 {
		c.ConnectionTimeout = DefaultConnectionTimeout
	}
	if c.MaxSearchPeriod <= 0 {
		c.MaxSearchPeriod = DefaultMaxSearchPeriod
	}
	if c.MaxPayload == 0 {
		c.MaxPayload = DefaultMaxPayload
	}
	if c.HostName == "" {
		c.HostName = hostName()
	}
	if c.UserName == "" {
		c.UserName = userName()
	}
	if c.Log == nil {
		c.Log = slog.Default()
	}
	if c.Dial == nil {
		var d net.Dialer
		c.Dial = func(ctx context.Context, address string) (net.Conn, error) {
			return d.DialContext(ctx, "tcp4", address)
		}
	}
	if c.ListenPacket == nil {
		c.ListenPacket = func() (net.PacketConn, error) {
			return net.ListenUDP("udp4", nil)
		}
	}
	return c
}

func hostName() string {
	h, err := os.Hostname()
	if err != nil || h == "" {
		return "unknown"
	}
	return h
}

// userName is what the system calls the process's user, whatever $USER says (libca: osdProcess.c).
func userName() string {
	u, err := user.Current()
	if err != nil {
		return "unknown"
	}
	return u.Username[strings.LastIndexByte(u.Username, '\\')+1:] // of Windows: without the domain
}
