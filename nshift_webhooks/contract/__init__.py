"""Declarations of messages: each property once, the JSON Schemas, the versions.

Plain Python. The builders in ``payload/`` make what is declared here; every message
that a test produces is checked.
"""

from .schema import TYPES, opened, schema, thin_schema
from .versions import data_of, names, newest

__all__ = [
    "TYPES",
    "data_of",
    "names",
    "newest",
    "opened",
    "schema",
    "thin_schema",
]
