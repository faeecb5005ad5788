"""A key is looked up once in a while, proven each time, and forgotten at once when it ends."""

import hmac
from concurrent.futures import ThreadPoolExecutor
from contextlib import closing
from datetime import UTC, datetime
from time import monotonic, sleep
from typing import Any
from uuid import UUID

import pytest
from sqlalchemy import Engine, event, text

from app.keys import callers as module
from app.keys import failures
from app.keys import text as key_text
from app.keys.callers import Caller, Callers
from app.keys.errors import AlreadyEnded, KeyEnded, NotAKey, TooManyFailures
from app.keys.failures import Failures
from app.keys.giving import first_key, give, rotate
from app.keys.peppers import Peppers
from app.storage.database import Database
from app.storage.keys import Keys
from app.storage.repository import DEFAULT_WORKSPACE
from app.storage.workspaces import Workspaces
from tests.conftest import KEY, KEY_ID, SECRET, Postgresql, as_role, give_key

HERE = "203.0.113.7"
ADMIN = Caller(DEFAULT_WORKSPACE, KEY_ID, "admin")


@pytest.fixture
def callers(served: Database) -> Callers:
    return Callers(served, Peppers([SECRET]))


def forged(key_id: UUID = KEY_ID) -> str:
    return key_text.written(DEFAULT_WORKSPACE, key_id, b"?" * 32)


def revoke(database: Database, key_id: UUID) -> None:
    with database.transaction() as connection:
        Keys(connection, DEFAULT_WORKSPACE).revoke(key_id, datetime.now(UTC))


def test_a_proven_key_is_known_without_the_database(callers: Callers, database: Database) -> None:
    assert callers.remembered(KEY) is None
    assert callers.found(KEY, HERE) == ADMIN
    with database.transaction() as connection:
        connection.execute(text("DROP TABLE api_key"))
    assert callers.remembered(KEY) == ADMIN


def test_a_proven_key_is_proven_again_each_time(callers: Callers) -> None:
    callers.found(KEY, HERE)
    assert callers.remembered(forged()) is None
    with pytest.raises(NotAKey):
        callers.found(forged(), HERE)


@pytest.mark.parametrize("key", ["", "sr_nothing", KEY[:-1] + "?"])
def test_what_cannot_be_a_key_is_refused_without_the_database(key: str) -> None:
    with closing(Database("sqlite://")) as without_tables:
        callers = Callers(without_tables, Peppers([SECRET]))
        with pytest.raises(NotAKey):
            callers.remembered(key)
        with pytest.raises(NotAKey):
            callers.found(key, HERE)


