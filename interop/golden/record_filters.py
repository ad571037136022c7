"""Records softIoc's side of channel filters: which names it takes, and what the channels then
bring. The names go to a file of the package that reads them, the exchanges to the other
recordings. A case's script says what happened behind the client's back, step by step, with the
time stamp that each put gave the record."""

import contextlib
import json
import pathlib
import struct
import subprocess
import sys

import wire
from wire import CREATE_CHAN, CREATE_CH_FAIL, EVENT_ADD, READ_NOTIFY, WRITE_NOTIFY, message

NAMES = wire.HERE.parent.parent / "ioc" / "filter" / "testdata" / "softioc-names.txt"
STRING, CHAR, LONG, DOUBLE = 0, 4, 5, 6
TIME = 14
TIME_STRING, TIME_SHORT, TIME_ENUM, TIME_CHAR, TIME_LONG, TIME_DOUBLE, CTRL_DOUBLE = 14, 15, 17, 18, 19, 20, 34
VALUE, LOG, ALARM, PROPERTY = 1, 2, 4, 8


class Server:
    def __init__(self, port, beacons):
        self.process = subprocess.Popen(
            [sys.executable, str(wire.HERE / "filter_ioc.py")], env=wire.environment(port, beacons, TZ="UTC"),
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True)
        self.wait("running")
        self.writer = wire.Circuit(port).greet()
        self.sids = {}

    def wait(self, word):
        for line in self.process.stdout:
            if line.strip() == word:
                return
        raise RuntimeError("softIoc has ended")

    def command(self, line):
        self.process.stdin.write(line + "\n")
        self.process.stdin.flush()
        self.wait("done")

    def sid(self, pv):
        if pv not in self.sids:
            self.sids[pv] = self.writer.create(pv, len(self.sids) + 1)[0]
        return self.sids[pv]

    def put(self, pv, text):
        if pv == "F:TEXT" or "." in pv:
            kind, count, payload = STRING, 1, text.encode().ljust(40, b"\0")
        else:
            x = [float(w) for w in text.split(",")]
            kind, count, payload = DOUBLE, len(x), struct.pack(f">{len(x)}d", *x)
        self.writer.ask(message(WRITE_NOTIFY, payload, type=kind, count=count, p1=self.sid(pv), p2=1))

    def stamp(self, record):
        """The record's time stamp, as seconds.nanoseconds of EPICS's epoch."""
        [m] = self.writer.ask(message(READ_NOTIFY, type=TIME, count=1, p1=self.sid(record + ".DESC"), p2=1))
        return "%d.%09d" % struct.unpack(">II", m[20:28])

    def do(self, record, step):
        """Executes a step; returns it as it goes into the script."""
        what, _, rest = step.partition(" ")
        if what == "put":
            self.put(record, rest)
            return f"{step} @{self.stamp(record)}"
        if what == "field":
            field, _, value = rest.partition("=")
            self.put(f"{record}.{field}", value)
        elif what == "utag":
            self.command(f"utag {record} {rest}")
        else:
            self.command(step)
        return step


@contextlib.contextmanager
def serving():
    port = wire.free_port()
    server = Server(port, wire.free_port())
    try:
        yield port, server
    finally:
        server.process.kill()
        server.process.wait()


def names(port):
    """A line a name: the channel's type and count, or "refused", and the name."""
    lines = ["# Which names of channels softIoc takes: type and count of the channel, or refused. A name's", "# characters are its bytes.",
             f"# source: {wire.source()}", "# recorded by interop/golden/record_filters.py from filter_names.txt over filters.db"]
    c = wire.Circuit(port).greet()
    for line in (wire.HERE / "filter_names.txt").read_text().splitlines():
        if line.startswith("#"):
            continue
        name = json.loads(line)
        [m] = c.ask(message(CREATE_CHAN, name.encode("latin-1") + b"\0", p1=1, p2=13))
        if m[:2] == struct.pack(">H", CREATE_CH_FAIL):
            lines.append(f"refused {json.dumps(name)}")
            continue
        [m] = c.receive(1)
        kind, count = struct.unpack(">HH", m[4:8])
        lines.append(f"{wire.NATIVE[kind]} {count} {json.dumps(name)}")
    c.close()
    NAMES.parent.mkdir(parents=True, exist_ok=True)
    NAMES.write_text("\n".join(lines) + "\n")
    print(f"{NAMES.name}: {len(lines) - 4} names")


