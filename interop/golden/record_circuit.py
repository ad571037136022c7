"""Records softIoc's side of everything but reads: greeting, channels, puts, monitors, and what
it does with requests that are wrong."""

import struct

import wire
from wire import (ACCESS_RIGHTS, BEACON, CLEAR_CHANNEL, CLIENT_NAME, CREATE_CHAN, CREATE_CH_FAIL, ECHO, ERROR,
                  EVENT_ADD, EVENT_CANCEL, EVENTS_OFF, EVENTS_ON, HOST_NAME, NOT_FOUND, READ, READ_NOTIFY, READ_SYNC,
                  REPEATER_CONFIRM, REPEATER_REGISTER, SEARCH, VERSION, WRITE, WRITE_NOTIFY, message, name)

SHORT, ENUM, LONG, DOUBLE, TIME_DOUBLE, CTRL_DOUBLE = 1, 3, 5, 6, 20, 34
VALUE, LOG, ALARM, PROPERTY = 1, 2, 4, 8


def create(pv, cid, minor=13):
    return message(CREATE_CHAN, name(pv), p1=cid, p2=minor)


def event_add(kind, count, sid, subid, mask):
    return message(EVENT_ADD, struct.pack(">fffH2x", 0, 0, 0, mask), type=kind, count=count, p1=sid, p2=subid)


def double(x):
    return struct.pack(">d", x)


def text40(s):
    return s.encode().ljust(40, b"\0")


def greeting(port, out):
    out.case("greeting: the server speaks first")
    c = wire.Circuit(port, out)
    c.receive(1)
    c.close()

    out.case("greeting of a client")
    c = wire.Circuit(port, out)
    c.send(message(VERSION, type=0, count=13) + message(HOST_NAME, name("host")) + message(CLIENT_NAME, name("user")))
    c.receive(1)
    out.note("an answered echo shows that the rest is answered by nothing")
    c.ask(message(ECHO))
    c.close()

    out.case("echo before version, then version")
    c = wire.Circuit(port, out)
    c.receive(1)
    c.ask(message(ECHO))
    c.send(message(VERSION, count=13))
    c.ask(message(ECHO))
    c.close()

    out.case("priority 99")
    c = wire.Circuit(port, out)
    c.receive(1)
    c.send(message(VERSION, type=99, count=13))
    c.ask(message(ECHO))
    c.close()
    for what, kind, minor in [("priority 100", 100, 13), ("minor version 3", 0, 3)]:
        out.case(what)
        c = wire.Circuit(port, out)
        c.receive(1)
        c.send(message(VERSION, type=kind, count=minor))
        c.receive(1, 2)
        c.close()


def channels(port, out):
    for pv in ["G:AI", "G:MBBI", "G:STRINGIN", "G:WF:BIG", "G:WF:CHARS", "G:LSI", "G:LSI.VAL$", "G:AI.DESC", "G:AI.DESC$",
               "G:AI.RTYP", "G:AI.SCAN", "G:AI.TIME", "G:INT64", "P:READONLY", "P:NOACCESS", "G:AI.{\"ts\":{}}",
               "G:WF:LONG.VAL[1:3]", "G:AI.VAL"]:
        c = wire.Circuit(port, out).greet()
        out.case(f"create {pv}", pv=pv, cid=77)
        c.ask(create(pv, 77), 2)
        c.close()
    for pv in ["G:NONE", "G:AI.NONE", "G:AI.{\"none\":{}}", "G:AI.VAL$", "G:AI$", "G:WF:LONG[1:3]", "X" * 70]:
        c = wire.Circuit(port, out).greet()
        out.case(f"create refused {pv}", pv=pv, cid=78)
        c.ask(create(pv, 78), 1)
        c.ask(message(ECHO))
        c.close()
    c = wire.Circuit(port, out).greet()
    out.case("empty name: no answer")
    c.send(create("", 79))
    c.ask(message(ECHO))
    c.close()
    c = wire.Circuit(port, out).greet()
    out.case("two channels of one name, then clear both")
    c.ask(create("G:AI", 1) + create("G:AI", 1), 4)
    c.close()
    c = wire.Circuit(port).greet()
    sid, _, _ = c.create("G:AI", 5)
    c.recording = out
    out.case("clear channel", sid=sid, cid=5)
    c.ask(message(CLEAR_CHANNEL, p1=sid, p2=5))
    c.close()
    c = wire.Circuit(port, out).greet()
    out.case("search on a circuit: found, then not found with and without DOREPLY")
    c.ask(message(SEARCH, name("G:AI"), type=10, count=13, p1=500, p2=500))
    c.ask(message(SEARCH, name("G:NONE"), type=10, count=13, p1=501, p2=501))
    c.send(message(SEARCH, name("G:NONE"), type=5, count=13, p1=502, p2=502))
    c.ask(message(ECHO))
    c.close()


