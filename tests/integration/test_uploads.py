"""Pictures that are handed in before their post: kept for it, and for a day where none comes."""

import os
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from publisher import media
from publisher.errors import NotFound
from publisher.media import uploads
from publisher.media.encode import Encoded

NOW = datetime(2001, 12, 3, 1, 0, tzinfo=UTC)  # whatever is not dated is newer
LONG_AGO = NOW - timedelta(days=1, seconds=1)

Keep = Callable[..., Any]


def drawn(words: str) -> list[Encoded]:
    """A picture in two sizes."""
    small = f"small {words}".encode()
    return [Encoded(words.encode(), "image/png", 40, 30), Encoded(small, "image/png", 4, 3)]


@pytest.fixture
def keep(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Keep:
    """Hand a picture in; `at`: when that was."""
    monkeypatch.setattr(uploads, "reencode", lambda sent, _fits: drawn(sent.decode()))

    def kept(words: str, at: datetime = NOW) -> str:
        made = uploads.keep(tmp_path, words.encode(), (), NOW)
        dated(tmp_path, at, made.sha256, *(one.sha256 for one in made.smaller))
        return made.sha256

    return kept


def dated(data: Path, at: datetime, *names: str) -> None:
    for folder in ("media", "uploads"):
        for name in names:
            if (file := data / folder / name).exists():
                os.utime(file, (at.timestamp(), at.timestamp()))


def there(data: Path) -> set[str]:
    """What the pictures say that lie there."""
    return {file.read_text() for file in (data / "media").iterdir()}


def test_what_no_post_takes_within_a_day_is_removed(tmp_path: Path, keep: Keep) -> None:
    left, waits = keep("a tent", LONG_AGO), keep("a stand", NOW - timedelta(hours=23))
    keep("a hall")
    assert there(tmp_path) == {"a stand", "small a stand", "a hall", "small a hall"}
    with pytest.raises(NotFound):
        uploads.take(tmp_path, left, "A tent")
    assert uploads.take(tmp_path, waits, " A stand ").alt == "A stand"


def test_what_a_post_took_stays(tmp_path: Path, keep: Keep) -> None:
    """Also where it is handed in once more: the post that took it goes out in a month."""
    taken = keep("a tent", LONG_AGO)
    uploads.take(tmp_path, taken, "A tent")
    assert keep("a tent", LONG_AGO) == taken
    for words in ("a stand", "a hall"):
        keep(words, LONG_AGO)
    assert "a tent" in there(tmp_path)
    assert uploads.take(tmp_path, taken, "").alt == ""


def test_a_look_takes_nothing(tmp_path: Path, keep: Keep) -> None:
    looked_at = keep("a tent", LONG_AGO)
    assert uploads.look(tmp_path, looked_at, "A tent").alt == "A tent"
    keep("a stand")
    with pytest.raises(NotFound):
        uploads.look(tmp_path, looked_at, "A tent")


def test_what_was_stored_in_another_way_stays(tmp_path: Path, keep: Keep) -> None:
    media.kept(tmp_path / "media", drawn("before")[1:])  # it may be a post's own
    keep("before", LONG_AGO)
    keep("after", LONG_AGO)
    media.kept(tmp_path / "media", drawn("after"))
    keep("a stand")
    assert there(tmp_path) >= {"small before", "after"}


def test_no_hand_in_removes_more_than_a_few(
    tmp_path: Path, keep: Keep, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploads, "MOST", 2)
    monkeypatch.setattr(uploads, "LONGEST", timedelta(days=7))
    for number in range(5):
        keep(f"tent {number}", NOW - timedelta(days=2))
    monkeypatch.setattr(uploads, "LONGEST", timedelta(days=1))
    keep("a stand")
    assert len([one for one in there(tmp_path) if one.startswith("tent")]) == 3


@pytest.mark.parametrize("off", ["no JSON", "[]", '[{"sha256": 1}]', "a folder", "no picture"])
def test_an_upload_that_cannot_be_read_is_as_good_as_none(
    tmp_path: Path, keep: Keep, off: str
) -> None:
    name = keep("a tent")
    note = tmp_path / "uploads" / name
    if off == "no picture":
        (tmp_path / "media" / name).unlink()
    elif off == "a folder":
        note.unlink()
        note.mkdir()
    else:
        note.write_text(off)
    with pytest.raises(NotFound, match="Upload it again"):
        uploads.take(tmp_path, name, "A tent")
