"""How a command says what is wrong: in a sentence, and not as a trace."""

from collections.abc import Iterator
from contextlib import contextmanager

import typer
from pydantic import ValidationError

from app.keys.errors import KeyRefused
from app.settings import OpenDoor
from app.storage.errors import StorageError


@contextmanager
def said() -> Iterator[None]:
    """Say what is wrong with the settings, or what the database refuses, and end."""
    try:
        yield
    except ValidationError as error:
        for one in error.errors(include_url=False, include_input=False):
            typer.echo(f"STACKRANK_{str(one['loc'][0]).upper()}: {one['msg']}.", err=True)
        raise typer.Exit(1) from None
    except (StorageError, KeyRefused, OpenDoor) as error:
        typer.echo(str(error), err=True)
        raise typer.Exit(1) from None
