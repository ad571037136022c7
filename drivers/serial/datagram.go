package serial

// packetConn is a connection whose Read yields one datagram, as long as it has room for
// maxDatagram bytes.
type packetConn interface {
	Conn
	packets()
}

const maxDatagram = 64 << 10
