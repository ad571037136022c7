"""C libca, through pyepics, and caproto judge how a server with the PVs of golden/access.db tells
its clients of their rights, and what it lets them do."""

import contextlib

import epics
from caproto import AccessRights
from caproto.threading.client import Context

from verdict import Seen, check, end, report, section

TIMEOUT = 15
EVERYTHING = AccessRights.READ | AccessRights.WRITE


def pv(name, **options):
    p = epics.PV(name, connection_timeout=TIMEOUT, **options)
    if not p.wait_for_connection(TIMEOUT):
        raise TimeoutError(f"{name} does not connect")
    return p


def access(p):
    return epics.ca.read_access(p.chid), epics.ca.write_access(p.chid)


gate = pv("A:GATE")


def set_gate(x):
    gate.put(x, wait=True, timeout=TIMEOUT)


with section("pyepics: rights at connect"):
    for name, read, write in [("A:READONLY", True, False), ("A:NOACCESS", False, False), ("A:LEVELS", True, True),
                              ("A:LEVELS.EGU", True, False), ("A:MOVED", True, True)]:
        p = pv(name)
        check(f"{name}: read, write", access(p), (read, write))

with section("pyepics: rights follow the gate"):
    told, values = Seen(), Seen()
    p = pv("A:GATED", auto_monitor=False, access_callback=lambda read, write, **_: told.add((read, write)))
    set_gate(2)
    told.wait(lambda seen: seen and seen[-1] == (True, True), TIMEOUT)
    subscription = epics.ca.create_subscription(p.chid, callback=lambda value=None, **_: values.add(value))
    for x, want in [(2, (True, True)), (1, (True, False)), (0, (False, False)), (2, (True, True))]:
        set_gate(x)
        got = told.wait(lambda seen: seen and seen[-1] == want, TIMEOUT)
        check(f"gate {x}: read, write", got[-1] if got else None, want)
        check(f"gate {x}: of the channel", access(p), want)
    values.events.clear()
    epics.caput("A:GATED", 8, wait=True, timeout=TIMEOUT)
    report("a value comes after all that", 8 in values.wait(lambda seen: 8 in seen, TIMEOUT), f"{values.events}")
    check("a put that is allowed", p.get(use_monitor=False, timeout=TIMEOUT), 8)

with section("caproto: rights follow the gate and the group"):
    context = Context(timeout=TIMEOUT)
    rights = {"A:GATED": Seen(), "A:MOVED": Seen()}

    def changed(p, access):  # a function with a name: caproto keeps a weak reference
        if p.name in rights:
            rights[p.name].add(access)

    gated, moved, group = context.get_pvs("A:GATED", "A:MOVED", "A:MOVED.ASG", access_rights_callback=changed)
    for p in (gated, moved, group):
        p.wait_for_connection(timeout=TIMEOUT)

    def expect(what, p, want):
        got = rights[p.name].wait(lambda seen: seen and seen[-1] == want, TIMEOUT)
        check(what, got[-1] if got else None, want)

    for x, want in [(2, EVERYTHING), (1, AccessRights.READ), (0, AccessRights(0)), (2, EVERYTHING)]:
        set_gate(x)
        expect(f"gate {x}", gated, want)
    expect("no group", moved, EVERYTHING)
    group.write([b"READONLY"], wait=True, timeout=TIMEOUT)
    expect("group READONLY", moved, AccessRights.READ)
    with contextlib.suppress(Exception):
        moved.write(9, wait=True, timeout=5)
    check("a put that is not allowed", moved.read(timeout=TIMEOUT).data[0], 7)

end()
