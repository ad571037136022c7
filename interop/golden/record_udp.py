"""Records softIoc's datagrams: answers to searches, and the first beacons."""

import os
import signal
import socket
import struct

import wire
from wire import ECHO, SEARCH, VERSION, message, name


def search(pv, cid, reply=5, minor=13):
    return message(SEARCH, name(pv), type=reply, count=minor, p1=cid, p2=cid)


def numbered(sequence):
    return message(VERSION, type=1, count=13, p1=sequence)


def exchange(udp, port, out, what, *datagrams, server, timeout=0.3, **attributes):
    """Several datagrams arrive while the server stands still; the first, without searches, ends its read."""
    out.case(what, **attributes)
    if len(datagrams) > 1:
        os.kill(server.pid, signal.SIGSTOP)
    for datagram in datagrams:
        out.sent(datagram)
        udp.sendto(datagram, ("127.0.0.1", port))
    if len(datagrams) > 1:
        os.kill(server.pid, signal.SIGCONT)
    udp.settimeout(timeout)
    try:
        while True:
            out.received(udp.recv(65536))
    except TimeoutError:
        pass


def main():
    port, repeater = wire.free_port(), wire.free_port()
    out = wire.Recording("softioc-udp.txt", wire.source())
    with socket.socket(type=socket.SOCK_DGRAM) as beacons, socket.socket(type=socket.SOCK_DGRAM) as udp:
        beacons.bind(("127.0.0.1", repeater))
        beacons.settimeout(3)
        with wire.softioc(port, repeater) as server:
            out.case("beacons after the start", server_port=port)
            out.note("the delays double from 20 ms; the first two carry the same number")
            for _ in range(6):
                out.received(beacons.recv(65536))

            version, valid = message(VERSION, count=13), message(VERSION, type=1, count=13, p1=0x1234)
            rows = [
                ("search", valid + search("G:AI", 7)),
                ("search for three names, one unknown", valid + search("G:AI", 7) + search("G:NONE", 8) + search("G:BI", 9)),
                ("search without a sequence number", version + search("G:AI", 7)),
                ("search of a client of minor version 10", message(VERSION, count=10) + search("G:AI", 7, minor=10)),
                ("search of a client of minor version 11", message(VERSION, count=11) + search("G:AI", 7, minor=11)),
                ("search of a client of minor version 3", message(VERSION, count=3) + search("G:AI", 7, minor=3)),
                ("search without version: no answer", search("G:AI", 7)),
                ("search for an unknown name: no answer", valid + search("G:NONE", 7)),
                ("search for an unknown name, DOREPLY: no answer", valid + search("G:NONE", 7, reply=10)),
                ("search for a field", valid + search("G:AI.EGU", 7)),
                ("search for an unknown field: no answer", valid + search("G:AI.NONE", 7)),
                ("search for a long string", valid + search("G:LSI.VAL$", 7)),
                ("search with a filter", valid + search('G:AI.{"ts":{}}', 7)),
                ("search with a filter that does not exist", valid + search('G:AI.{"none":{}}', 7)),
                ("search with an array slice", valid + search("G:WF:LONG.VAL[1:3]", 7)),
                ("search for an empty name: no answer", valid + search("", 7)),
                ("junk behind a search: the search is answered", valid + search("G:AI", 7) + b"\xff" * 24),
                ("truncated search: no answer", (valid + search("G:AI", 7))[:-3]),
                ("echo: no answer", valid + message(ECHO)),
                ("sixty searches", valid + b"".join(search("G:AI", i) for i in range(60))),
                ("two versions in a datagram: the last number is answered",
                 valid + search("G:AI", 7) + numbered(0x1235) + search("G:BI", 8)),
                ("pending datagrams: answered together with the last number",
                 version, numbered(1) + search("G:AI", 7), numbered(2) + search("G:BI", 8)),
                ("pending datagrams, nothing found in the last",
                 version, numbered(1) + search("G:AI", 7), numbered(2) + search("G:NONE", 8)),
                ("pending datagrams, the last of minor version 10",
                 version, numbered(1) + search("G:AI", 7), message(VERSION, count=10) + search("G:BI", 8, minor=10)),
                ("pending datagrams, the last without version",
                 version, numbered(1) + search("G:AI", 7), search("G:BI", 8)),
                ("pending datagrams, an empty one between: answered before it",
                 version, numbered(1) + search("G:AI", 7), b"", numbered(2) + search("G:BI", 8)),
                ("sixty pending datagrams", version, *(numbered(i) + search("G:AI", i) for i in range(60))),
            ]
            for what, *datagrams in rows:
                exchange(udp, port, out, what, *datagrams, server=server, server_port=port)
    out.write()


main()
