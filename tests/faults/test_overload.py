"""More clients than can be served are refused at once, and none of the others is forgotten."""

from subprocess import DEVNULL, run
from time import sleep

from tests.faults.conftest import Server, Tally
from tests.faults.load import Load

SECONDS = 8
CURL = "/usr/bin/curl"


def test_overload_by_200_clients(server: Server, database_url: str, tally: Tally) -> None:
    with Load(tally, [server.client], writers=100, readers=100) as load:
        for _ in range(SECONDS):
            sleep(1)
            # Not from this process, whose own threads wait for each other; 10 s as they share its
            # cores with the service.
            run(
                (CURL, "-sSf", "--max-time", "10", f"http://127.0.0.1:{server.port}/livez"),
                stdout=DEVNULL,
                check=True,
            )
        load.heals()
    load.check(database_url)
    assert tally.acknowledged > SECONDS
    assert tally.statuses["503 overloaded"], "nobody was refused"
