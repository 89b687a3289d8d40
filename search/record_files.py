"""Typed JSON files: immutable records, read and written in one way."""

from pathlib import Path
from typing import Annotated, Any, Self

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from search.files import save_json

FORMAT_VERSION = 2

Share = Annotated[float, Field(ge=0, le=1)]
Count = Annotated[int, Field(ge=0)]


class Record(BaseModel):
    """A part of a file: immutable, numbers finite."""

    model_config = ConfigDict(frozen=True, allow_inf_nan=False, validate_by_name=True, validate_by_alias=True)


class OpenRecord(Record):
    """A part that keeps fields which no reader needs, to repeat a run by."""

    model_config = ConfigDict(extra="allow")


class File(Record):
    """A whole file."""

    version: int = FORMAT_VERSION

    @classmethod
    def load(cls, path: Path) -> Self:
        """Read a file.

        Raises:
            FileNotFoundError: no such file.
            ValueError: it holds something else.
        """
        try:
            return cls.model_validate_json(path.read_bytes())
        except ValidationError as error:
            first = error.errors(include_url=False, include_input=False)[0]
            where = ".".join(map(str, first["loc"])) or "all of it"
            raise ValueError(
                f"expected {path} as its command wrote it, {where} is not so ({first['msg']}); make it anew"
            ) from error

    def save(self, path: Path) -> None:
        """Write the file, aside first."""
        save_json(self.as_json(), path)

    def as_json(self) -> dict[str, Any]:
        """Return what the file holds; fields that are not set are left out."""
        return self.model_dump(mode="json", by_alias=True, exclude_unset=True) | {"version": self.version}
