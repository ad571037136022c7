package interop_test

import (
	"bytes"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/ioclet/ioclet/ioc/record"
	"github.com/ioclet/ioclet/protocol"
	"github.com/ioclet/ioclet/protocol/dbr"
)

// behaviour is a record, and a script of puts to it: "FIELD text", words as one text.
type behaviour struct {
	name   string
	typ    record.Type
	fields string // "FIELD=text" …, separated by blanks
	watch  string // the fields whose events are noted
	script []string
}

// behaviours are what fields do to a record that processes: each script is played to
// softIoc and to us. A put is one with completion, so that the next one comes after
// what it started.
var behaviours = []behaviour{
	{
		"limits", record.AO, "HIHI=10 HIGH=5 LOW=-5 LOLO=-10 HHSV=MAJOR HSV=MINOR LSV=MINOR LLSV=MAJOR HYST=1",
		"VAL SEVR STAT ACKS LALM AMSG NSEV",
		[]string{"VAL 4", "VAL 5", "VAL 4.5", "VAL 3.9", "VAL 11", "VAL 9.5", "VAL 8", "VAL -11", "VAL 0", "HHSV INVALID", "VAL 12", "VAL 0"},
	},
	{
		"deadbands", record.AO, "MDEL=1 ADEL=3", "VAL MLST ALST OVAL",
		[]string{"VAL 0.5", "VAL 1.2", "VAL 2", "VAL 3.5", "MDEL -1", "VAL 3.5", "PROC 1", "MDEL 0", "VAL 3.5", "VAL 3.6"},
	},
	{
		"integer deadbands", record.Longin, "MDEL=2 ADEL=-1 HIGH=5 HSV=MINOR HYST=2", "VAL SEVR",
		[]string{"VAL 1", "VAL 3", "VAL 6", "VAL 4", "VAL 3", "VAL 2", "VAL 2"},
	},
	{
		"drive limits", record.AO, "DRVL=-5 DRVH=5 PREC=2", "VAL OVAL RVAL DRVH",
		[]string{"VAL 4.6", "VAL 7", "VAL -99", "DRVH 3", "VAL 4", "DRVH -9", "VAL 77"},
	},
	{
		"slope of an output", record.AO, "LINR=SLOPE ESLO=0.5 EOFF=1 ASLO=2 AOFF=3 ROFF=4 PREC=3", "VAL OVAL RVAL",
		[]string{"VAL 10", "VAL 10.2", "VAL -1000", "ESLO 0", "VAL 3", "ASLO 0", "VAL 4", "LINR 0", "VAL 1e300", "VAL -1e300", "VAL 2.5", "VAL -2.5"},
	},
	{
		"rate of an output", record.AO, "OROC=2 PREC=1", "VAL OVAL RVAL",
		[]string{"VAL 5", "PROC 1", "PROC 1", "PROC 1", "VAL -1", "PROC 1", "OROC 0", "VAL 100"},
	},
	{
		"table", record.AO, "LINR=typeKdegF", "VAL OVAL SEVR STAT",
		[]string{"VAL 1", "LINR 0"},
	},
	{
		"IVOA don't drive", record.AO, "HIHI=5 HHSV=INVALID IVOA=1 IVOV=-7", "VAL OVAL SEVR",
		[]string{"VAL 1", "VAL 6", "VAL 2"},
	},
	{
		"IVOA IVOV", record.AO, "HIHI=5 HHSV=INVALID IVOA=2 IVOV=-7", "VAL OVAL SEVR STAT",
		[]string{"VAL 1", "VAL 6", "VAL 2"},
	},
	{
		"IVOA of states", record.BO, "ZNAM=off ONAM=on OSV=INVALID IVOA=2 IVOV=0", "VAL SEVR STAT",
		[]string{"VAL on", "VAL off"},
	},
	{
		"raw conversion", record.AI, "SIMM=RAW SVAL=100 LINR=SLOPE ESLO=0.5 EOFF=1 ASLO=2 AOFF=3 ROFF=4 PREC=3", "VAL RVAL SEVR",
		[]string{"PROC 1", "SVAL 101.9", "PROC 1", "SVAL -1.5", "PROC 1", "LINR 0", "ASLO 0", "SIMM 1", "PROC 1", "SIMM 0"},
	},
	{
		"smoothing", record.AI, "SIMM=RAW SVAL=100 SMOO=0.75 PREC=4", "VAL RVAL",
		[]string{"PROC 1", "SVAL 200", "PROC 1", "PROC 1", "SMOO 0", "PROC 1"},
	},
	{
		"simulation", record.Longin, "SIMS=MINOR SVAL=5 HIGH=7 HSV=MAJOR", "VAL SEVR STAT SIMM",
		[]string{"PROC 1", "SIMM YES", "PROC 1", "SVAL 8", "PROC 1", "SIMM NO", "PROC 1"},
	},
	{
		"simulation without alarm", record.Int64in, "SVAL=5", "VAL SEVR STAT",
		[]string{"SIMM 1", "PROC 1"},
	},
	{
		"simulated states", record.MBBI, "ZRST=idle ONST=ramp ZRVL=3 ONVL=5 SVAL=1 SIMS=MAJOR", "VAL RVAL SEVR",
		[]string{"SIMM YES", "PROC 1", "SVAL 0", "PROC 1"},
	},
	{
		"simulated text", record.Stringin, "SVAL=hello SIMS=MINOR", "VAL SEVR OVAL",
		[]string{"SIMM YES", "PROC 1", "SVAL there", "SVAL there"},
	},
	{
		"simulated output", record.BO, "ZNAM=off ONAM=on SIMS=MINOR", "VAL RVAL SEVR STAT",
		[]string{"SIMM YES", "VAL on", "SIMM NO", "VAL off"},
	},
	{
		"slow simulation", record.AO, "SIMS=MINOR SIMM=YES SDLY=0.05", "VAL OVAL SEVR PACT",
		[]string{"VAL 1", "VAL 2", "PROC 1"},
	},
	{
		"SSCN", record.AI, "SSCN=Event", "SCAN SSCN SIMM",
		[]string{"SIMM NO"},
	},
	{
		"states", record.MBBO, "ZRST=a ONST=b TWST=c ZRVL=1 ONVL=2 TWVL=4 ONSV=MINOR TWSV=MAJOR COSV=MINOR UNSV=INVALID", "VAL RVAL SEVR STAT",
		[]string{"VAL a", "VAL b", "VAL b", "VAL c", "VAL 7", "VAL a", "ONSV MAJOR", "VAL b"},
	},
	{
		"two states", record.BI, "ZNAM=a ONAM=b OSV=MINOR COSV=MAJOR", "VAL SEVR STAT LALM MLST",
		[]string{"VAL b", "VAL b", "VAL a", "VAL b", "OSV MAJOR", "VAL b"},
	},
	{
		"disabled", record.Longout, "DISS=MINOR DISV=1", "VAL SEVR STAT DISA",
		[]string{"VAL 1", "DISA 1", "VAL 2", "PROC 1", "PROC 1", "DISA 0", "VAL 3", "PROC 1"},
	},
	{
		"no puts", record.Longout, "", "VAL DISP",
		[]string{"DISP 1", "VAL 2", "DESC x", "PROC 1", "DISP 0", "VAL 3"},
	},
	{
		"undefined", record.Longout, "UDFS=MINOR", "VAL SEVR STAT UDF",
		[]string{"PROC 1", "UDFS MAJOR", "PROC 1", "VAL 5", "UDF 1"},
	},
	{
		"alarm fields", record.Longout, "HIGH=3 HSV=MINOR HIHI=5 HHSV=MAJOR", "SEVR STAT ACKS ACKT AMSG NAMSG NSTA UDF",
		[]string{"VAL 4", "VAL 6", "VAL 4", "VAL 0"},
	},
	{
		"strings", record.Stringout, "", "VAL OVAL",
		[]string{"VAL one", "VAL one", "MPST Always", "VAL one", "APST Always", "VAL one", "VAL two"},
	},
	{
		"long strings", record.LSO, "", "VAL LEN OLEN",
		[]string{"VAL one", "VAL one", "VAL three", "MPST Always", "VAL three"},
	},
	{
		"properties", record.AO, "EGU=V", "VAL EGU HOPR PREC",
		[]string{"EGU mA", "EGU mA", "HOPR 5", "PREC 3", "DESC x"},
	},
}

