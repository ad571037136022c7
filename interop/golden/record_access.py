"""Records softIoc's side of access security: what rights a channel has, and how clients are told
when they change."""

import struct

import wire
from record_circuit import create, double, event_add, text40
from wire import ECHO, EVENT_CANCEL, READ, READ_NOTIFY, WRITE, WRITE_NOTIFY, message

LONG, DOUBLE = 5, 6
VALUE, ALARM = 1, 4


class Writer:
    """Another client, who changes what rights depend on."""

    def __init__(self, port):
        self.circuit = wire.Circuit(port).greet("admin")
        self.sids = {}

    def put(self, pv, kind, data):
        if pv not in self.sids:
            self.sids[pv] = self.circuit.create(pv, len(self.sids))[0]
        self.circuit.ask(message(WRITE_NOTIFY, data, type=kind, count=1, p1=self.sids[pv], p2=1))

    def gate(self, x):
        self.put("A:GATE", DOUBLE, double(x))


def rights(port, out):
    for pv in ["A:READONLY", "A:NOACCESS", "A:LEVELS", "A:LEVELS.EGU", "A:LEVELS.DESC", "A:LEVELS.PROC", "A:OPERATORS", "A:STRANGERS", "A:UNKNOWN",
               "A:GATED"]:
        c = wire.Circuit(port, out).greet()
        out.case(f"create {pv}", pv=pv, cid=77)
        c.ask(create(pv, 77), 2)
        c.close()
    one = struct.pack(">i", 1)
    for what, stimulus, pv in [
            ("read-notify without read access", lambda sid: message(READ_NOTIFY, type=LONG, count=1, p1=sid, p2=1), "A:NOACCESS"),
            ("read-notify of 3 without read access", lambda sid: message(READ_NOTIFY, type=LONG, count=3, p1=sid, p2=1), "A:NOACCESS"),
            ("read-notify of 0 without read access", lambda sid: message(READ_NOTIFY, type=LONG, count=0, p1=sid, p2=1), "A:NOACCESS"),
            ("read without read access", lambda sid: message(READ, type=LONG, count=1, p1=sid, p2=1), "A:NOACCESS"),
            ("event-add without read access", lambda sid: event_add(LONG, 1, sid, 1, VALUE), "A:NOACCESS"),
            ("write without write access", lambda sid: message(WRITE, one, type=LONG, count=1, p1=sid, p2=1), "A:READONLY"),
            ("write-notify without write access", lambda sid: message(WRITE_NOTIFY, one, type=LONG, count=1, p1=sid, p2=1), "A:READONLY"),
            ("write of a field of the wrong level", lambda sid: message(WRITE, text40("x"), type=0, count=1, p1=sid, p2=1), "A:LEVELS.EGU"),
            ("write-notify without any access", lambda sid: message(WRITE_NOTIFY, one, type=LONG, count=1, p1=sid, p2=1), "A:NOACCESS")]:
        c = wire.Circuit(port).greet()
        sid, _, _ = c.create(pv, 4)
        c.recording = out
        out.case(what, pv=pv, cid=4)
        c.send(stimulus(sid))
        c.receive(2, 0.25)
        out.note("kept: an echo is answered")
        c.ask(message(ECHO))
        c.close()


def changes(port, out):
    writer = Writer(port)

    def monitored(what, gate, pvs=("A:GATED",), count=1):
        writer.gate(gate)
        c = wire.Circuit(port).greet()
        sids = [c.create(pv, 10 + i)[0] for i, pv in enumerate(pvs)]
        c.recording = out
        out.case(what, pv=pvs[0], cid=10, gate=gate)
        for i, sid in enumerate(sids):
            c.send(event_add(LONG, count, sid, 40 + i, VALUE | ALARM))
        c.receive(len(sids))
        return c, sids

    def put(c, pv, kind, data, text):
        out.elsewhere(pv, text)
        writer.put(pv, kind, data)
        c.receive(9, 0.6)

    def gate(c, x):
        put(c, "A:GATE", DOUBLE, double(x), x)

    def value(c, x):
        put(c, "A:GATED", LONG, struct.pack(">i", x), x)

    c, _ = monitored("monitor: write access goes and comes back", 2)
    gate(c, 1)
    gate(c, 2)
    c.close()

    c, _ = monitored("monitor: read access goes and comes back", 2)
    gate(c, 0)
    value(c, 9)
    gate(c, 1)
    value(c, 7)
    c.close()

    c, (sid,) = monitored("monitor of 3: read access goes, the gate is INVALID, cancel", 2, count=3)
    gate(c, 200)
    c.send(message(EVENT_CANCEL, type=LONG, p1=sid, p2=40))
    c.receive(1)
    c.close()

    c, _ = monitored("monitor of 0: read access goes and comes back", 2, count=0)
    gate(c, 0)
    gate(c, 2)
    c.close()

    c, _ = monitored("two monitored channels: read access goes and comes back", 2, pvs=("A:GATED", "A:GATED2"))
    gate(c, 0)
    gate(c, 2)
    c.close()

    c, _ = monitored("monitor without read access, which comes", 0)
    gate(c, 2)
    c.close()

    c, _ = monitored("the group changes", 2, pvs=("A:MOVED",))
    for group in ("UNKNOWN", "READONLY", "NOACCESS", "LEVELS", ""):
        put(c, "A:MOVED.ASG", 0, text40(group), group)
    c.close()
    writer.circuit.close()


def main():
    port, repeater = wire.free_port(), wire.free_port()
    with wire.softioc(port, repeater, "access.db", GOLDEN_ACF=wire.HERE / "access.acf"):
        wait_for_gate(port)
        out = wire.Recording("softioc-access.txt", wire.source())
        rights(port, out)
        changes(port, out)
        out.write()


def wait_for_gate(port):
    """Returns when softIoc has connected to the inputs of its rules."""
    writer = Writer(port)
    writer.gate(2)
    for _ in range(100):
        c = wire.Circuit(port).greet()
        got = c.ask(create("A:GATED", 1), 2)
        c.close()
        if got[0][15] == 3:
            writer.gate(2)
            return
    raise RuntimeError("the rules of A:GATED do not see A:GATE")


main()
