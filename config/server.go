package config

// server checks the settings of the Channel Access server.
func (c *checker) server() {
	keys, server := &c.keys.Server, &c.model.Server
	server.Port = c.serverPort(keys.Port)
	server.BeaconPort = c.serverPort(keys.BeaconPort)
	server.NoAutoBeacons = !keys.AutoBeacons.or(true)
	server.BeaconPeriod = keys.BeaconPeriod.Value
	c.notLong("beacon_period", keys.BeaconPeriod)
	c.addresses(keys.Interfaces, server.ListenOn)
	c.addresses(keys.BeaconAddresses, server.SendBeaconsTo)
	c.addresses(keys.Ignore, server.Ignore)
	if len(server.Interfaces) > 1 {
		for i, a := range server.Interfaces {
			if a.IsUnspecified() {
				c.problem(keys.Interfaces.Value[i].Pos, "", "%v is all interfaces: nothing else can stand beside it", a)
			}
		}
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
