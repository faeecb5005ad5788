"""A wire between the service and PostgreSQL that can be broken in four ways."""

import asyncio
import struct
from asyncio import StreamReader, StreamWriter
from collections.abc import Coroutine
from contextlib import suppress
from pathlib import Path
from socket import SO_LINGER, SOL_SOCKET
from threading import Thread
from typing import Any

RESET = struct.pack("ii", 1, 0)
"""Linger for 0 s: the other end is told that the connection is gone, and nothing else."""


class Wire:
    """A TCP proxy; however it is broken, it stays so until it is mended."""

    def __init__(self, path: Path, port: int) -> None:
        self._path, self.port = path, port
        self._server: asyncio.Server | None = None
        self._delay = 0.0
        self._flows = asyncio.Event()
        self._ends: set[StreamWriter] = set()
        self._loop = asyncio.new_event_loop()
        self._thread = Thread(target=self._loop.run_forever)
        self._thread.start()
        self.mend()

    def reset(self) -> None:
        """Cut every connection; new ones are taken."""
        self._do(self._cut())

    def refuse(self) -> None:
        """Cut every connection, and take no new one."""
        self._do(self._hang_up())

    def delay(self, seconds: float) -> None:
        """Hold back for a while whatever passes, each way."""
        self._delay = seconds

    def swallow(self) -> None:
        """Take everything, and pass nothing on."""
        self._loop.call_soon_threadsafe(self._flows.clear)

    def mend(self) -> None:
        """Pass everything on, also what was held back."""
        self._delay = 0
        self._do(self._listen())

    def close(self) -> None:
        self._do(self._hang_up())
        self._loop.call_soon_threadsafe(self._loop.stop)
        self._thread.join()
        self._loop.close()

    def _do(self, work: Coroutine[Any, Any, None]) -> None:
        asyncio.run_coroutine_threadsafe(work, self._loop).result(10)

    async def _listen(self) -> None:
        self._flows.set()
        if self._server is None:
            self._server = await asyncio.start_server(self._connect, "127.0.0.1", self.port)

    async def _connect(self, reader: StreamReader, writer: StreamWriter) -> None:
        try:
            far_reader, far_writer = await asyncio.open_unix_connection(self._path)
        except OSError:
            writer.close()
            return
        self._ends |= {writer, far_writer}
        await asyncio.gather(self._pass(reader, far_writer), self._pass(far_reader, writer))

    async def _pass(self, reader: StreamReader, writer: StreamWriter) -> None:
        with suppress(OSError):
            while data := await reader.read(65_536):
                await self._flows.wait()
                await asyncio.sleep(self._delay)
                writer.write(data)
                await writer.drain()
        writer.close()
        self._ends.discard(writer)

    async def _cut(self) -> None:
        for writer in self._ends.copy():
            with suppress(OSError):  # where the other end was first
                writer.get_extra_info("socket").setsockopt(SOL_SOCKET, SO_LINGER, RESET)
            writer.transport.abort()

    async def _hang_up(self) -> None:
        if self._server:
            self._server.close()
            self._server = None
        self._flows.set()
        while self._ends:
            await self._cut()
            await asyncio.sleep(0.01)