def puts(port, out):
    rows = [
        ("P:AO", DOUBLE, 1, double(2.5)), ("P:AO", SHORT, 1, struct.pack(">h", -3)), ("P:AO", 0, 1, text40("1.25")),
        ("P:AO", 0, 1, text40("none")), ("P:AO", DOUBLE, 1, double(99)), ("P:AO", CTRL_DOUBLE, 1, b"\0" * 88),
        ("P:AO", TIME_DOUBLE, 1, b"\0" * 24),
        ("P:LONGOUT", LONG, 1, struct.pack(">i", -70000)), ("P:LONGOUT", DOUBLE, 1, double(3.99)),
        ("P:STRINGOUT", 0, 1, b"short\0"), ("P:STRINGOUT", 0, 1, text40("as long as a string may be: 39 bytes.")),
        ("P:STRINGOUT", DOUBLE, 1, double(3.99)),
        ("P:BO", ENUM, 1, struct.pack(">H", 1)), ("P:BO", 0, 1, text40("Off")), ("P:BO", 0, 1, text40("Nope")),
        ("P:MBBO", 0, 1, text40("two")), ("P:MBBO", 0, 1, text40("2")), ("P:MBBO", ENUM, 1, struct.pack(">H", 9)),
        ("P:WF", LONG, 3, struct.pack(">3i", 1, 2, 3)), ("P:WF", LONG, 11, struct.pack(">11i", *range(11))),
        ("P:WF", LONG, 0, b""), ("P:WF", DOUBLE, 2, double(1.9) + double(-2.9)),
        ("P:LSO.VAL$", 4, 60, b"a long string put as characters".ljust(60, b"\0")),
        ("P:LSO", 0, 1, text40("put as a string")),
        ("P:AO.EGU", 0, 1, text40("kV")), ("P:AO.HOPR", DOUBLE, 1, double(12)), ("P:AO.PREC", SHORT, 1, struct.pack(">h", 4)),
        ("P:AO.RTYP", 0, 1, text40("ai")), ("P:AO.PROC", 4, 1, b"\1"),
        ("P:READONLY", LONG, 1, struct.pack(">i", 1)), ("P:NOACCESS", LONG, 1, struct.pack(">i", 1)),
    ]
    for command, verb in ((WRITE_NOTIFY, "put-notify"), (WRITE, "put")):
        for pv, kind, n, data in rows:
            c = wire.Circuit(port).greet()
            sid, native, count = c.create(pv, 3)
            c.recording = out
            out.case(f"{verb} {pv} {wire.DBR[kind]} {n}", pv=pv, type=kind, count=n)
            c.send(message(command, data, type=kind, count=n, p1=sid, p2=900))
            if command == WRITE_NOTIFY:
                c.receive(1)
            out.note("the value after it")
            answers = c.ask(message(READ_NOTIFY, type=native, count=0, p1=sid, p2=901))
            while answers and answers[0][1] != READ_NOTIFY:
                answers = c.receive(1)
            c.close()


