#!/usr/bin/env python3
"""A coroutine that sleeps for 700 ms before each answer."""
import asyncio
import sys


async def serve(reader, writer):
    while (line := await reader.readline()).endswith(b"\n"):
        await asyncio.sleep(0.7)
        writer.write(line[-2::-1] + b"\n")
        await writer.drain()
    writer.close()


async def main():
    server = await asyncio.start_server(serve, "0.0.0.0", int(sys.argv[1]))
    await server.serve_forever()


asyncio.run(main())
