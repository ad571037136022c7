"""C libca, through pyepics, sees PVs go and come without a restart of their IOC."""

import time

import epics

from verdict import Seen, ask, check, end, report, section

TIMEOUT = 15
BACKED_OFF = 17.5  # seconds after which libca, having asked ten times, asks 16 s later the next time
FOUND = 10  # seconds: beacons have it ask within 5

began = time.monotonic()
late = epics.PV("J:LATE")

with section("remove and add"):
    seen, stays = Seen(), Seen()
    other = epics.PV("J:STAYS", connection_callback=lambda conn=None, **_: stays.add(conn))
    x = epics.PV("J:X", connection_callback=lambda conn=None, **_: seen.add(conn), callback=lambda value=None, **_: seen.add(value))
    check("connected", [v for v in seen.wait(lambda e: 1.5 in e) if v in (True, 1.5)], [True, 1.5])
    ask("REMOVE")
    report("the client hears of the end", seen.wait(lambda e: False in e)[-1] is False, repr(seen.events))
    ask("ADD AGAIN")
    check("its monitor goes on with the new one", seen.wait(lambda e: 3.5 in e, 40)[-1], 3.5)
    check("it can be written", x.put(4.5, wait=True, timeout=TIMEOUT), 1)
    check("and read", x.get(timeout=TIMEOUT, use_monitor=False), 4.5)
    ask("REMOVE")
    seen.wait(lambda e: e[-1] is False)  # before that a new PV would be given the old channel
    ask("ADD TEXT")
    text = epics.PV("J:X", form="native", auto_monitor=False)  # libca's monitor above keeps to doubles
    report("another type of the name", text.wait_for_connection(40) and text.type == "string", text.type)
    check("its value", text.get(timeout=TIMEOUT), "again")
    check("the other PV has always been connected", [other.get(timeout=TIMEOUT, use_monitor=False), stays.events], [1.0, [True]])

with section("found by beacons"):
    time.sleep(max(0, began + BACKED_OFF - time.monotonic()))
    report("it is not there yet", not late.connected)
    ask("ADD LATE")
    report("what was sought for long is found soon", late.wait_for_connection(FOUND), f"not after {FOUND} s")
    check("its value", late.get(timeout=TIMEOUT), 2.5)

end()
