package config

import "github.com/ioclet/ioclet/ioc/reccaster"

// caster announces the PVs, if the file wants that.
func (m *Model) caster() *reccaster.Caster {
	if !m.RecSync {
		return nil
	}
	return &reccaster.Caster{Infos: []reccaster.Info{
		{Key: "IOCNAME", Value: m.Name}, {Key: "ENGINEER", Value: m.engineer}, {Key: "LOCATION", Value: m.location},
	}}
}
