"""The pure scoring engine: no clock, disk, network, randomness, SQL or HTTP."""

from typing import Final

VERSION: Final = "3"
"""Raised by every change of what a list scores; stored backlogs are then scored again."""
