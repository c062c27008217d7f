#!/usr/bin/env python3
"""asyncio's loop, which says when there is something to read."""
import asyncio
import socket
import sys


def answer(server):
    data, address = server.recvfrom(2048)
    server.sendto(data[::-1], address)


async def main():
    server = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    server.bind(("", int(sys.argv[1])))
    server.setblocking(False)
    asyncio.get_running_loop().add_reader(server, answer, server)
    await asyncio.Event().wait()


asyncio.run(main())
