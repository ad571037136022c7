"""caproto's client judges a server with the PVs of judge.db. It knows no C, and drops the circuit at
the first byte that it cannot explain."""

from caproto import AccessRights, ChannelType
from caproto.threading.client import Context

from verdict import MODES, TEXT, Seen, check, end, report, restart, section

TIMEOUT = 15
context = Context(timeout=TIMEOUT)


def pv(name):
    (p,) = context.get_pvs("J:" + name, timeout=TIMEOUT)
    p.wait_for_connection(timeout=TIMEOUT)
    return p


with section("channel"):
    for name, kind, count in [("DOUBLE", ChannelType.DOUBLE, 1), ("LONG", ChannelType.LONG, 1), ("SWITCH", ChannelType.ENUM, 1),
                              ("MODE", ChannelType.ENUM, 1), ("STRING", ChannelType.STRING, 1), ("ARRAY", ChannelType.DOUBLE, 10)]:
        p = pv(name)
        check(f"{name}: type", p.channel.native_data_type, kind)
        check(f"{name}: count", p.channel.native_data_count, count)
        check(f"{name}: access", p.channel.access_rights, AccessRights.READ | AccessRights.WRITE)
    check("protocol version", pv("DOUBLE").channel.circuit.protocol_version, 13)

with section("filters"):
    pv("ARRAY").write([1.5, -2.25, 3.0], wait=True, timeout=TIMEOUT)
    part = pv("ARRAY.VAL[1:2]")
    check("ARRAY.VAL[1:2]: count", part.channel.native_data_count, 2)
    check("ARRAY.VAL[1:2]", list(part.read(timeout=TIMEOUT).data), [-2.25, 3.0])
    check('DOUBLE.{"ts":{"num":"ts"}}: count', pv('DOUBLE.{"ts":{"num":"ts"}}').channel.native_data_count, 2)

with section("every type"):
    for name, value, text in [("DOUBLE", 2.5, b"2.500"), ("LONG", -7, b"-7"), ("MODE", 0, b"idle"), ("ARRAY", 1.5, b"1.50")]:
        p = pv(name)
        for kind in ChannelType:
            if int(kind) in (35, 36):
                continue  # for writing only
            if not 0 <= int(kind) <= 38:
                continue  # caproto's own
            r = p.read(data_type=kind, data_count=1, timeout=TIMEOUT)
            check(f"{name} as {kind.name}: type", r.data_type, kind)
            if kind in (ChannelType.STSACK_STRING, ChannelType.CTRL_STRING):
                continue  # caproto takes another layout than base's for these
            if kind is ChannelType.CLASS_NAME:
                check(f"{name}: class", bytes(r.metadata.value).rstrip(b"\0"), {"DOUBLE": b"ao", "LONG": b"longout", "MODE": b"mbbo", "ARRAY": b"waveform"}[name])
                continue
            native = int(kind) % 7
            want = (text if native == 0 else value if native in (2, 6) else int(value) % 65536 if native == 3
                    else int(value) % 256 if native == 4 else int(value))
            got = r.data[0]
            if native == 4 and not isinstance(got, bytes):
                got = int(got) % 256
            if isinstance(got, bytes) and native == 4:
                got = got[0]
            check(f"{name} as {kind.name}", got, want)

with section("metadata"):
    m = pv("DOUBLE").read(data_type="control", timeout=TIMEOUT).metadata
    check("DOUBLE: units", m.units, b"V")
    check("DOUBLE: precision", m.precision, 3)
    check("DOUBLE: limits", [m.lower_ctrl_limit, m.upper_ctrl_limit, m.lower_disp_limit, m.upper_disp_limit, m.lower_alarm_limit,
                             m.upper_alarm_limit, m.lower_warning_limit, m.upper_warning_limit], [-10.0, 10.0, -20.0, 20.0, -8.0, 8.0, -5.0, 5.0])
    m = pv("MODE").read(data_type="control", timeout=TIMEOUT).metadata
    check("MODE: choices", [s.decode() for s in m.enum_strings], MODES)

with section("counts"):
    p = pv("ARRAY")
    for n, want in [(0, [1.5, -2.25, 3.0]), (1, [1.5]), (2, [1.5, -2.25]), (10, [1.5, -2.25, 3.0] + [0.0] * 7)]:
        check(f"ARRAY: {n} elements", list(p.read(data_count=n, timeout=TIMEOUT).data), want)

