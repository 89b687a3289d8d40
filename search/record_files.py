"""Typed JSON files: immutable records, read and written in one way, with a checksum of what they say."""

import hashlib
import json
from collections.abc import Mapping
from pathlib import Path
from typing import Annotated, Any, ClassVar, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError
from pydantic_core import from_json

from search.files import save_json

FORMAT_VERSION = 3
# Since this version a file without a checksum is refused.
CHECKED_VERSION = 3
CHECKSUM = "sha256"

Share = Annotated[float, Field(ge=0, le=1)]
# A share or a difference of two, and what rounding adds.
Score = Annotated[float, Field(ge=-1.001, le=1.001)]
Count = Annotated[int, Field(ge=0, le=10**12)]


class Record(BaseModel):
    """A part of a file: immutable; a number is a number, no text that looks like one, and finite."""

    model_config = ConfigDict(
        frozen=True, strict=True, allow_inf_nan=False, validate_by_name=True, validate_by_alias=True
    )


class OpenRecord(Record):
    """A part that keeps fields which no reader needs, to repeat a run by."""

    model_config = ConfigDict(extra="allow")


class File(Record):
    """A whole file."""

    # What people may edit has none.
    has_checksum: ClassVar[bool] = True

    version: int = FORMAT_VERSION

    @property
    def is_checked(self) -> bool:
        """Whether such a file has a checksum, which was compared on loading."""
        return "version" in self.model_fields_set and self.version >= CHECKED_VERSION

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file; one of before there were checksums is taken as it is.

        Raises:
            FileNotFoundError: no such file.
            ValueError: it holds something else, or is not as it was written.
        """
        content = path.read_bytes()
        try:
            value = from_json(content)
        except ValueError as error:
            raise ValueError(
                f"expected {path} as its command wrote it, all of it is not so ({error}); make it anew"
            ) from error
        if cls.has_checksum and isinstance(value, dict):
            check_checksum(value, path)
        try:
            return cls.model_validate_json(content)
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "all of it"
            raise ValueError(
                f"expected {path} as its command wrote it, {where} is not so ({first['msg']}); make it anew"
            ) from error

    def save(self, path: Path) -> None:
        """Write the file, aside first, with its checksum."""
        value = self.as_json()
        save_json(value | ({CHECKSUM: checksum(value)} if self.has_checksum else {}), path)

    def as_json(self) -> dict[str, Any]:
        """Return what the file holds; fields that are not set are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True) | {"version": FORMAT_VERSION}


def checksum(value: Mapping[str, Any]) -> str:
    """Hash what a file says, whatever its order and spaces; its checksum is no part of that."""
    said = {name: one for name, one in value.items() if name != CHECKSUM}
    return hashlib.sha256(json.dumps(said, sort_keys=True, separators=(",", ":")).encode()).hexdigest()


def check_checksum(value: Mapping[str, Any], path: Path) -> None:
    """Refuse a file that does not say what it said when it was written.

    Raises:
        ValueError: its checksum is another, or missing.
    """
    version = value.get("version", 0)
    if CHECKSUM not in value and not (isinstance(version, int) and version >= CHECKED_VERSION):
        return
    if value.get(CHECKSUM) != checksum(value):
        raise ValueError(
            f"expected {path} as its command wrote it, its checksum is another: it is damaged, or was changed by hand; "
            f"make it anew, or take out its {CHECKSUM} and version to vouch for it yourself"
        )