def monitors(port, out):
    writer = wire.Circuit(port).greet()
    sids = {pv: writer.create(pv, i)[0] for i, pv in enumerate(["M:AO", "M:MBBO", "M:STRING", "M:WF", "M:AO.EGU"])}

    def put(pv, kind, data, n=1):
        quiet, writer.recording = writer.recording, None
        writer.ask(message(WRITE_NOTIFY, data, type=kind, count=n, p1=sids[pv], p2=1))
        writer.recording = quiet

    for kind in [*range(35), 37, 38]:
        c = wire.Circuit(port).greet()
        sid, _, _ = c.create("M:AO", 6)
        c.recording = out
        out.case(f"monitor M:AO {wire.DBR[kind]}: first event, change, cancel", pv="M:AO", type=kind)
        put("M:AO", DOUBLE, double(1))
        c.ask(event_add(kind, 1, sid, 42, VALUE | ALARM))
        put("M:AO", DOUBLE, double(2.75))
        out.note("another client puts 2.75")
        c.receive(1, 1)
        c.ask(message(EVENT_CANCEL, type=kind, p1=sid, p2=42))
        c.close()

    for what, mask, values in [
            ("VALUE: below and above MDEL 0.5", VALUE, [1.25, 1.75]), ("LOG: below and above ADEL 2", LOG, [2.5, 3.25]),
            ("ALARM: into and out of HIGH", ALARM, [4, 6, 7, 1]), ("PROPERTY: only the first", PROPERTY, [1.25, 1.75, 6]),
            ("all: several classes at once are one event", 15, [3, 6, 6]), ("an equal value", VALUE | LOG | ALARM, [1, 1])]:
        c = wire.Circuit(port).greet()
        sid, _, _ = c.create("M:AO", 6)
        put("M:AO", DOUBLE, double(100))
        put("M:AO", DOUBLE, double(1))
        c.recording = out
        out.case(f"monitor mask {what}", pv="M:AO", mask=mask)
        c.ask(event_add(TIME_DOUBLE, 1, sid, 43, mask))
        for x in values:
            put("M:AO", DOUBLE, double(x))
            out.note(f"another client puts {x}")
            c.receive(1, 0.2)
        c.close()

    c = wire.Circuit(port).greet()
    sid, _, _ = c.create("M:AO", 6)
    c.recording = out
    out.case("monitor PROPERTY: units change", pv="M:AO", mask=PROPERTY)
    c.ask(event_add(CTRL_DOUBLE, 1, sid, 44, PROPERTY))
    put("M:AO.EGU", 0, text40("mV"))
    out.note("another client puts mV to M:AO.EGU")
    c.receive(1, 0.5)
    put("M:AO.EGU", 0, text40("V"))
    c.close()

    for pv, kind, n, new in [("M:WF", LONG, 0, (LONG, 2, struct.pack(">2i", 7, 8))), ("M:WF", LONG, 5, (LONG, 2, struct.pack(">2i", 9, 8))),
                             ("M:WF", LONG, 1, (LONG, 3, struct.pack(">3i", 7, 8, 9))), ("M:WF", LONG, 7, (LONG, 4, struct.pack(">4i", 6, 7, 8, 9))),
                             ("M:WF", LONG, 0, (LONG, 0, b"")), ("M:WF", TIME_DOUBLE, 0, (LONG, 2, struct.pack(">2i", 1, 2))),
                             ("M:MBBO", 17, 0, (ENUM, 1, b"\0\1")), ("M:STRING", 14, 0, (0, 1, text40("second")))]:
        c = wire.Circuit(port).greet()
        sid, _, _ = c.create(pv, 6)
        c.recording = out
        out.case(f"monitor {pv} {wire.DBR[kind]} {n}", pv=pv, type=kind, count=n)
        c.ask(event_add(kind, n, sid, 45, VALUE | ALARM))
        put(pv, new[0], new[2], new[1])
        out.note("another client puts a new value")
        c.receive(1, 1)
        c.close()

    c = wire.Circuit(port).greet()
    sid, _, _ = c.create("M:AO", 6)
    put("M:AO", DOUBLE, double(1))
    c.recording = out
    out.case("events off, three puts, events on: the newest arrives", pv="M:AO")
    c.ask(event_add(DOUBLE, 1, sid, 46, VALUE))
    c.send(message(EVENTS_OFF))
    c.ask(message(ECHO))
    for x in (2, 3, 4):
        put("M:AO", DOUBLE, double(x))
    out.note("another client puts 2, 3 and 4")
    c.receive(1, 0.5)
    c.send(message(EVENTS_ON))
    c.receive(3, 0.5)
    c.close()

    c = wire.Circuit(port).greet()
    sid, _, _ = c.create("M:AO", 6)
    c.recording = out
    out.case("clear a channel that is monitored: no event after the answer", pv="M:AO")
    c.ask(event_add(DOUBLE, 1, sid, 47, VALUE))
    c.ask(message(CLEAR_CHANNEL, p1=sid, p2=6))
    put("M:AO", DOUBLE, double(1))
    c.ask(message(ECHO))
    c.close()
    writer.close()


