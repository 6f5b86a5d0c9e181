"""Declarations of messages: each property once, the JSON Schemas, the versions.

Plain Python. The builders in ``payload/`` make what is declared here, and the tests
check each message that they produce.
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
