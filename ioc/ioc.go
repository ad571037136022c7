package ioc

import (
	"context"
	"fmt"
	"log/slog"
	"net"
	"sync/atomic"
	"time"

	"github.com/ioclet/ioclet/device"
	"github.com/ioclet/ioclet/ioc/access"
	"github.com/ioclet/ioclet/ioc/caserver"
	"github.com/ioclet/ioclet/ioc/record"
)

// IOC is a set of records with what stands behind them and the server in front of
// them. Make one with [New].
type IOC struct {
	// Server configures the Channel Access server; its zero value listens on
	// Channel Access's own ports on all interfaces. [caserver.ConfigFromEnv] makes
	// one of the EPICS_CAS_ variables. Set it before Run.
	Server caserver.Config
	// Log takes what happens; nil is slog.Default(). Set it before Run.
	Log *slog.Logger
	// Started is called by Run, if it is not nil, when the server's ports are open:
	// it tells which they are. It must not block.
	Started func(*caserver.Server)

	// ReadOnly keeps clients from writing anything. Set it before Run.
	ReadOnly bool
	// Policy decides what clients may do, in place of the rules of UseAccess. Set it
	// before Run.
	Policy caserver.Policy
	// HostsByAddress matches the hosts of access rules by the address that a client calls
	// from, not by the name it says it has. Set it before UseAccess.
	HostsByAddress bool
	// PutLog is told of the writes of clients. Set it before Run, which runs it.
	PutLog *access.PutLog

	control access.Control

	// immutable from Run on
	prefix   string
	database *record.Database
	ports    []*device.Port
	tasks    []task
	handlers []*handler
	problems []error // of making PVs, reported by Run

	listeners []net.Listener // of tests; nil: those of Server

	ran atomic.Bool
}

// task is a function that Every has been given.
type task struct {
	period time.Duration
	do     func(context.Context) error
}

// New is an IOC whose PV names begin with prefix.
func New(prefix string) *IOC {
	return &IOC{prefix: prefix, database: new(record.Database)}
}

// Database has the IOC's records, for front ends and tests.
func (i *IOC) Database() *record.Database { return i.database }

// AddPort runs p with the IOC; its records are made with [device.Port.Add]. Call it
// before Run.
func (i *IOC) AddPort(p *device.Port) { i.ports = append(i.ports, p) }

// Ports are the ports that AddPort was given.
func (i *IOC) Ports() []*device.Port { return i.ports }

// Every calls do when the IOC starts and then each period, in a goroutine of its
// own; a call that takes longer than the period makes the calls missed fall out. An
// error, or a panic, is logged when it appears and when it is gone; the calls go on.
// do must return soon after ctx ends, which it does when the IOC stops. Call Every
// before Run.
func (i *IOC) Every(period time.Duration, do func(ctx context.Context) error) {
	if period <= 0 {
		i.problems = append(i.problems, fmt.Errorf("every: period %v is not above 0", period))
		return
	}
	i.tasks = append(i.tasks, task{period, do})
}

func (i *IOC) log() *slog.Logger {
	if i.Log != nil {
		return i.Log
	}
	return slog.Default()
}
