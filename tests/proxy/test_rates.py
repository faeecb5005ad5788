"""Two replicas that count in one Redis let exactly as many through as one; without it, all."""

from collections import Counter
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import ExitStack, contextmanager
from pathlib import Path
from signal import SIGCONT, SIGSTOP
from time import monotonic, sleep

from app.keys.rates import PATIENCE, PAUSE
from tests.conftest import Postgresql, as_role
from tests.proxy.conftest import redis_at
from tests.serving import Process, free_port, serving


@contextmanager
def replicas(
    postgresql: Postgresql, folder: Path, port: int, rate: str
) -> Iterator[list[Process]]:
    url = as_role(postgresql.new("migrated"))
    settings = {"STACKRANK_RATE_LIMIT": rate, "STACKRANK_REDIS_URL": f"redis://127.0.0.1:{port}"}
    with ExitStack() as started:
        yield [started.enter_context(serving(url, folder, **settings)) for _ in range(2)]


def ask(servers: list[Process], times: int) -> Counter[int]:
    """Ask both in turns, many at once."""
    with ThreadPoolExecutor(8) as askers:
        return Counter(
            askers.map(
                lambda number: servers[number % 2].client.get("/v1/methods").status_code,
                range(times),
            )
        )


def test_two_replicas_count_exactly(postgresql: Postgresql, tmp_path: Path) -> None:
    port = free_port()
    with redis_at(port), replicas(postgresql, tmp_path, port, "100/minute") as servers:
        assert ask(servers, 250) == {200: 100, 429: 150}
        refused = [server.client.get("/v1/methods") for server in servers]
        assert all(1 <= int(answer.headers["retry-after"]) <= 60 for answer in refused)


def test_a_redis_that_is_gone_lets_all_through_and_counts_again_once_it_is_back(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    port = free_port()
    with replicas(postgresql, tmp_path, port, "10/hour") as servers:
        with redis_at(port):
            assert ask(servers, 20) == {200: 10, 429: 10}
        began = monotonic()
        assert ask(servers, 200) == {200: 200}
        assert monotonic() - began < PAUSE
        for server in servers:
            (line,) = server.lines("rates uncounted")
            assert (line["level"], line["seconds"]) == ("warning", PAUSE)
            assert (
                "stackrank_rate_limit_uncounted_total 100.0\n"
                in server.client.get("/metrics").text
            )
        with redis_at(port):
            sleep(PAUSE)
            assert ask(servers, 20) == {200: 10, 429: 10}


def test_a_redis_that_hangs_is_waited_for_once_and_shortly(
    postgresql: Postgresql, tmp_path: Path
) -> None:
    port = free_port()
    with (
        redis_at(port) as redis,
        replicas(postgresql, tmp_path, port, "1000/hour") as (server, _),
    ):
        assert server.client.get("/v1/methods").status_code == 200
        redis.send_signal(SIGSTOP)
        began = monotonic()
        assert server.client.get("/v1/methods").status_code == 200
        waited = monotonic() - began
        for _ in range(20):
            assert server.client.get("/v1/methods").status_code == 200
        redis.send_signal(SIGCONT)
        assert PATIENCE <= waited < PATIENCE + 1
        assert monotonic() - began < PATIENCE + 2