def exchange(port, server, out, what, pv, init, request, script=()):
    record = pv.partition(".")[0]
    init = [server.do(record, step) for step in init]
    c = wire.Circuit(port).greet()
    sid, _, _ = c.create(pv, 3)
    c.recording = out
    out.case(f"{what} {pv}")
    line = len(out.lines) - 1
    done = []
    for m, n in request(sid):
        c.send(m)
        c.receive(n, 0.2)
    for step in script:
        out.note(step)
        done.append(server.do(record, step))
        c.receive(9, 0.05)
    attributes = {"pv": pv, "init": ";".join(init), "script": ";".join(done)}
    out.lines[line] += "".join(f" {k}={json.dumps(v)}" for k, v in attributes.items() if v)
    c.close()


def monitor(port, server, out, pv, kind, count, mask, script, init=("put 0",), first=1):
    def request(sid):
        return [(message(EVENT_ADD, struct.pack(">fffH2x", 0, 0, 0, mask), type=kind, count=count, p1=sid, p2=42), first)]
    exchange(port, server, out, f"monitor {wire.DBR[kind]} {count} mask {mask}", pv, init, request, script)


def read(port, server, out, pv, rows, init=("put 0",)):
    def request(sid):
        return [(message(READ_NOTIFY, type=kind, count=count, p1=sid, p2=1), 1) for kind, count in rows]
    exchange(port, server, out, "read", pv, init, request)


def deadbands(*to):
    ao = "F:AO."
    monitor(*to, ao + "{dbnd:{abs:1}}", TIME_DOUBLE, 1, VALUE | ALARM, [
        "put 0.5", "put 1", "put 1.5", "put 2.1", "put 3.1", "put 60", "put 60.1", "put 40", "put 40.5", "field EGU=mV"])
    monitor(*to, ao + "{dbnd:{abs:1}}", TIME_DOUBLE, 1, 15, [
        "put 0.5", "put 2", "put 2.5", "field EGU=V", "field HSV=MAJOR", "put 49.9", "put 50", "put 50.5", "put 51.2", "put 1", "put 0.9",
        "field HSV=MINOR"])
    monitor(*to, ao + "{dbnd:{abs:1}}", TIME_DOUBLE, 1, ALARM, ["put 0.5", "put 2", "put 60", "put 60.1", "put 70", "put 49.5", "put 49"])
    monitor(*to, ao + "{dbnd:{abs:1}}", CTRL_DOUBLE, 1, PROPERTY, ["put 0.5", "put 2", "field EGU=k", "put 20", "field EGU=V"])
    monitor(*to, ao + "{dbnd:{abs:1}}", TIME_DOUBLE, 1, LOG, ["put 0.5", "put 2"])
    monitor(*to, ao + "{dbnd:{abs:100}}", TIME_DOUBLE, 1, VALUE | ALARM, ["put 60", "put 101", "put 40", "put 102", "put 170"])
    monitor(*to, ao + "{dbnd:{abs:100}}", TIME_DOUBLE, 1, 15, ["put 40", "field EGU=q", "put 101", "put 110"])
    monitor(*to, ao + "{dbnd:{rel:10}}", TIME_DOUBLE, 1, VALUE, [
        "put 100", "put 105", "put 110", "put 111", "put 122", "put 123", "put 0", "put 1", "put 2", "put -10", "put -10.5", "put -11.5"])
    monitor(*to, ao + "{dbnd:{m:'rel',d:10}}", TIME_DOUBLE, 1, VALUE, ["put 100", "put 105", "put 110", "put 111", "put 122"], ["put 50"])
    monitor(*to, ao + "{dbnd:{rel:50}}", TIME_DOUBLE, 1, VALUE | ALARM, ["put 60", "put 61", "put 80", "put 49", "put 60", "put 75"], ["put 40"])
    monitor(*to, ao + "{dbnd:{abs:0}}", TIME_DOUBLE, 1, VALUE, [
        "put 1", "put 1", "put 1.0001", "put nan", "put nan", "put 1", "put inf", "put inf", "put -inf", "put 1"])
    monitor(*to, ao + "{dbnd:{abs:NaN}}", TIME_DOUBLE, 1, VALUE, ["put 1", "put 2"], first=0)
    monitor(*to, ao + "{dbnd:{abs:1}}", TIME_DOUBLE, 1, VALUE, ["put 1", "put 1.5"], ["put nan"], first=0)
    monitor(*to, ao + "{dbnd:{abs:1}}", TIME_DOUBLE, 1, VALUE | ALARM, ["put 1", "put 1.5"], ["put nan"])
    monitor(*to, ao + "{dbnd:{abs:0}}", TIME_DOUBLE, 1, VALUE, ["put 1", "put 1", "put 2"], ["field MDEL=-1", "put 0"])
    monitor(*to, ao + "{dbnd:{d:-1}}", TIME_DOUBLE, 1, VALUE, ["put 1", "put 1", "put 2"])
    monitor(*to, ao + "{dbnd:{rel:-1}}", TIME_DOUBLE, 1, VALUE, ["put 100", "put 100", "put -100", "put -100.5", "put -102", "field MDEL=0"])
    monitor(*to, ao + "{dbnd:{}}", TIME_DOUBLE, 1, VALUE, ["put 1", "put 1", "put 2"])
    monitor(*to, "F:LONG.{dbnd:{abs:1.5}}", TIME_LONG, 1, VALUE, ["put 1", "put 2", "put 3", "put 4"])
    monitor(*to, "F:MODE.{dbnd:{abs:5}}", TIME_ENUM, 1, VALUE, ["put 1", "put 0"])
    monitor(*to, "F:TEXT.{dbnd:{abs:1}}", TIME_STRING, 1, VALUE, ["put 1", "put 2", "put 2.5", "put abc"])
    monitor(*to, "F:WF.{dbnd:{abs:1}}", TIME_LONG, 0, VALUE, ["put 1,2", "put 1,3", "put 1"])
    monitor(*to, "F:AO.DISV{dbnd:{abs:1}}", TIME_SHORT, 1, VALUE, ["field DISV=3", "field DISV=4", "field DISV=5", "field DISV=1"], ["field DISV=2", "put 1"])