def errors(port, out):
    echo = message(ECHO)
    ok = struct.pack(">i", 1)
    rows = [
        ("read-notify of an unknown sid", lambda sid: message(READ_NOTIFY, type=DOUBLE, count=1, p1=0x7FFF0000, p2=1)),
        ("read of an unknown sid", lambda sid: message(READ, type=DOUBLE, count=1, p1=0x7FFF0000, p2=1)),
        ("write of an unknown sid", lambda sid: message(WRITE, double(1), type=DOUBLE, count=1, p1=0x7FFF0000, p2=1)),
        ("write-notify of an unknown sid", lambda sid: message(WRITE_NOTIFY, double(1), type=DOUBLE, count=1, p1=0x7FFF0000, p2=1)),
        ("event-add of an unknown sid", lambda sid: event_add(DOUBLE, 1, 0x7FFF0000, 1, 1)),
        ("event-cancel of an unknown sid", lambda sid: message(EVENT_CANCEL, type=DOUBLE, p1=0x7FFF0000, p2=1)),
        ("event-cancel of an unknown subscription", lambda sid: message(EVENT_CANCEL, type=DOUBLE, p1=sid, p2=99)),
        ("clear of an unknown sid", lambda sid: message(CLEAR_CHANNEL, p1=0x7FFF0000, p2=1)),
        ("read-notify of type 39", lambda sid: message(READ_NOTIFY, type=39, count=1, p1=sid, p2=1)),
        ("read of type 39", lambda sid: message(READ, type=39, count=1, p1=sid, p2=1)),
        ("write of type 39", lambda sid: message(WRITE, double(1), type=39, count=1, p1=sid, p2=1)),
        ("write-notify of type 39", lambda sid: message(WRITE_NOTIFY, double(1), type=39, count=1, p1=sid, p2=1)),
        ("event-add of type 39", lambda sid: event_add(39, 1, sid, 1, 1)),
        ("read-notify of PUT_ACKT", lambda sid: message(READ_NOTIFY, type=35, count=1, p1=sid, p2=1)),
        ("write-notify of CTRL_DOUBLE", lambda sid: message(WRITE_NOTIFY, b"\0" * 88, type=CTRL_DOUBLE, count=1, p1=sid, p2=1)),
        ("write-notify of PUT_ACKT", lambda sid: message(WRITE_NOTIFY, b"\0\1", type=35, count=1, p1=sid, p2=1)),
        ("write-notify of PUT_ACKS", lambda sid: message(WRITE_NOTIFY, b"\0\1", type=36, count=1, p1=sid, p2=1)),
        ("write of text that is no number", lambda sid: message(WRITE, text40("none"), type=0, count=1, p1=sid, p2=1)),
        ("write-notify of text that is no number", lambda sid: message(WRITE_NOTIFY, text40("none"), type=0, count=1, p1=sid, p2=1)),
        ("write with a payload shorter than its count", lambda sid: message(WRITE, double(1), type=DOUBLE, count=4, p1=sid, p2=1)),
        ("write-notify with a payload shorter than its count", lambda sid: message(WRITE_NOTIFY, double(1), type=DOUBLE, count=4, p1=sid, p2=1)),
        ("event-add mask 0", lambda sid: event_add(DOUBLE, 1, sid, 1, 0)),
        ("event-add mask 0x100", lambda sid: event_add(DOUBLE, 1, sid, 1, 0x100)),
        ("event-add without payload", lambda sid: message(EVENT_ADD, type=DOUBLE, count=1, p1=sid, p2=1)),
        ("event-add twice with one subscription id", lambda sid: event_add(DOUBLE, 1, sid, 1, 1) * 2),
        ("a payload size that is no multiple of 8", lambda sid: message(WRITE_NOTIFY, double(1) + b"\0", type=DOUBLE, count=1, p1=sid, p2=1, pad=False)),
        ("extended header around a small payload", lambda sid: message(WRITE_NOTIFY, double(1), type=DOUBLE, count=1, p1=sid, p2=1, extended=True)),
        ("client name after a channel", lambda sid: message(CLIENT_NAME, name("other"))),
        ("host name after a channel", lambda sid: message(HOST_NAME, name("other"))),
        ("read-sync", lambda sid: message(READ_SYNC)),
        ("read-notify of a channel without read access", lambda sid: message(READ_NOTIFY, type=LONG, count=1, p1=sid, p2=1), "P:NOACCESS"),
        ("read of a channel without read access", lambda sid: message(READ, type=LONG, count=1, p1=sid, p2=1), "P:NOACCESS"),
        ("event-add of a channel without read access", lambda sid: event_add(LONG, 1, sid, 1, 1), "P:NOACCESS"),
        ("write of a channel without write access", lambda sid: message(WRITE, ok, type=LONG, count=1, p1=sid, p2=1), "P:READONLY"),
        ("write-notify of a channel without write access", lambda sid: message(WRITE_NOTIFY, ok, type=LONG, count=1, p1=sid, p2=1), "P:READONLY"),
        ("read of a string as a number", lambda sid: message(READ_NOTIFY, type=DOUBLE, count=1, p1=sid, p2=1), "G:STRINGIN"),
    ] + [(f"command {n}", lambda sid, n=n: message(n)) for n in (
        5, 7, ERROR, BEACON, NOT_FOUND, 16, REPEATER_CONFIRM, ACCESS_RIGHTS, REPEATER_REGISTER, 25, CREATE_CH_FAIL, 27, 28, 99, 0xFFFF)]
    for what, stimulus, *pv in rows:
        pv = pv[0] if pv else "P:AO"
        c = wire.Circuit(port).greet()
        sid, _, _ = c.create(pv, 4)
        c.recording = out
        out.case(f"error {what}", pv=pv, sid=sid, cid=4)
        c.send(stimulus(sid))
        c.receive(2, 0.25)
        if c.open:
            out.note("kept: an echo is answered")
            c.ask(echo)
        c.close()
    for what, data in [("client name without end", message(CLIENT_NAME, b"x" * 8)), ("host name of 600 characters", message(HOST_NAME, name("h" * 600))),
                       ("client name of 600 characters", message(CLIENT_NAME, name("u" * 600)))]:
        c = wire.Circuit(port, out)
        out.case(f"error {what}")
        c.send(message(VERSION, count=13))
        c.receive(1)
        c.send(data)
        c.receive(2, 0.25)
        if c.open:
            out.note("kept: an echo is answered")
            c.ask(echo)
        c.close()


def main():
    port, repeater = wire.free_port(), wire.free_port()
    with wire.softioc(port, repeater):
        for file, record in [("softioc-circuit.txt", (greeting, channels, puts)), ("softioc-monitor.txt", (monitors,)),
                             ("softioc-errors.txt", (errors,))]:
            out = wire.Recording(file, wire.source())
            for part in record:
                part(port, out)
            out.write()


if __name__ == "__main__":
    main()
