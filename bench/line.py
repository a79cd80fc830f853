"""A line between the browser and a server: TLS, a slow round trip, so many bits a second.

Bytes wait half a round trip in each direction, and a whole one more where a connection begins. All
connections of a line share what it carries to the browser; what the browser sends is little.
"""

import asyncio
import math
import ssl
import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path


@dataclass
class Line:
    """A line, and until when what was sent to the browser keeps it busy."""

    name: str
    round_trip: float  # seconds
    rate: float  # bytes a second, to the browser
    slowdown: int  # of the browser's processor
    busy_until: float = field(default=0, init=False)  # by the event loop's clock

    async def connect(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, port: int
    ) -> None:
        """Carry a connection of the browser's to a port of this machine and back."""
        await asyncio.sleep(self.round_trip)  # it is made
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.CancelledError), closing(writer), closing(far_writer):
            await asyncio.gather(
                self.carry(reader, far_writer, math.inf), self.carry(far_reader, writer, self.rate)
            )

    async def carry(
        self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter, rate: float
    ) -> None:
        """Carry bytes in one direction until their end."""
        loop = asyncio.get_running_loop()
        chunk, arrival = b"first", 0.0
        while chunk:
            chunk = await read(reader)
            begin = loop.time() if rate == math.inf else max(loop.time(), self.busy_until)
            end = begin + len(chunk) / rate
            if rate != math.inf:
                self.busy_until = end
            arrival = max(end + self.round_trip / 2, arrival + 1e-6)  # in their order
            loop.call_at(arrival, deliver, writer, chunk)


def deliver(writer: asyncio.StreamWriter, chunk: bytes) -> None:
    """Write what has arrived, unless the browser has left; nothing is the end."""
    if not chunk:
        writer.close()
    elif not writer.is_closing():
        writer.write(chunk)


async def read(reader: asyncio.StreamReader) -> bytes:
    """Return what has come, nothing at the end or where the connection is lost."""
    try:
        return await reader.read(16384)
    except OSError:
        return b""


async def pump(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
    """Copy bytes until their end."""
    while chunk := await read(reader):
        writer.write(chunk)
    writer.close()


DIRECT = Line("no line", round_trip=0, rate=math.inf, slowdown=1)
PHONE = Line("phone", round_trip=0.150, rate=1.6e6 / 8, slowdown=4)
QUICK = Line("quick line", round_trip=0.020, rate=20e6 / 8, slowdown=1)


@contextmanager
def over(
    line: Line, ports: Sequence[int], certificate: Path
) -> Iterator[tuple[list[int], Callable[[], None]]]:
    """Yield for each port of this machine one that leads to it over the line, by https.

    And what ends all connections, as they have ended on another day.
    `certificate` is a file with a certificate and its key.
    """
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    loop = asyncio.new_event_loop()
    thread = threading.Thread(target=loop.run_forever, daemon=True)
    thread.start()

    def hang_up() -> None:
        asyncio.run_coroutine_threadsafe(end_all(), loop).result()

    listening = [listen(line, port, context) for port in ports]
    yield [asyncio.run_coroutine_threadsafe(one, loop).result() for one in listening], hang_up
    hang_up()
    loop.call_soon_threadsafe(loop.stop)
    thread.join()
    loop.close()


async def listen(line: Line, port: int, context: ssl.SSLContext) -> int:
    """Return a port that leads over the line, and then by https, to the one given."""

    async def decrypt(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        far_reader, far_writer = await asyncio.open_connection("127.0.0.1", port)
        with suppress(asyncio.CancelledError), closing(writer), closing(far_writer):
            await asyncio.gather(pump(reader, far_writer), pump(far_reader, writer))

    inner = await asyncio.start_server(decrypt, "127.0.0.1", 0, ssl=context)
    inner_port = inner.sockets[0].getsockname()[1]
    outer = await asyncio.start_server(
        lambda reader, writer: line.connect(reader, writer, inner_port), "127.0.0.1", 0
    )
    result: int = outer.sockets[0].getsockname()[1]
    return result


async def end_all() -> None:
    """End all connections."""
    tasks = asyncio.all_tasks() - {asyncio.current_task()}
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
