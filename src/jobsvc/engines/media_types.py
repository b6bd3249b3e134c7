"""Guesses what kind of file an output is when its manifest does not say so."""

from functools import cache
from mimetypes import MimeTypes

ANY = "application/octet-stream"
_UNKNOWN = {"", ANY, "application/unknown", "unknown"}
_COMPRESSED = {"gzip": "application/gzip", "bzip2": "application/x-bzip2", "xz": "application/x-xz"}


def media_type(name: str, declared: str) -> str:
    """The declared media type, or if that says nothing, what the extension of the name says; `ANY` in doubt."""
    if declared not in _UNKNOWN:
        return declared
    kind, encoding = _table().guess_type(name)
    if encoding:
        return _COMPRESSED.get(encoding, ANY)
    return kind or ANY


@cache
def _table() -> MimeTypes:
    # A table of its own: the functions of the module also read files of the host, and differ between hosts.
    table = MimeTypes()
    table.add_type("application/geo+json", ".geojson")
    return table