def counts(*to):
    ao = "F:AO."
    monitor(*to, ao + "{dec:{n:3}}", TIME_DOUBLE, 1, VALUE | ALARM, [f"put {x}" for x in (1, 2, 3, 4, 5, 60, 61, 1)])
    monitor(*to, ao + "{dec:{n:1}}", TIME_DOUBLE, 1, VALUE, ["put 1", "put 2"])
    monitor(*to, ao + "{dec:{n:3}}", CTRL_DOUBLE, 1, 15, ["field EGU=a", "field EGU=b", "put 5", "put 6", "field EGU=c", "put 7", "put 8", "put 9"])
    monitor(*to, ao + "{dbnd:{abs:1},dec:{n:2}}", TIME_DOUBLE, 1, VALUE, ["put 0.5", "put 2", "put 2.5", "put 4", "put 6", "put 8"])
    monitor(*to, ao + "{dec:{n:2},dbnd:{abs:1}}", TIME_DOUBLE, 1, VALUE, ["put 0.5", "put 2", "put 2.5", "put 4", "put 6", "put 8"])
    monitor(*to, ao + "{utag:{M:3,V:1}}", TIME_DOUBLE, 1, VALUE, [
        "put 1", "utag 1", "put 2", "utag 2", "put 3", "utag 5", "put 4", "utag 4294967297", "put 5", "utag 0", "put 6"])
    monitor(*to, ao + "{utag:{M:3,V:1}}", TIME_DOUBLE, 1, 15, [
        "put 1", "field EGU=e", "utag 1", "put 2", "field EGU=f", "utag 2", "put 60", "utag 0"])
    monitor(*to, ao + "{utag:{}}", TIME_DOUBLE, 1, VALUE, ["put 1", "utag 1", "put 2", "utag 0", "put 3"])
    monitor(*to, ao + "{utag:{M:-1,V:-1}}", TIME_DOUBLE, 1, VALUE, [
        "put 1", "utag 1", "put 2", "utag 4294967295", "put 3", "utag 18446744073709551615", "put 4", "utag 0"])
    monitor(*to, ao + "{utag:{V:1}}", TIME_DOUBLE, 1, VALUE, ["put 1", "utag 1", "put 2", "utag 0"])


