"""caproto's server with the PVs of judge.db. Prints the port when it serves; ends with standard
input."""

import asyncio
import os
import signal
import sys
import threading

from caproto import ChannelDouble, ChannelEnum, ChannelInteger, ChannelString
from caproto.asyncio.server import Context

PVS = {
    "J:DOUBLE": ChannelDouble(value=2.5, units="V", precision=3, lower_disp_limit=-20, upper_disp_limit=20,
                              lower_ctrl_limit=-10, upper_ctrl_limit=10, lower_alarm_limit=-8, upper_alarm_limit=8,
                              lower_warning_limit=-5, upper_warning_limit=5),
    "J:LONG": ChannelInteger(value=-7, units="counts"),
    "J:SWITCH": ChannelEnum(value="Off", enum_strings=["Off", "On"]),
    "J:MODE": ChannelEnum(value="idle", enum_strings=["idle", "ramp", "hold", "fault"]),
    "J:STRING": ChannelString(value="bench one", string_encoding="latin-1"),
    "J:ARRAY": ChannelDouble(value=[1.5, -2.25, 3.0], max_length=10, units="mA", precision=2),
    "J:BIG": ChannelDouble(value=[0.0], max_length=1000000),
    "J:TICK": ChannelDouble(value=0),
}


async def tick(_):
    print("serving on port", os.environ["EPICS_CA_SERVER_PORT"], flush=True)
    while True:
        await asyncio.sleep(0.1)
        await PVS["J:TICK"].write(PVS["J:TICK"].value + 1)


def end():
    sys.stdin.read()
    os._exit(0)


async def serve():
    await Context(PVS).run(startup_hook=tick)


signal.signal(signal.SIGINT, signal.SIG_IGN)  # it ends with its input
threading.Thread(target=end, daemon=True).start()
asyncio.run(serve())
