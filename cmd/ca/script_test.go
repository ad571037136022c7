package main

import (
	"errors"
	"os/exec"
	"strconv"
	"testing"

	"github.com/rogpeppe/go-internal/testscript"

	"github.com/ioclet/ioclet/client/clienttest"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
	"github.com/ioclet/ioclet/pv"
)

func TestMain(m *testing.M) { testscript.Main(m, map[string]func(){"ca": main}) }

// TestScripts runs the program itself, over the loopback, against a server with a
// few PVs. Each script has its own.
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		RequireExplicitExec: true,
		Setup: func(e *testscript.Env) error {
			srv := server()
			e.Defer(srv.Close)
			address, err := srv.Listen()
			if err != nil {
				return err
			}
			e.Vars = append(e.Vars,
				"EPICS_CA_ADDR_LIST="+address, "EPICS_CA_AUTO_ADDR_LIST=NO", "TZ=UTC", "GORACE=atexit_sleep_ms=0",
				// nobody listens there: a repeater of the machine stays out of it
				"EPICS_CA_REPEATER_PORT=5999")
			e.Values["server"] = srv
			return nil
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"wait-subscribed": waitSubscribed, "exec-code": execCode,
		},
	})
}

func server() *clienttest.Server {
	srv := clienttest.NewServer()
	stamp := pv.Stamp{Sec: 1163614509, Nsec: 166845678}
	for name, p := range map[string]clienttest.PV{
		"T:AO": {
			Type: dbr.Double, Value: pv.Float64Value(1.5),
			Info: pv.Info{Units: "V", Precision: 3, Control: pv.Limits{Low: -10, High: 10}},
		},
		"T:LO":   {Type: dbr.Long, Value: pv.Int32Value(-3), Alarm: pv.Alarm{Status: pv.StatusLow, Severity: pv.Minor}},
		"T:BO":   {Type: dbr.Enum, Value: pv.EnumValue(0), Info: pv.Info{Choices: []string{"Off", "On", "1st"}}},
		"T:STR":  {Type: dbr.String, Value: pv.StringValue("hello w")},
		"T:WF":   {Type: dbr.Double, Count: 5, Value: pv.ArrayValue([]float64{1, 2.5, -3e9})},
		"T:NONE": {Type: dbr.Double, Count: 5, Value: pv.ArrayValue([]float64{})},
		"T:TEXT": {Type: dbr.Char, Count: 100, Value: dbr.LongString("a long text")},
		"T:RO":   {Type: dbr.Long, Value: pv.Int32Value(7), Denied: protocol.AccessWrite},
		"T:WO":   {Type: dbr.Long, Value: pv.Int32Value(7), Denied: protocol.AccessRead},
		"T:DISP": {Type: dbr.Long, Value: pv.Int32Value(7), Refuse: protocol.ECAPutFail},
		"T:SLOW": {Type: dbr.Long, Value: pv.Int32Value(7), Held: true},
	} {
		p.Time = stamp
		srv.Add(name, p)
	}
	return srv
}

// waitSubscribed waits until there have been so many subscriptions.
func waitSubscribed(ts *testscript.TestScript, _ bool, args []string) {
	n, err := strconv.Atoi(args[0])
	ts.Check(err)
	ts.Value("server").(*clienttest.Server).AwaitSubscriptions(n)
}

// execCode runs a program and wants a certain exit code: exec-code CODE PROGRAM...
func execCode(ts *testscript.TestScript, _ bool, args []string) {
	err := ts.Exec(args[1], args[2:]...)
	code := 0
	var exit *exec.ExitError
	if errors.As(err, &exit) {
		code = exit.ExitCode()
	}
	if strconv.Itoa(code) != args[0] {
		ts.Fatalf("exit code %d, want %s", code, args[0])
	}
}
