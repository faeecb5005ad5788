"""One file, one tool. `TOOLS` is found by looking into this folder, and nowhere else."""

import pkgutil
from collections.abc import Mapping
from importlib import import_module
from types import MappingProxyType
from typing import Final

from app.sync.tool import Tool

TOOLS: Final[Mapping[str, Tool]] = MappingProxyType(
    {
        name: import_module(f"{__name__}.{name}").TOOL
        for name in sorted(module.name for module in pkgutil.iter_modules(__path__))
    }
)
"""Every tool by its name."""
