"""Writers at work while something breaks, and what they were told held against the database."""

from collections.abc import Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from itertools import count
from threading import Event
from time import monotonic, sleep
from types import TracebackType
from typing import Self

import httpx

from tests.faults.conftest import Tally, assert_sound, backlog, rice, rows

PAUSE = 0.2
"""Seconds that a writer waits after it was refused."""

HEALING = 6
"""Seconds until a write succeeds again: 2, and as much more as a machine may be busy with others;
the table says how many it took."""


class Load:
    """Writers that add one item after the other, each under a key of its own, and readers.

    Each item raises the revision of the backlog by one. Only a service that itself `dies` may hang
    up: every other one answers.
    """

    def __init__(
        self,
        tally: Tally,
        clients: Sequence[httpx.Client],
        writers: int = 4,
        readers: int = 1,
        *,
        dies: bool = False,
    ) -> None:
        self.address = backlog(clients[0])
        self._name = clients[0].get(self.address).json()["name"]
        self.acknowledged: dict[str, bytes] = {}
        self.unknown: set[str] = set()
        self._tally = tally
        self._clients = clients
        self._writers, self._readers = writers, readers
        self._unanswered = (httpx.NetworkError, httpx.ProtocolError) if dies else ()
        self._pool = ThreadPoolExecutor(writers + readers)
        self._done = Event()
        self._work: list[Future[None]] = []

    def __enter__(self) -> Self:
        self._work = [self._pool.submit(self._write, number) for number in range(self._writers)]
        self._work += [self._pool.submit(self._read) for _ in range(self._readers)]
        return self

    def __exit__(
        self,
        _type: type[BaseException] | None,
        error: BaseException | None,
        _traceback: TracebackType | None,
    ) -> None:
        self._done.set()
        self._pool.shutdown()
        if error is None:
            for one in self._work:
                one.result()

    def heals(self) -> None:
        """See that a write succeeds soon, now that nothing is broken any more."""
        began, before = monotonic(), len(self.acknowledged)
        while len(self.acknowledged) == before:
            assert monotonic() - began < HEALING, "it does not heal"
            sleep(0.005)
        self._tally.heal = max(self._tally.heal, monotonic() - began)

    def check(self, database_url: str) -> None:
        """Look for each item, send again what is in doubt, and look once more."""
        found = self.items(database_url)
        self._tally.acknowledged = len(self.acknowledged)
        self._tally.unknown = len(self.unknown)
        lost = self.acknowledged.keys() - found
        phantom = found - self.acknowledged.keys() - self.unknown
        self._tally.lost, self._tally.phantom = len(lost), len(phantom)
        assert (lost, phantom) == (set(), set())
        for key in self.unknown:
            assert self._send(self._clients[0], key).is_success
        found = self.items(database_url)
        assert found == self.acknowledged.keys() | self.unknown
        counted = "SELECT revision - 1, ranked FROM backlog WHERE name = :name"
        assert rows(database_url, counted, name=self._name) == [(len(found), len(found))]
        for key in list(self.acknowledged)[-50:]:
            assert self._send(self._clients[-1], key).content == self.acknowledged[key]
        assert self.items(database_url) == found, "what was sent again was done again"
        assert_sound(database_url)

    def items(self, database_url: str) -> set[str]:
        """Read which items a database has."""
        query = """
        SELECT key FROM item JOIN backlog ON backlog.id = item.backlog_id WHERE name = :name
        """
        return {key for (key,) in rows(database_url, query, name=self._name)}

    def _write(self, writer: int) -> None:
        for number in count():
            if self._done.is_set():
                return
            key = f"{writer}-{number}"
            try:
                answer = self._send(self._clients[number % len(self._clients)], key)
            except self._unanswered:
                self.unknown.add(key)
                sleep(PAUSE)
                continue
            self._tally.count(answer)
            if answer.is_success:
                self.acknowledged[key] = answer.content
                continue
            if answer.json()["type"] == "/problems/unavailable":
                self.unknown.add(key)  # every other refusal says that nothing was done
            sleep(PAUSE)

    def _read(self) -> None:
        for number in count():
            if self._done.is_set():
                return
            try:
                client = self._clients[number % len(self._clients)]
                answer = self._tally.count(client.get(f"{self.address}/ranking"))
            except self._unanswered:
                sleep(PAUSE)
                continue
            if not answer.is_success:
                sleep(PAUSE)

    def _send(self, client: httpx.Client, key: str) -> httpx.Response:
        return client.post(
            f"{self.address}/items",
            json={"items": [rice(key)]},
            headers={"idempotency-key": key},
        )