def states(*to):
    ao = "F:AO."
    for mode in ("before", "first", "while", "last", "after", "unless"):
        monitor(*to, ao + f"{{sync:{{m:'{mode}',s:'red'}}}}", TIME_DOUBLE, 1, VALUE, [
            "put 1", "put 2", "set red", "put 3", "put 4", "put 5", "clear red", "put 6", "put 7", "set red", "put 8", "clear red", "put 9",
            "put 10"], ["clear red", "put 0"], int(mode == "unless"))
        monitor(*to, ao + f"{{sync:{{{mode}:'red'}}}}", TIME_DOUBLE, 1, VALUE, ["put 1", "put 2", "clear red", "put 3", "put 4"],
                ["set red", "put 0"], int(mode in ("first", "while")))
        read(*to, ao + f"{{sync:{{{mode}:'red'}}}}", [(DOUBLE, 1)])
    monitor(*to, ao + "{sync:{while:'red'}}", TIME_DOUBLE, 1, 15, ["put 1", "field EGU=g", "put 60", "set red", "put 2", "field EGU=h"], ["clear red", "put 0"])
    monitor(*to, ao + "{sync:{before:'red'}}", TIME_DOUBLE, 1, 15, ["put 1", "field EGU=i", "put 60", "set red", "field EGU=V", "put 2"],
            ["clear red", "put 0"])
    monitor(*to, "F:WF.{sync:{before:'red'}}", TIME_LONG, 0, VALUE, ["put 1,2", "put 3,4", "set red", "put 5,6"], ["clear red", "put 0"], first=0)
    monitor(*to, "F:TEXT.{sync:{last:'red'}}", TIME_STRING, 1, VALUE, ["put one", "clear red", "put two"], ["set red", "put zero"], first=0)
    monitor(*to, ao + "{dec:{n:2},sync:{while:'red'}}", TIME_DOUBLE, 1, VALUE, ["set red", "put 1", "put 2", "put 3"], ["clear red", "put 0"], first=0)
    monitor(*to, ao + "{sync:{while:'red'},dec:{n:2}}", TIME_DOUBLE, 1, VALUE, ["put 1", "set red", "put 2", "put 3", "put 4", "clear red"],
            ["clear red", "put 0"], first=0)


def stamps(*to):
    for form in ("num:'dbl'", "num:'sec'", "num:'nsec'", "num:'ts'", "str:'epics'", "str:'iso'", "num:'ts',str:'iso'"):
        for epoch in ("", ",epoch:'unix'"):
            pv = f"F:AO.{{ts:{{{form}{epoch}}}}}"
            kind, count = TIME_STRING if "str" in form else TIME_DOUBLE, 2 if form == "num:'ts'" else 1
            monitor(*to, pv, kind, count, VALUE | ALARM, ["put 2", "put 60"], ["put 1"])
            read(*to, pv, [(kind, count), (STRING, count), (DOUBLE, 1), (TIME_DOUBLE, 3)])
    read(*to, "F:AO.{ts:{num:'ts'}}", [(TIME_DOUBLE, 0)])
    for form in ("num:'dbl'", "num:'dbl',epoch:'unix'", "str:'epics'", "str:'iso'"):
        read(*to, f"F:UDF.{{ts:{{{form}}}}}", [(TIME_STRING if "str" in form else TIME_DOUBLE, 0)], [])
    for record in ("F:TEXT", "F:MODE", "F:LONG"):
        read(*to, record + ".{ts:{num:'dbl'}}", [(TIME_DOUBLE, 0), (STRING, 0)], ["put 1"])
    for chain in ("ts:{num:'ts'}", "ts:{num:'ts'},arr:{s:1}", "arr:{s:1},ts:{num:'ts'}", "ts:{num:'dbl'},arr:{s:1}"):
        monitor(*to, f"F:WF.{{{chain}}}", TIME_DOUBLE, 0, VALUE, ["put 1,2", "put 2"], ["put 1"])
    monitor(*to, "F:AO.{ts:{num:'ts'},arr:{s:1}}", TIME_DOUBLE, 1, VALUE, ["put 1", "put 2"], ["put 1"])
    monitor(*to, "F:AO.{ts:{num:'sec'},dbnd:{abs:10}}", TIME_DOUBLE, 1, VALUE, ["put 10", "put 20", "put 30"], ["put 1"])
    monitor(*to, "F:AO.{dbnd:{abs:10},ts:{num:'sec'}}", TIME_DOUBLE, 1, VALUE, ["put 10", "put 20", "put 30"], ["put 1"])
    monitor(*to, "F:AO.DESC${ts:{num:'dbl'}}", TIME_DOUBLE, 0, VALUE, ["field DESC=xyz"], ["put 1"])


