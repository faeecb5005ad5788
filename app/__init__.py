"""Stackrank: the service that is asked, in what order?"""

from importlib.metadata import version

__version__ = version("stackrank")
