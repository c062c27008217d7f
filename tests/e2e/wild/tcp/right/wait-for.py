#!/usr/bin/env python3
"""asyncio with a time-out on every read, and a task that wakes ten times a second."""
import asyncio
import sys


async def serve(reader, writer):
    rest = b""
    try:
        while True:
            try:
                piece = await asyncio.wait_for(reader.read(300), 0.25)
            except asyncio.TimeoutError:
                continue
            if not piece:
                break
            *lines, rest = (rest + piece).split(b"\n")
            for line in lines:
                writer.write(line[::-1] + b"\n")
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def tick():
    while True:
        await asyncio.sleep(0.1)
        print(len(asyncio.all_tasks()), "tasks", flush=True)


async def main():
    server = await asyncio.start_server(serve, port=int(sys.argv[1]))
    ticking = asyncio.create_task(tick())
    async with server:
        await server.serve_forever()
    ticking.cancel()


asyncio.run(main())