def parts(*to):
    for part in ("[2:5]", "[-2:]", "[1]", "[5]", "[0:2:9]", "[-3:-2]", "[-9:-8]", "{arr:{s:-3}}"):
        read(*to, "F:SHORT." + part, [(LONG, 0), (LONG, 1), (LONG, 3), (LONG, 9), (DOUBLE, 0), (STRING, 0), (TIME_LONG, 0)], ["put 0,1,2,3"])
    for count in (0, 4):
        monitor(*to, "F:SHORT.[2:5]", TIME_LONG, count, VALUE, ["put 1,2", "put 1,2,3", "put 1,2,3,4,5,6,7,8"], ["put 1"])
    monitor(*to, "F:SHORT.[-2:-1]", TIME_LONG, 0, VALUE, ["put 1,2", "put 1,2,3", "put 1,2,3,4,5,6,7,8"], ["put 1"])
    monitor(*to, "F:WF.{dbnd:{abs:1},arr:{s:1,e:1}}", TIME_LONG, 0, VALUE, ["put 1,2", "put 1,3", "put 1"], ["put 0,2"])
    monitor(*to, "F:WF.{arr:{s:0,e:0},dbnd:{abs:10}}", TIME_LONG, 0, VALUE, ["put 5,2", "put 20", "put 21,8"], ["put 1"])
    for part in ("[1:2]", "[0:3]", "[0:9]", "[2:]", "[5:]", "[6:]", "[7:]", "[0:2:5]", "[-3:-1]", "[1]"):
        read(*to, "F:AO.DESC$" + part, [(CHAR, 0), (CHAR, 8)], ["field DESC=abcdef", "put 1"])
    monitor(*to, "F:AO.DESC$[1:2]", TIME_CHAR, 0, VALUE, ["field DESC=ghijkl"], ["put 1"])
    for part in ("[1:4]", "[0:3]", "[5:]", "[5:30]", "[1]"):
        read(*to, "F:LSO.VAL$" + part, [(CHAR, 0), (CHAR, 2), (CHAR, 8)], ["field VAL=long text here"])
    read(*to, "F:STRINGS.[1:2]", [(STRING, 0), (STRING, 1), (STRING, 3)], [])
    for record in ("F:TEXT", "F:AO"):
        read(*to, record + ".[1:2]", [(STRING, 0)], ["put 1"])
    for count in (1, 2, 6, 11, 0):
        def write(sid, count=count):
            payload = struct.pack(f">{count}i", *range(100, 100 + count))
            return [(message(WRITE_NOTIFY, payload, type=LONG, count=count, p1=sid, p2=1), 1),
                    (message(READ_NOTIFY, type=LONG, count=0, p1=sid, p2=2), 1)]
        exchange(*to, f"write {count} and read", "F:SHORT.[1:5]", ["put 1,2,3,4,5,6,7,8"], write)


def main():
    with serving() as (port, server):
        names(port)
    with serving() as (port, server):
        out = wire.Recording("softioc-filters.txt", wire.source())
        for part in (deadbands, counts, states, stamps, parts):
            part(port, server, out)
        out.write()


if __name__ == "__main__":
    main()
