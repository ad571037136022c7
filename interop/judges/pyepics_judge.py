"""C libca, through pyepics, judges a server with the PVs of judge.db."""

import time

import epics
from epics import ca, dbr

from verdict import MODES, TEXT, Seen, check, end, report, restart, section

TIMEOUT = 15


def pv(name, **options):
    p = epics.PV("J:" + name, connection_timeout=TIMEOUT, **options)
    if not p.wait_for_connection(TIMEOUT):
        raise TimeoutError(f"J:{name} does not connect")
    return p


with section("get"):
    for name, kind, count, value in [("DOUBLE", "time_double", 1, 2.5), ("LONG", "time_long", 1, -7), ("SWITCH", "time_enum", 1, 0),
                                     ("MODE", "time_enum", 1, 0), ("STRING", "time_string", 1, "bench one"),
                                     ("ARRAY", "time_double", 10, [1.5, -2.25, 3.0])]:
        p = pv(name)
        check(f"{name}: type", p.type, kind)
        check(f"{name}: count", p.nelm, count)
        check(f"{name}: value", p.get(timeout=TIMEOUT), value)
        check(f"{name}: severity", p.severity, 0)
        check(f"{name}: access", p.access, "read/write")
        report(f"{name}: time is now", abs(p.timestamp - time.time()) < 300, f"{p.timestamp}")

with section("metadata"):
    c = pv("DOUBLE").get_ctrlvars(timeout=TIMEOUT)
    for key, want in [("units", "V"), ("precision", 3), ("lower_ctrl_limit", -10.0), ("upper_ctrl_limit", 10.0),
                      ("lower_disp_limit", -20.0), ("upper_disp_limit", 20.0), ("lower_alarm_limit", -8.0),
                      ("upper_alarm_limit", 8.0), ("lower_warning_limit", -5.0), ("upper_warning_limit", 5.0)]:
        check(f"DOUBLE: {key}", c[key], want)
    check("MODE: choices", [s if isinstance(s, str) else s.decode() for s in pv("MODE").get_ctrlvars(timeout=TIMEOUT)["enum_strs"]], MODES)
    check("MODE: as string", pv("MODE").get(as_string=True, timeout=TIMEOUT), "idle")
    check("DOUBLE: as string", pv("DOUBLE").get(as_string=True, timeout=TIMEOUT), "2.500")

with section("fields"):
    for field, want in [("EGU", "V"), ("PREC", 3), ("HIHI", 8.0), ("LOW", -5.0), ("DRVH", 10.0), ("NAME", "J:DOUBLE"), ("RTYP", "ao")]:
        check(f"DOUBLE.{field}", epics.caget(f"J:DOUBLE.{field}", timeout=TIMEOUT), want)
    check("DOUBLE.SCAN", epics.caget("J:DOUBLE.SCAN", as_string=True, timeout=TIMEOUT), "Passive")
    unknown = epics.PV("J:DOUBLE.NOFIELD", connection_timeout=0.5)
    report("DOUBLE.NOFIELD does not connect", not unknown.wait_for_connection(0.5))

with section("devices"):
    from epics.devices import ai, ao, bi
    for kind, name, want in [(ao, "J:DOUBLE", {"EGU": "V", "PREC": 3, "DRVH": 10.0, "OMSL": 0}), (ai, "J:DOUBLE", {"EGU": "V", "HIHI": 8.0, "LINR": 0}),
                             (bi, "J:SWITCH", {"ZNAM": "Off", "ONAM": "On", "OSV": 0})]:
        device = kind(name)
        for field, value in {"NAME": name, "VAL": 2.5 if name == "J:DOUBLE" else 0, **want}.items():
            check(f"{kind.__name__}({name}).{field}", device.get(field, timeout=TIMEOUT), value)

with section("every type"):
    for name, value in [("DOUBLE", 2.5), ("LONG", -7), ("MODE", 0)]:
        chid = ca.create_channel("J:" + name, connect=True)
        for kind in [*range(7), *range(14, 21), *range(28, 35)]:  # pyepics knows no STS and GR
            if kind % 7 == 0:
                got = ca.get(chid, ftype=kind, count=1, timeout=TIMEOUT)
                want = {"DOUBLE": "2.500", "LONG": "-7", "MODE": "idle"}[name]
            elif kind % 7 == 4:  # characters
                got = ca.get_with_metadata(chid, ftype=kind, count=1, timeout=TIMEOUT)
                got, want = got is not None, True
            else:
                got = ca.get(chid, ftype=kind, count=1, timeout=TIMEOUT)
                want = value if kind % 7 in (2, 6) else int(value) % 65536 if kind % 7 == 3 else int(value)
            check(f"{name} as DBR type {kind}", got, want)

with section("put"):
    for name, value in [("DOUBLE", -1.25), ("LONG", 123456), ("SWITCH", 1), ("MODE", 2), ("STRING", "put by pyepics"),
                        ("ARRAY", [5.0, 6.0]), ("ARRAY", [float(i) for i in range(10)])]:
        p = pv(name)
        check(f"{name}: put completes", p.put(value, wait=True, timeout=TIMEOUT), 1)  # -1 if it has not
        count = len(value) if name == "ARRAY" else None
        check(f"{name}: put {value!r:.30}", p.get(count=count, timeout=TIMEOUT, use_monitor=False), value)
    p = pv("MODE")
    p.put("hold", wait=True, timeout=TIMEOUT)
    check("MODE: put of a choice", p.get(use_monitor=False, timeout=TIMEOUT), 2)
    p = pv("DOUBLE")
    p.put(99, wait=True, timeout=TIMEOUT)
    check("DOUBLE: held to its drive limits", p.get(use_monitor=False, timeout=TIMEOUT), 10.0)
    check("DOUBLE: HIHI", (p.get_timevars(timeout=TIMEOUT) or {}).get("severity"), 2)
    p.put(2.5, wait=True, timeout=TIMEOUT)
    check("DOUBLE: no alarm again", (p.get_timevars(timeout=TIMEOUT) or {}).get("severity"), 0)
    p.put(3.5)
    check("LONG: put without completion", (pv("LONG").put(7), pv("LONG").put(8, wait=True, timeout=TIMEOUT),
                                           pv("LONG").get(use_monitor=False, timeout=TIMEOUT))[-1], 8)

