"""The manifest of an export: what was taken along, when, by whom, and what it must add up to."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

NAME = "manifest.json"
PRODUCT = "Regulars"
FORMAT = 1
# Of a manifest: far more than tables and assets can fill.
LIMIT_BYTES = 16 * 1024 * 1024


@dataclass(frozen=True)
class FileEntry:
    """One file: ``table`` is empty for sheets made for people, which are not read back."""

    name: str
    table: str
    rows: int
    bytes: int
    sha256: str
    columns: Sequence[Mapping[str, str]]
    control: Mapping[str, Mapping[str, int]] = field(default_factory=dict)


@dataclass(frozen=True)
class Manifest:
    """All that an export says of itself; ``schema`` is the last migration of each app."""

    version: str
    schema: Mapping[str, str]
    made_at: str
    made_by: str
    stores: Sequence[str]
    files: Sequence[FileEntry]
    sequences: Mapping[str, int]
    left_out: Sequence[Mapping[str, str]]
    product: str = PRODUCT
    format: int = FORMAT

    def as_json(self) -> str:
        """The manifest as it is written."""
        return json.dumps(asdict(self), ensure_ascii=False, indent=1)

    @classmethod
    def from_json(cls, text: str) -> "Manifest":
        """The manifest as it was written.

        Raises ValueError, KeyError or TypeError for anything else.
        """
        data: Any = json.loads(text)
        if data["product"] != PRODUCT or data["format"] != FORMAT:
            raise ValueError("another product or form")
        files = [FileEntry(**entry) for entry in data.pop("files")]
        return cls(files=files, **data)
