#!/usr/bin/env python3
# An event loop, which removes a socket that is there by itself.
import asyncio
import sys


async def serve(reader, writer):
    try:
        while (line := await reader.readline()).endswith(b"\n"):
            writer.write(line[:-1][::-1] + b"\n")
            await writer.drain()
    except ConnectionError:
        pass
    writer.close()


async def main():
    server = await asyncio.start_unix_server(serve, sys.argv[1])
    await server.serve_forever()


asyncio.run(main())