// behaviourDifferences are the lines in which we differ from softIoc.
var behaviourDifferences = []struct{ pattern, why string }{
	{"long strings *", "softIoc posts LEN when a text is put, and again when it processes"},
	{"states 06 ONSV MAJOR", "the alarm of a change lasts one processing; in softIoc's mbbo until the state before comes back"},
}

// TestBehaviour plays the scripts to softIoc and to us.
func TestBehaviour(t *testing.T) {
	t.Parallel()
	var specs []record.Spec
	for i, b := range behaviours {
		fields := make(map[string]string)
		for _, f := range strings.Fields(b.fields) {
			name, text, _ := strings.Cut(f, "=")
			fields[name] = text
		}
		specs = append(specs, record.Spec{Name: fmt.Sprintf("T:%d", i), Type: b.typ, Fields: fields})
	}
	specs = append(specs, record.Spec{Name: "T:MARK", Type: record.Longout, Fields: map[string]string{"MDEL": "-1"}})
	compare(t, specs, behaviourDifferences, func(t *testing.T, port int) map[string]string {
		c, lines := dialRaw(t, port), make(map[string]string)
		mark := c.marker("T:MARK")
		for i, b := range behaviours {
			b.play(c, mark, fmt.Sprintf("T:%d", i), lines)
		}
		return lines
	})
}

