"""Writes files into a zip on disk as they are made, hashed and counted on the way."""

import hashlib
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import IO

# Long enough that compressing pays, short enough that nobody notices it in memory.
PIECE = 1 << 18
# Most of what the strongest level saves at a third of its time.
LEVEL = 4
# One moment for all: two exports of one state are the same bytes.
DATED = (1980, 1, 1, 0, 0, 0)
PRIVATE = 0o600 << 16


class Entry:
    """A file inside the zip while it is written."""

    def __init__(self, file: IO[bytes]) -> None:
        self._file, self._pieces, self._waiting = file, bytearray(), hashlib.sha256()
        self.bytes = 0

    def write(self, data: bytes | memoryview) -> int:
        """Take some more of the file."""
        self._pieces += data
        if len(self._pieces) >= PIECE:
            self.flush()
        return len(data)

    def flush(self) -> None:
        """Hand on what is held back."""
        self._waiting.update(self._pieces)
        self._file.write(self._pieces)
        self.bytes += len(self._pieces)
        self._pieces.clear()

    @property
    def sha256(self) -> str:
        """The checksum of all that was handed on."""
        return self._waiting.hexdigest()


class Package:
    """A zip that grows on disk; it appears under its name when it is whole."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self._part = path.with_name(path.name + ".part")

    def __enter__(self) -> "Package":
        self._zip = zipfile.ZipFile(self._part, "w", zipfile.ZIP_DEFLATED, compresslevel=LEVEL)
        return self

    def __exit__(self, kind: type[BaseException] | None, *_rest: object) -> None:
        self._zip.close()
        if kind is None:
            self._part.replace(self.path)
        else:
            self._part.unlink(missing_ok=True)

    @contextmanager
    def entry(self, name: str) -> Iterator[Entry]:
        """A new file of this name, open for as long as the block lasts."""
        info = zipfile.ZipInfo(name, DATED)
        info.compress_type, info.external_attr = zipfile.ZIP_DEFLATED, PRIVATE
        with self._zip.open(info, "w", force_zip64=True) as file:
            entry = Entry(file)
            yield entry
            entry.flush()