def test_a_revoked_key_is_forgotten_here_at_once_and_elsewhere_after_a_while(
    callers: Callers, served: Database, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    elsewhere = Callers(served, Peppers([SECRET]))
    for one in (callers, elsewhere):
        one.found(KEY, HERE)
    revoke(database, KEY_ID)
    callers.forget(DEFAULT_WORKSPACE, KEY_ID)
    assert callers.remembered(KEY) is None
    with pytest.raises(KeyEnded):
        callers.found(KEY, HERE)
    assert elsewhere.remembered(KEY) == ADMIN
    now = monotonic()
    monkeypatch.setattr(module, "monotonic", lambda: now + 5.1)
    assert elsewhere.remembered(KEY) is None
    with pytest.raises(KeyEnded):
        elsewhere.found(KEY, HERE)


def test_a_key_that_was_read_slowly_is_known_no_longer_than_any_other(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    seconds = [0.0]
    monkeypatch.setattr(module, "monotonic", lambda: seconds[-1])

    def wait(*_: object) -> None:
        seconds.append(4.0)

    event.listen(Engine, "after_cursor_execute", wait)
    try:
        callers.found(KEY, HERE)
    finally:
        event.remove(Engine, "after_cursor_execute", wait)
    assert callers.remembered(KEY) == ADMIN
    seconds.append(5.1)
    assert callers.remembered(KEY) is None


def test_a_key_that_ended_is_known_to_have_ended(callers: Callers, database: Database) -> None:
    revoke(database, KEY_ID)
    with pytest.raises(KeyEnded, match="is revoked"):
        callers.found(KEY, HERE)
    with pytest.raises(KeyEnded, match="is revoked"):
        callers.remembered(KEY)


def test_a_key_ends_at_its_time_though_it_was_proven_before(
    callers: Callers, database: Database
) -> None:
    given = give_key(database, expires_at=datetime.now(UTC).replace(year=2100))
    callers.found(given.text, HERE)
    with database.transaction() as connection:
        Keys(connection, DEFAULT_WORKSPACE).set_end(given.key.id, datetime.now(UTC))
    callers.forget(DEFAULT_WORKSPACE, given.key.id)
    with pytest.raises(KeyEnded, match="has expired"):
        callers.found(given.text, HERE)
    with pytest.raises(KeyEnded, match="has expired"):
        callers.remembered(given.text)


def test_a_key_of_one_workspace_says_nothing_in_another(callers: Callers) -> None:
    elsewhere = key_text.written(UUID(int=7), KEY_ID, b"what a key hides, 32 bytes of it")
    with pytest.raises(NotAKey):
        callers.found(elsewhere, HERE)


def test_keys_of_an_older_secret_stay_good_until_it_is_gone(served: Database) -> None:
    new = "the secret that came after the other"
    assert Callers(served, Peppers([new, SECRET])).found(KEY, HERE) == ADMIN
    with pytest.raises(NotAKey):
        Callers(served, Peppers([new])).found(KEY, HERE)


def test_who_guesses_waits_and_whose_key_is_known_does_not(callers: Callers) -> None:
    callers.found(KEY, HERE)
    for number in range(20):
        with pytest.raises(NotAKey):
            callers.found(forged(UUID(int=number)), HERE)
    with pytest.raises(TooManyFailures) as refused:
        callers.found(forged(UUID(int=20)), HERE)
    assert 1 <= refused.value.seconds <= 60
    assert callers.found(KEY, HERE) == ADMIN
    with pytest.raises(NotAKey):
        callers.found(forged(UUID(int=20)), "203.0.113.8")


def test_a_key_that_nobody_has_costs_what_a_wrong_one_does(
    callers: Callers, monkeypatch: pytest.MonkeyPatch
) -> None:
    done: list[str] = []
    digest = hmac.digest

    def digested(*sent: Any) -> bytes:  # noqa: ANN401 - as hmac takes them
        done.append("a digest")
        return digest(*sent)

    def executed(*sent: Any) -> None:  # noqa: ANN401 - as SQLAlchemy tells them
        done.append(sent[2])

    monkeypatch.setattr(hmac, "digest", digested)
    costs = []
    event.listen(Engine, "before_cursor_execute", executed)
    try:
        for key_id in (KEY_ID, UUID(int=7)):
            done.clear()
            with pytest.raises(NotAKey):
                callers.found(forged(key_id), HERE)
            costs.append(list(done))
    finally:
        event.remove(Engine, "before_cursor_execute", executed)
    assert costs[0] == costs[1]
    assert costs[0].count("a digest") == 2


def test_who_calls_by_ipv4_is_told_from_others_where_a_proxy_listens_on_both() -> None:
    failures = Failures()
    for _ in range(20):
        failures.count("::ffff:192.0.2.1")
    failures.refuse("::ffff:192.0.2.2")
    with pytest.raises(TooManyFailures):
        failures.refuse("::ffff:192.0.2.1")


def test_failures_are_forgotten_after_a_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Failures()
    for _ in range(20):
        counted.count("2001:db8:0:1::1")
    with pytest.raises(TooManyFailures):
        counted.refuse("2001:db8:0:1:ffff::2")
    counted.refuse("2001:db8:0:2::1")
    now = monotonic()
    monkeypatch.setattr(failures, "monotonic", lambda: now + 61)
    counted.refuse("2001:db8:0:1::1")


def test_no_more_addresses_are_remembered_than_fit(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(failures, "ADDRESSES", 3)
    counted = Failures()
    for address in ("a", "b", "c", "d"):
        for _ in range(20):
            counted.count(address)
    counted.refuse("a")
    with pytest.raises(TooManyFailures):
        counted.refuse("d")


def test_no_more_keys_are_remembered_than_fit(
    callers: Callers, database: Database, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "MOST", 1)
    callers.found(KEY, HERE)
    callers.found(give_key(database).text, HERE)
    assert callers.remembered(KEY) is None


def test_uses_are_written_by_themselves(callers: Callers, database: Database) -> None:
    callers.found(KEY, HERE)
    callers.remembered(KEY)
    callers.write_used()
    with database.reading() as connection:
        used = Keys(connection, DEFAULT_WORKSPACE).key(KEY_ID).last_used_at
    assert used
    callers.write_used()
    with database.reading() as connection:
        assert Keys(connection, DEFAULT_WORKSPACE).key(KEY_ID).last_used_at == used


def test_of_two_rotations_at_once_one_gives_a_key(served: Database) -> None:
    def rotated() -> None:
        with served.transaction() as connection:
            rotate(
                Keys(connection, DEFAULT_WORKSPACE), Peppers([SECRET]), KEY_ID, datetime.now(UTC)
            )

    with ThreadPoolExecutor(1) as other:
        with served.transaction() as connection:
            keys = Keys(connection, DEFAULT_WORKSPACE)
            rotate(keys, Peppers([SECRET]), KEY_ID, datetime.now(UTC))
            second = other.submit(rotated)
            sleep(0.3)
        with pytest.raises(AlreadyEnded):
            second.result()


def test_a_use_that_is_written_late_hides_no_later_one(served: Database) -> None:
    earlier, later = datetime(2026, 1, 1, tzinfo=UTC), datetime(2026, 1, 2, tzinfo=UTC)
    with served.transaction() as connection:
        keys = Keys(connection, DEFAULT_WORKSPACE)
        for at in (later, earlier):
            keys.set_used(KEY_ID, at)
        assert keys.key(KEY_ID).last_used_at == later


def test_two_replicas_that_start_at_once_give_one_first_key(postgresql: Postgresql) -> None:
    address = postgresql.new("migrated")
    with closing(Database(address)) as owner, owner.transaction() as connection:
        connection.execute(text("DELETE FROM api_key"))

    def start(_number: int) -> bool:
        with closing(Database(as_role(address))) as database:
            return first_key(database, Peppers([SECRET]), datetime.now(UTC)) is not None

    with ThreadPoolExecutor(4) as replicas:
        assert sorted(replicas.map(start, range(4))) == [False, False, False, True]


def test_a_replica_that_starts_does_not_wait_for_those_who_write(postgresql: Postgresql) -> None:
    address = as_role(postgresql.new("migrated"))
    with closing(Database(address)) as busy, busy.transaction() as connection:
        keys = Keys(connection, DEFAULT_WORKSPACE)
        give(keys, Peppers([SECRET]), datetime.now(UTC), name="deploy", scope="read")
        with closing(Database(address)) as database, database.transaction() as other:
            other.execute(text("SET LOCAL lock_timeout = '1s'"))
            Workspaces(other).lock(DEFAULT_WORKSPACE)


def test_a_database_with_keys_gets_no_first_one(served: Database) -> None:
    assert first_key(served, Peppers([SECRET]), datetime.now(UTC)) is None
