"""caproto's server for the comparison: with an argument N it serves N counters B:C0 …, of which
1,000 change each second (with ten times as many it answers nobody any more), without one the few
still PVs of the other servers."""

import asyncio
import sys
import time

from caproto import ChannelDouble
from caproto.asyncio.server import Context


async def scan(pvs):
    """Changes 1,000 PVs a second, ten every 10 ms."""
    at, due = 0, time.monotonic()
    while True:
        for pv in pvs[at:at + 10]:
            await pv.write(pv.value + 1)
        at = (at + 10) % len(pvs)
        due = max(due + 0.01, time.monotonic())
        await asyncio.sleep(max(0, due - time.monotonic()))


async def main():
    if len(sys.argv) > 1:
        pvs = {f"B:C{i}": ChannelDouble(value=0.0) for i in range(int(sys.argv[1]))}
        await Context(pvs).run(startup_hook=lambda _: scan(list(pvs.values())))
    pvs = {f"B:P{i}": ChannelDouble(value=1.0) for i in range(100)}
    pvs["B:BIG"] = ChannelDouble(value=[0.0], max_length=1000000)
    pvs["B:PROFILE"] = ChannelDouble(value=[0.0], max_length=1000)
    await Context(pvs).run()


asyncio.run(main())
