"""aioca (asyncio over C libca, as ophyd-async uses it) judges a server with the PVs of judge.db."""

import asyncio

from aioca import (DBE_ALARM, DBE_PROPERTY, DBE_VALUE, DBR_CHAR_STR, DBR_ENUM_STR, DBR_STRING, FORMAT_CTRL, FORMAT_RAW, FORMAT_TIME, CANothing,
                   caget, cainfo, camonitor, caput, connect)

from verdict import MODES, TEXT, check, end, report, restart, section

TIMEOUT = 15


async def arrival(queue, done, timeout=30):
    """What the queue brings until done(list) is true."""
    got = []
    try:
        async with asyncio.timeout(timeout):
            while not done(got):
                got.append(await queue.get())
    except TimeoutError:
        pass
    return got


async def main():
    names = ["J:DOUBLE", "J:LONG", "J:SWITCH", "J:MODE", "J:STRING", "J:ARRAY"]
    with section("connect"):
        report("all at once", all(await connect(names, timeout=TIMEOUT)))
        info = await cainfo("J:ARRAY", timeout=TIMEOUT)
        check("ARRAY: count and rights", [info.count, info.read, info.write], [10, True, True])
    with section("get"):
        for form in (FORMAT_RAW, FORMAT_TIME, FORMAT_CTRL):
            got = await caget(names, format=form, timeout=TIMEOUT)
            check(f"format {form}", [g.tolist() if hasattr(g, "tolist") else g for g in got],
                  [2.5, -7, 0, 0, "bench one", [1.5, -2.25, 3.0]])
        c = await caget("J:DOUBLE", format=FORMAT_CTRL, timeout=TIMEOUT)
        check("DOUBLE: control", [c.units, c.precision, c.lower_ctrl_limit, c.upper_ctrl_limit], ["V", 3, -10.0, 10.0])
        m = await caget("J:MODE", format=FORMAT_CTRL, timeout=TIMEOUT)
        check("MODE: choices", list(m.enums), MODES)
        check("MODE: as text", await caget("J:MODE", datatype=DBR_ENUM_STR, timeout=TIMEOUT), "idle")
        check("TEXT.VAL$", await caget("J:TEXT.VAL$", datatype=DBR_CHAR_STR, timeout=TIMEOUT), TEXT)
    with section("as ophyd-async connects"):
        # A signal reads CTRL of the PV it writes to and of that it reads from, and insists that both are alike.
        for name, kind, count in [("J:DOUBLE", 6, 1), ("J:SWITCH", 3, 1), ("J:MODE", 3, 1), ("J:ARRAY", 6, 10), ("J:STRING", 0, 1)]:
            write, read = await caget([name, name], format=FORMAT_CTRL, timeout=TIMEOUT)
            check(f"{name}: type and count", [write.datatype, write.element_count], [kind, count])
            check(f"{name}: both alike", [read.datatype, read.element_count, getattr(read, "enums", None)],
                  [write.datatype, write.element_count, getattr(write, "enums", None)])
        check("SWITCH: a bool has two choices", list((await caget("J:SWITCH", format=FORMAT_CTRL, timeout=TIMEOUT)).enums), ["Off", "On"])
        whole = await caget("J:ARRAY", count=-1, timeout=TIMEOUT)
        check("ARRAY: as many elements as there may be", whole.tolist(), [1.5, -2.25, 3.0] + [0.0] * 7)
        for field, value in [("EGU", "V"), ("PREC", 3), ("RTYP", "ao"), ("NAME", "J:DOUBLE")]:
            check(f"DOUBLE.{field}", await caget(f"J:DOUBLE.{field}", timeout=TIMEOUT), value)
    with section("put"):
        for name, value in [("DOUBLE", 1.25), ("LONG", 5), ("SWITCH", 1), ("MODE", 3), ("STRING", "put by aioca"), ("ARRAY", [7.0, 8.0])]:
            await caput("J:" + name, value, wait=True, timeout=TIMEOUT)
            got = await caget("J:" + name, timeout=TIMEOUT)
            check(f"{name}: put", got.tolist() if hasattr(got, "tolist") else got, value)
        await caput("J:MODE", "ramp", datatype=DBR_STRING, wait=True, timeout=TIMEOUT)
        check("MODE: put of a choice", int(await caget("J:MODE", timeout=TIMEOUT)), 1)
        await caput("J:TEXT.VAL$", TEXT + TEXT, datatype=DBR_CHAR_STR, wait=True, timeout=TIMEOUT)
        check("TEXT.VAL$: put", await caget("J:TEXT.VAL$", datatype=DBR_CHAR_STR, timeout=TIMEOUT), TEXT + TEXT)
        failed = await caput("J:MODE", "nonsense", datatype=DBR_STRING, wait=True, timeout=TIMEOUT, throw=False)
        report("MODE: a choice that does not exist fails", isinstance(failed, CANothing) and not failed.ok, repr(failed))
    with section("monitor"):
        queue = asyncio.Queue()
        sub = camonitor("J:LONG", queue.put, format=FORMAT_TIME, events=DBE_VALUE | DBE_ALARM, all_updates=True)
        await arrival(queue, len)
        for i in (100, 101, 102):
            await caput("J:LONG", i, wait=True, timeout=TIMEOUT)
        got = await arrival(queue, lambda e: e and e[-1] == 102)
        check("LONG: values in order", [int(x) for x in got], [100, 101, 102])
        sub.close()
        queue = asyncio.Queue()
        sub = camonitor("J:MODE", queue.put, format=FORMAT_CTRL, events=DBE_VALUE | DBE_ALARM | DBE_PROPERTY, all_updates=True)
        await arrival(queue, len)
        for i in (2, 0):
            await caput("J:MODE", i, wait=True, timeout=TIMEOUT)
        got = await arrival(queue, lambda e: e and e[-1] == 0)
        check("MODE: CTRL events", [(int(x), list(x.enums)) for x in got], [(2, MODES), (0, MODES)])
        sub.close()
        queue = asyncio.Queue()
        sub = camonitor("J:DOUBLE", queue.put, format=FORMAT_CTRL, events=DBE_PROPERTY, all_updates=True)
        await arrival(queue, len)
        await caput("J:DOUBLE.EGU", "mV", wait=True, timeout=TIMEOUT)
        got = await arrival(queue, len)
        check("DOUBLE: a change of units is a property event", [g.units for g in got], ["mV"])
        await caput("J:DOUBLE.EGU", "V", wait=True, timeout=TIMEOUT)
        sub.close()
    with section("restart"):
        queue = asyncio.Queue()
        sub = camonitor("J:TICK", queue.put, format=FORMAT_TIME, notify_disconnect=True, all_updates=True)
        await arrival(queue, lambda e: len(e) >= 3)
        await asyncio.to_thread(restart)
        got = await arrival(queue, lambda e: any(not x.ok for x in e) and sum(x.ok for x in e[[x.ok for x in e].index(False):]) >= 3, 90)
        lost = [i for i, x in enumerate(got) if not x.ok]
        report("TICK: told of the loss", len(lost) > 0, f"{len(got)} updates")
        report("TICK: the monitor goes on", lost and sum(x.ok for x in got[lost[-1]:]) >= 3)
        sub.close()
    end()


asyncio.run(main())