with section("put"):
    for name, value in [("DOUBLE", [-1.25]), ("LONG", [123456]), ("MODE", [3]), ("ARRAY", [5.0, 6.0]), ("ARRAY", [])]:
        p = pv(name)
        r = p.write(value, wait=True, timeout=TIMEOUT)
        report(f"{name}: status", r.status.success, repr(r.status))
        check(f"{name}: put {value!r}", list(p.read(data_count=0, timeout=TIMEOUT).data), value)
    p = pv("STRING")
    p.write([b"put by caproto"], data_type=ChannelType.STRING, wait=True, timeout=TIMEOUT)
    check("STRING: put", list(p.read(timeout=TIMEOUT).data), [b"put by caproto"])
    p = pv("MODE")
    p.write([b"hold"], data_type=ChannelType.STRING, wait=True, timeout=TIMEOUT)
    check("MODE: put of a choice", list(p.read(timeout=TIMEOUT).data), [2])
    p = pv("DOUBLE")
    p.write([99.0], wait=True, timeout=TIMEOUT)
    check("DOUBLE: held to its drive limits", list(p.read(timeout=TIMEOUT).data), [10.0])
    r = p.write([b"no number"], data_type=ChannelType.STRING, wait=True, timeout=TIMEOUT)
    check("DOUBLE: text that is no number", r.status.code, 20)  # ECA_PUTFAIL
    p.write([2.5], wait=False)
    check("DOUBLE: put without completion", list(p.read(timeout=TIMEOUT).data), [2.5])

with section("priorities"):
    # Each priority is a circuit of its own.
    several = [context.get_pvs("J:LONG", priority=n, timeout=TIMEOUT)[0] for n in (0, 10, 99)]
    for p in several:
        p.wait_for_connection(timeout=TIMEOUT)
        check(f"priority {p.priority}: value", list(p.read(timeout=TIMEOUT).data), list(several[0].read(timeout=TIMEOUT).data))
    check("a circuit for each priority", len({p.channel.circuit.address + (p.channel.circuit.priority,) for p in several}), 3)

with section("the archiver's questions"):
    name = pv("DOUBLE.NAME$")
    got = bytes(bytearray(int(x) % 256 for x in name.read(data_type=ChannelType.CHAR, data_count=name.channel.native_data_count, timeout=TIMEOUT).data))
    check("DOUBLE.NAME$: with its NUL", got, b"J:DOUBLE".ljust(61, b"\0"))
    for field in ("MDEL", "ADEL", "SCAN", "RTYP", "HIHI", "HIGH", "LOW", "LOLO", "LOPR", "HOPR", "DRVH", "DRVL"):
        report(f"DOUBLE.{field}: can be read", len(pv("DOUBLE." + field).read(timeout=TIMEOUT).data) == 1)

with section("long strings"):
    got = bytes(bytearray(int(x) % 256 for x in pv("TEXT.VAL$").read(data_type=ChannelType.CHAR, data_count=0, timeout=TIMEOUT).data))
    check("TEXT.VAL$", got.split(b"\0")[0].decode(), TEXT)

with section("large array"):
    n = 1_000_000  # to write as many is more than this client can
    p = pv("BIG")
    p.write([float(i) for i in range(5000)], wait=True, timeout=60)
    got = p.read(data_count=n, timeout=60).data
    check("BIG: length", len(got), n)
    report("BIG: elements", all(got[i] == i for i in range(5000)) and not any(got[5000:]))
    check("BIG: its length now", len(p.read(data_count=0, timeout=60).data), 5000)

with section("monitor"):
    seen = Seen()
    pv("LONG").write([0], wait=True, timeout=TIMEOUT)
    sub = pv("LONG").subscribe(data_type="time")
    keep = lambda sub, response: seen.add(response.data[0])
    sub.add_callback(keep)
    seen.wait(len)
    for i in (100, 101, 102):
        pv("LONG").write([i], wait=True, timeout=TIMEOUT)
    got = seen.wait(lambda e: 102 in e)
    check("LONG: values in order", [int(x) for x in got if x >= 100], [100, 101, 102])
    sub.clear()
    pv("LONG").write([103], wait=True, timeout=TIMEOUT)
    pv("LONG").read(timeout=TIMEOUT)
    report("LONG: nothing after the cancel", 103 not in seen.events)

with section("restart"):
    ticks = Seen()
    p = pv("TICK")
    sub = p.subscribe(data_type="time")
    keep_ticks = lambda sub, response: ticks.add(response.data[0])
    sub.add_callback(keep_ticks)
    report("TICK: counts up by itself", len(ticks.wait(lambda e: len(e) >= 8)) >= 8, repr(ticks.events))
    restart()
    before = len(ticks.events)
    report("TICK: the monitor goes on", len(ticks.wait(lambda e: len(e) >= before + 3, 90)) >= before + 3)

end()
