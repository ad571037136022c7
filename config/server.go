package config

import (
	"math"
	"time"

	"github.com/ioclet/ioclet/ioc/caserver"
)

// server checks the settings of the Channel Access server.
func (c *checker) server() {
	keys, server := &c.keys.Server, &c.model.Server
	server.Port = c.serverPort(keys.Port)
	server.BeaconPort = c.serverPort(keys.BeaconPort)
	server.NoAutoBeacons = !keys.AutoBeacons.or(true)
	server.BeaconPeriod = keys.BeaconPeriod.Value
	c.notLong("beacon_period", keys.BeaconPeriod)
	server.MulticastTTL = keys.MulticastTTL.Value
	c.addresses(keys.Interfaces, server.ListenOn)
	c.addresses(keys.BeaconAddresses, server.SendBeaconsTo)
	c.addresses(keys.Ignore, server.Ignore)
	c.serverLimits(&server.Limits)
	single := len(server.InterfaceNames)
	for _, a := range server.Interfaces {
		if !a.IsMulticast() {
			single++
		}
	}
	for _, k := range keys.Interfaces.Value {
		if k.Value == "0.0.0.0" && single > 1 {
			c.problem(k.Pos, "", "%s is all interfaces: none can stand beside it", k.Value)
		}
	}
}

// serverLimits checks what clients may do.
func (c *checker) serverLimits(l *caserver.Limits) {
	keys := &c.keys.Server.Limits.Value
	number := func(name string, k key[int]) int {
		if k.Set && (k.Value <= 0 || k.Value > math.MaxInt32) {
			c.problem(k.Pos, "1 to 2147483647", "%s: %d", name, k.Value)
		}
		return k.Value
	}
	duration := func(name string, k key[time.Duration]) time.Duration {
		c.notLong(name, k)
		if k.Set && k.Value < time.Second {
			c.problem(k.Pos, "at least 1s", "%s: %v", name, k.Value)
		}
		return k.Value
	}
	if k := keys.ArrayBytes; k.Set && (k.Value < 16<<10 || k.Value > 1<<30) {
		c.problem(k.Pos, "16384 to 1073741824", "array_bytes: %d", k.Value)
	}
	*l = caserver.Limits{
		ArrayBytes:              uint32(keys.ArrayBytes.Value),
		Circuits:                number("circuits", keys.Circuits),
		CircuitsPerAddress:      number("circuits_per_address", keys.CircuitsPerAddress),
		Channels:                number("channels", keys.Channels),
		ChannelsPerCircuit:      number("channels_per_circuit", keys.ChannelsPerCircuit),
		Subscriptions:           number("subscriptions", keys.Subscriptions),
		SubscriptionsPerCircuit: number("subscriptions_per_circuit", keys.SubscriptionsPerCircuit),
		Puts:                    number("puts", keys.Puts),
		BufferBytes:             int64(number("buffer_bytes", keys.BufferBytes)),
		QueueBytes:              number("queue_bytes", keys.QueueBytes),
		SearchesPerAddress:      number("searches_per_address", keys.SearchesPerAddress),
		SearchBurst:             number("search_burst", keys.SearchBurst),
		HandshakeTime:           duration("handshake_time", keys.HandshakeTime),
		MessageTime:             duration("message_time", keys.MessageTime),
		WriteTime:               duration("write_time", keys.WriteTime),
	}
}

// serverPort is a port, 0 if none is given.
func (c *checker) serverPort(k key[uint16]) uint16 {
	if k.Set && k.Value == 0 {
		c.problem(k.Pos, "1 to 65535", "port 0")
	}
	return k.Value
}

// addresses gives add each text of a list.
func (c *checker) addresses(list key[[]key[string]], add func(string) error) {
	for _, a := range list.Value {
		if err := add(a.Value); err != nil && !a.Bad {
			c.problem(a.Pos, "", "%q %v", a.Value, err)
		}
	}
}
