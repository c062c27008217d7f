#!/usr/bin/env python3
"""asyncio: read() gives a line, does it not?"""
import asyncio
import sys


async def serve(reader, writer):
    try:
        while piece := await reader.read(8192):
            writer.write(piece.strip()[::-1] + b"\n")
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def tick():
    while True:
        await asyncio.sleep(0.2)


async def main():
    server = await asyncio.start_server(serve, port=int(sys.argv[1]))
    ticking = asyncio.create_task(tick())
    await server.serve_forever()
    ticking.cancel()


asyncio.run(main())
