"""Where policy owners were told before: what was changed there by hand stops nothing."""

from types import SimpleNamespace
from typing import Any

import pytest

from publisher.store import former, meta


@pytest.mark.parametrize("kept", ["", "{", "another", "[1]", "null", '"x"'])
def test_what_is_no_note_of_ours_names_nobody(kept: str, monkeypatch: pytest.MonkeyPatch) -> None:
    tx: Any = SimpleNamespace()
    monkeypatch.setattr(meta, "get", lambda _tx, _name: kept)
    assert former.addresses(tx) == []
