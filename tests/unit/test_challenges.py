"""What browsers are asked for a passkey: nobody makes one up, answers it twice, or keeps others out."""

import pytest

from publisher.service import waiting
from publisher.service.waiting import PATIENCE, Challenges


def test_each_is_answered_once_and_in_time() -> None:
    known = Challenges()
    first, second = known.new(0.0), known.new(0.0)
    assert first != second
    assert known.take(first, 1.0)
    assert not known.take(first, 2.0)
    assert not known.take(first + "=", 2.0), "nor when it is written otherwise"
    assert not known.take("!" + first, 2.0)
    assert known.take(second, PATIENCE - 1)
    assert not known.take(known.new(0.0), PATIENCE)


def test_whoever_asks_for_many_keeps_nobody_out(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(waiting, "MOST_ANSWERED", 3)
    known = Challenges()
    mine = known.new(0.0)
    for _ in range(10):
        known.new(0.0)
    assert known.take(mine, 1.0)
    for _ in range(10):
        assert known.take(known.new(1.0), 1.0)
    assert len(known._used) == 3


@pytest.mark.parametrize("said", ["", "a", "!", "A" * 75, "\ud800", "é"])
def test_what_nobody_was_asked_is_none(said: str) -> None:
    assert not Challenges().take(said, 0.0)


def test_another_desk_asked_that() -> None:
    assert not Challenges().take(Challenges().new(0.0), 0.0)
