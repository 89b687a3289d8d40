"""An encoder that counts its calls."""

from typing import Any

from tests.fakes import FakeEncoder


class CountingEncoder:
    """Hands every call to another encoder, and lists those that encode."""

    def __init__(self, encoder: FakeEncoder) -> None:
        self.encoder = encoder
        self.calls: list[str] = []

    def __getattr__(self, name: str) -> Any:
        value = getattr(self.encoder, name)
        if not name.startswith("encode_"):
            return value

        def counted(*args: Any, **options: Any) -> Any:
            self.calls.append(name)
            return value(*args, **options)

        return counted