func (b behaviour) play(c *rawCircuit, mark *marker, name string, lines map[string]string) {
	watched := strings.Fields(b.watch)
	channels := make(map[string]rawChannel)
	channel := func(field string) rawChannel {
		ch, ok := channels[field]
		if !ok {
			if ch, ok = c.create(name + "." + field); !ok {
				c.t.Errorf("no %s.%s", name, field)
			}
			channels[field] = ch
		}
		return ch
	}
	subs := make(map[uint32]string)
	for _, field := range watched[:min(len(watched), 8)] { // one ring of rsrv
		for _, e := range events {
			subs[c.subscribe(channel(field), dbr.StsString, e.mask)] = field + "." + e.letter
		}
	}
	c.send(mark.append(nil))
	mark.wait()
	for i, line := range b.script {
		field, text, _ := strings.Cut(line, " ")
		ch := channel(field)
		id := c.id()
		c.send(protocol.AppendWriteNotify(nil, uint16(dbr.String), 1, ch.sid, id, append([]byte(text), make([]byte, 40-len(text))...)))
		status := c.written(id)
		c.send(mark.append(nil))
		var said []string
		for _, e := range mark.wait() {
			said = append(said, fmt.Sprintf("%s=%d/%d/%s", subs[e.Param2], e.Payload[3], e.Payload[1], cString(e.Payload[4:])))
		}
		slices.Sort(said)
		var now bytes.Buffer
		for _, field := range watched {
			_, _, b := c.get(channel(field), dbr.String, 1)
			fmt.Fprintf(&now, " %s=%s", field, cString(b))
		}
		lines[fmt.Sprintf("%s %02d %s", b.name, i, line)] = fmt.Sprintf("%v;%s; events %v", status, now.String(), said)
	}
	for _, ch := range channels {
		c.clear(ch)
	}
}
