"""A line that delays: what lies between a page and a kernel on a hub or in the cloud, on loopback."""

from __future__ import annotations

import asyncio
import contextlib
import threading
from collections.abc import Iterator
from time import monotonic

CHUNK = 1 << 16  # bytes


class SlowLine:
    """Passes on what comes from either side after `delay` seconds, in its order; `address` is where it listens."""

    def __init__(self, host: str, port: int) -> None:
        self.delay = 0.0
        self._to = host, port
        self._loop = asyncio.new_event_loop()
        self._server = self._loop.run_until_complete(asyncio.start_server(self._connect, "127.0.0.1", 0))
        self.address = f"http://127.0.0.1:{self._server.sockets[0].getsockname()[1]}"
        self._thread = threading.Thread(target=self._loop.run_forever, daemon=True)

    async def _connect(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        there, back = await asyncio.open_connection(*self._to)
        await asyncio.gather(self._pass(reader, back), self._pass(there, writer))

    async def _pass(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        waiting: asyncio.Queue[tuple[float, bytes]] = asyncio.Queue()

        async def deliver() -> None:
            data = b"-"
            while data:
                due, data = await waiting.get()
                await asyncio.sleep(max(due - monotonic(), 0))
                if data:
                    writer.write(data)
                    await writer.drain()

        delivery = asyncio.ensure_future(deliver())
        data = b"-"
        with contextlib.suppress(ConnectionError):
            while data:
                data = await reader.read(CHUNK)
                waiting.put_nowait((monotonic() + self.delay, data))
            await delivery
        delivery.cancel()
        writer.close()

    def __enter__(self) -> SlowLine:
        self._thread.start()
        return self

    def __exit__(self, *error: object) -> None:
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join(5)


@contextlib.contextmanager
def slow_line(address: str) -> Iterator[SlowLine]:
    """Put a line before a server at an address such as http://127.0.0.1:8888; its `delay` is 0 at first."""
    host, _, port = address.removeprefix("http://").partition(":")
    with SlowLine(host, int(port)) as line:
        yield line
