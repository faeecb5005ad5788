"""`stackrank keys` and `stackrank workspaces`: what an operator does who has no key yet."""

import re
from collections.abc import Iterator
from contextlib import closing, contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Annotated
from uuid import UUID

import typer

from app.keys import text as key_text
from app.keys.giving import GRACE, give
from app.keys.giving import rotate as rotated
from app.keys.peppers import Peppers
from app.keys.scopes import Scope
from app.main import opened, secrets_of
from app.saying import said
from app.settings import Settings
from app.storage.database import Database
from app.storage.errors import AlreadyServed, NotFound
from app.storage.keys import Keys
from app.storage.workspaces import Workspaces

keys = typer.Typer(no_args_is_help=True, help="Give keys, list them and take them away.")
workspaces = typer.Typer(no_args_is_help=True, help="Make workspaces, and list them.")


def _is_name(name: str) -> str:
    # What is not UTF-8 comes as half of a surrogate pair, which no database keeps.
    if not re.fullmatch(r"[^\x00-\x1f\x7f-\x9f\ud800-\udfff]{1,100}", name):
        raise typer.BadParameter("A name has 1 to 100 characters on one line, in UTF-8.")
    return name


InWorkspace = Annotated[
    str, typer.Option("--workspace", help="The name of the workspace.", callback=_is_name)
]
KeyName = Annotated[
    str, typer.Argument(metavar="KEY", help="The id of the key, or what it begins with: sr_...")
]


def _is_ahead(end: datetime | None) -> datetime | None:
    if end and end.replace(tzinfo=UTC) <= datetime.now(UTC):
        raise typer.BadParameter("It has passed already.")
    return end


@dataclass(frozen=True, slots=True)
class _Opened:
    database: Database
    peppers: Peppers

    @contextmanager
    def keys(self, workspace: str) -> Iterator[Keys]:
        """Read and write the keys of a workspace."""
        with self.database.transaction() as connection:
            found = Workspaces(connection).named(workspace)
            yield Keys(connection, found.id)


@contextmanager
def _opened() -> Iterator[_Opened]:
    with said():
        settings = Settings()
        try:
            database = opened(settings)
        except AlreadyServed as error:
            told = "or ask it: /v1/keys takes the key of an admin."
            raise AlreadyServed(f"{str(error).removesuffix('.')}, {told}") from None
        with closing(database):
            yield _Opened(database, Peppers(secrets_of(database, settings)))


@keys.command("create")
def create_key(
    scope: Annotated[Scope, typer.Option(help="What it may do.")],
    workspace: InWorkspace = "default",
    name: Annotated[
        str, typer.Option(help="What it is for.", callback=_is_name)
    ] = "made by an operator",
    expires: Annotated[
        datetime | None,
        typer.Option(
            formats=["%Y-%m-%d", "%Y-%m-%dT%H:%M:%SZ"],
            help="When it ends, in UTC.",
            callback=_is_ahead,
        ),
    ] = None,
) -> None:
    """Give a key, and print it: this once, and nothing else on standard output."""
    ends = expires.replace(tzinfo=UTC) if expires else None
    with _opened() as service, service.keys(workspace) as kept:
        given = give(
            kept,
            service.peppers,
            datetime.now(UTC),
            name=name,
            scope=scope,
            expires_at=ends,
        )
    typer.echo(given.text)


@keys.command("list")
def list_keys(workspace: InWorkspace = "default") -> None:
    """List the keys of a workspace, one to a line, and when each was last used."""
    with _opened() as service, service.keys(workspace) as kept:
        found = kept.keys(None, None)
    for key in found:
        used = f"last used {key.last_used_at:%Y-%m-%d}" if key.last_used_at else "never used"
        told = [str(key.id), key.scope, f"created {key.created_at:%Y-%m-%d}", used]
        if key.revoked_at:
            told.append(f"revoked {key.revoked_at:%Y-%m-%d}")
        elif key.expires_at:
            told.append(f"ends {key.expires_at:%Y-%m-%d}")
        typer.echo("  ".join([*told, key.name]))


@keys.command("revoke")
def revoke_key(key: KeyName, workspace: InWorkspace = "default") -> None:
    """Take a key away: a running service refuses it within five seconds."""
    with _opened() as service, service.keys(workspace) as kept:
        kept.revoke(_id_of(key), datetime.now(UTC))
    typer.echo("It is revoked.")


@keys.command("rotate")
def rotate_key(key: KeyName, workspace: InWorkspace = "default") -> None:
    """Give a new key like an old one, which ends a day later, and print the new one alone."""
    with _opened() as service, service.keys(workspace) as kept:
        given = rotated(kept, service.peppers, _id_of(key), datetime.now(UTC))
    typer.echo(f"The old key ends in {GRACE.total_seconds() / 3600:.0f} hours.", err=True)
    typer.echo(given.text)


@workspaces.command("create")
def create_workspace(
    name: Annotated[str, typer.Argument(help="Its name.", callback=_is_name)],
) -> None:
    """Make a workspace, whose backlogs and keys are kept apart from all others."""
    with _opened() as service, service.database.transaction() as connection:
        Workspaces(connection).add(name, datetime.now(UTC))
    typer.echo(f"It is there. Its first key: stackrank keys create --workspace {name} ...")


@workspaces.command("list")
def list_workspaces() -> None:
    """List the workspaces."""
    with _opened() as service, service.database.reading() as connection:
        for workspace in Workspaces(connection).all():
            typer.echo(workspace.name)


def _id_of(key: str) -> UUID:
    try:
        return key_text.whose(key)[1] if key.startswith("sr_") else UUID(key)
    except ValueError:
        raise NotFound(f"{key} is neither the id of a key nor what one begins with.") from None
