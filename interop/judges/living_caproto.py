"""caproto's client, strict about what a server may send when, sees a PV go and come."""

from caproto.threading.client import Context

from verdict import Seen, ask, check, end, report, section

TIMEOUT = 20
seen, stays = Seen(), Seen()
context = Context()

with section("remove and add"):
    changed = lambda pv, state: (seen if pv.name == "J:X" else stays).add(state)
    x, other = context.get_pvs("J:X", "J:STAYS", timeout=TIMEOUT, connection_state_callback=changed)
    x.wait_for_connection(timeout=TIMEOUT)
    other.wait_for_connection(timeout=TIMEOUT)
    check("value", list(x.read(timeout=TIMEOUT).data), [1.5])
    events = Seen()
    sub = x.subscribe(data_type="time")
    keep = lambda sub, response: events.add(list(response.data))
    sub.add_callback(keep)
    events.wait(len)
    ask("REMOVE")
    report("the client hears of the end", "disconnected" in seen.wait(lambda e: "disconnected" in e), repr(seen.events))
    ask("ADD TEXT")
    check("the other PV", list(other.read(timeout=TIMEOUT).data), [1.0])
    check("has always been connected", stays.events, ["connected"])
    # After SERVER_DISCONN this client does not search again by itself.
    fresh, = Context().get_pvs("J:X", timeout=TIMEOUT)
    fresh.wait_for_connection(timeout=TIMEOUT)
    check("value of the new one", list(fresh.read(timeout=TIMEOUT).data), [b"again"])

end()
