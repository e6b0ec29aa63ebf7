"""A relay in front of a real server that can be told to misbehave: what a network and a tired server do."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from enum import StrEnum

BUSY = b"HTTP/1.1 503 Service Unavailable\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"
BLOCK = 16 << 10


class Mood(StrEnum):
    """How it behaves towards new connections."""

    WELL = "well"
    BUSY = "busy"  #: answers 503
    AWAY = "away"  #: hangs up at once
    CUTTING = "cutting"  #: ends each answer after some bytes
    SLOW = "slow"  #: a block of an answer every 20 ms
    SILENT = "silent"  #: takes the question and never answers


@dataclass(slots=True)
class Relay:
    """A listening relay."""

    endpoint: str
    target: tuple[str, int]
    mood: Mood = Mood.WELL
    moods: list[Mood] = field(default_factory=list)  #: of the next connections, one each; then `mood` again
    cut_after: int = 64 << 10  #: bytes of an answer

    def next_mood(self) -> Mood:
        """Mood for the connection that comes."""
        return self.moods.pop(0) if self.moods else self.mood


@contextmanager
def relay_to(endpoint: str) -> Iterator[Relay]:
    """Relay to host:port until the block ends."""
    host, port = endpoint.rsplit(":", 1)
    with socket.create_server(("127.0.0.1", 0)) as listener:
        relay = Relay(f"127.0.0.1:{listener.getsockname()[1]}", (host, int(port)))
        threading.Thread(target=_accept, args=(listener, relay), daemon=True).start()
        yield relay
        listener.shutdown(socket.SHUT_RDWR)


def _accept(listener: socket.socket, relay: Relay) -> None:
    while True:
        try:
            client, _ = listener.accept()
        except OSError:
            return
        threading.Thread(target=_serve, args=(client, relay), daemon=True).start()


def _serve(client: socket.socket, relay: Relay) -> None:
    mood = relay.next_mood()
    with client:
        if mood is Mood.AWAY:
            return
        if mood is Mood.BUSY:
            client.recv(BLOCK)
            client.sendall(BUSY)
            return
        if mood is Mood.SILENT:
            while client.recv(BLOCK):
                pass
            return
        with socket.create_connection(relay.target) as server:
            threading.Thread(target=_pump, args=(client, server, Mood.WELL, 0), daemon=True).start()
            _pump(server, client, mood, relay.cut_after)


def _pump(source: socket.socket, sink: socket.socket, mood: Mood, cut_after: int) -> None:
    sent = 0
    try:
        while block := source.recv(BLOCK):
            if mood is Mood.SLOW:
                time.sleep(0.02)
            if mood is Mood.CUTTING and sent + len(block) > cut_after:
                sink.sendall(block[: cut_after - sent])
                break
            sink.sendall(block)
            sent += len(block)
        sink.shutdown(socket.SHUT_RDWR)
    except OSError:
        return