with section("completion callback"):
    done = Seen()
    pv("DOUBLE").put(4.5, callback=lambda **kw: done.add(True))
    check("DOUBLE: callback", done.wait(len, TIMEOUT), [True])

with section("long strings"):
    chid = ca.create_channel("J:TEXT.VAL$", connect=True)
    got = ca.get(chid, ftype=dbr.CHAR, timeout=TIMEOUT)
    check("TEXT.VAL$", bytes(bytearray(got)).split(b"\0")[0].decode(), TEXT)
    new = "; ".join(["written as characters"] * 5)
    epics.caput("J:TEXT.VAL$", [ord(c) for c in new] + [0], wait=True, timeout=TIMEOUT)
    got = epics.caget("J:TEXT.VAL$", as_string=True, timeout=TIMEOUT)
    check("TEXT.VAL$: put", got, new)

with section("filters"):
    p = pv("ARRAY")
    p.put([1.5, -2.25, 3.0], wait=True, timeout=TIMEOUT)
    for name, kind, count, want in [("ARRAY.VAL[1:2]", "time_double", 2, [-2.25, 3.0]), ("ARRAY.[0:2:-1]", "time_double", 5, [1.5, 3.0]),
                                    ("ARRAY.{arr:{s:-1}}", "time_double", 1, None), ("TEXT.VAL$[2:5]", "time_char", 4, list("written"[2:6].encode())),
                                    ('DOUBLE.{"ts":{"num":"sec"}}', "time_double", 1, None), ('DOUBLE.{"ts":{"str":"iso"}}', "time_string", 1, None)]:
        f = pv(name)
        check(f"{name}: type and count", (f.type, f.nelm), (kind, count))
        got = f.get(timeout=TIMEOUT, use_monitor=False)
        if want is not None:
            check(name, got, want)
        elif name.startswith("DOUBLE"):
            stamp = pv("DOUBLE").get_timevars(timeout=TIMEOUT)["timestamp"]
            report(f"{name}: the time stamp", got == int(stamp) - 631152000 if kind == "time_double" else got[4::3][:2] == "--", repr(got))
    events = Seen()
    p = pv("LONG")
    p.put(0, wait=True, timeout=TIMEOUT)
    f = pv("LONG.{dbnd:{abs:10}}")
    f.add_callback(lambda value=None, **kw: events.add(value))
    events.wait(lambda e: 0 in e)
    for x in (5, 10, 11, 20, 25, 0):
        p.put(x, wait=True, timeout=TIMEOUT)
    got = events.wait(lambda e: e and e[-1] == 0 and len(e) > 2)
    check("LONG.{dbnd:{abs:10}}: events", got[-3:], [11, 25, 0])
    for bad in ('LONG.{"none":{}}', "LONG.{dbnd:{abs:x}}", "ARRAY.[1:2", 'LONG.{sync:{"while":"nobody has made it"}}'):
        f = epics.PV("J:" + bad, connection_timeout=0.5)
        report(f"{bad} does not connect", not f.wait_for_connection(0.5))

with section("large array"):
    n = 1_000_000
    p = pv("BIG", auto_monitor=False)
    p.put([float(i) for i in range(n)], wait=True, timeout=60)
    got = p.get(timeout=60, use_monitor=False)
    check("BIG: length", len(got), n)
    report("BIG: elements", all(got[i] == i for i in range(0, n, 997)))

with section("monitor"):
    seen = Seen()
    p = pv("LONG")
    p.add_callback(lambda value=None, **kw: seen.add(value))
    for i in (100, 101, 102):
        p.put(i, wait=True, timeout=TIMEOUT)
    got = seen.wait(lambda e: 102 in e)
    check("LONG: values in order", [x for x in got if x >= 100], [100, 101, 102])
    ticks = Seen()
    t = pv("TICK")
    t.add_callback(lambda value=None, **kw: ticks.add(value))
    got = ticks.wait(lambda e: len(e) >= 8)
    report("TICK: counts up by itself", len(got) >= 8 and got == sorted(set(got)), repr(got))
    alarms = Seen()
    d = pv("DOUBLE")
    d.add_callback(lambda value=None, severity=None, **kw: alarms.add((value, severity)))
    for x in (1.0, 6.0, 9.0, 1.0):
        d.put(x, wait=True, timeout=TIMEOUT)
    got = alarms.wait(lambda e: (9.0, 2) in e and e[-1] == (1.0, 0))
    check("DOUBLE: alarms with their values", got[-4:], [(1.0, 0), (6.0, 1), (9.0, 2), (1.0, 0)])

with section("restart"):
    state, seen = Seen(), Seen()
    p = pv("TICK", connection_callback=lambda conn=None, **kw: state.add(conn))
    p.add_callback(lambda value=None, **kw: seen.add(value))
    seen.wait(lambda e: len(e) >= 2)
    restart()
    up = state.wait(lambda e: False in e and e[-1] is True, 60)
    report("TICK: disconnected and connected again", False in up and up[-1] is True, repr(up))
    before = len(seen.events)
    report("TICK: the monitor goes on", len(seen.wait(lambda e: len(e) >= before + 3, 60)) >= before + 3)

end()
