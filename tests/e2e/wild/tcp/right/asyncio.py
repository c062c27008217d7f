#!/usr/bin/env python3
"""Coroutines, and a task that ticks in the background for nothing."""
import asyncio
import sys


async def serve(reader, writer):
    try:
        while (line := await reader.readline()).endswith(b"\n"):
            writer.write(line[-2::-1] + b"\n")
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def tick():
    while True:
        await asyncio.sleep(0.25)


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", int(sys.argv[1]))
    await asyncio.gather(server.serve_forever(), tick())


asyncio.run(main())
