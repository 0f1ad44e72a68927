"""Writes what sends and look-ups came to; what cannot be written now is owed until it can (H19).

A database that refuses the *values* will refuse them tomorrow: then what came back is not known, it
is settled as that, and the answer itself is kept in a file. Nothing else waits for it.
"""

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, TypeVar

import structlog

from publisher.errors import TryAgain
from publisher.networks import CannotTell, Found, Outcome, Unknown
from publisher.release import walks
from publisher.release.intend import Ready
from publisher.roles import MACHINE
from publisher.store import Store
from publisher.store.rows import DeliveryRow, MeasureRow
from publisher.words import as_text, code_of

log = structlog.get_logger()

T = TypeVar("T")

Answers = Sequence[tuple[Ready, Outcome]]
Looks = Sequence[tuple[DeliveryRow | MeasureRow, Found]]

LONGEST = 65_536  # bytes of an answer that is kept in a file


@dataclass(frozen=True)
class Books:
    """Where outcomes are written: the database, and a folder for what it does not take."""

    store: Store
    look_again: Sequence[float]
    folder: Path | None

    def write(self, owed: Answers, looked: Looks) -> tuple[Answers, Looks]:
        """Write all of it; what stays owed because the database cannot be written right now."""
        try:
            self._together(owed, looked)
        except TryAgain as error:
            log.error("an outcome cannot be written yet", owed=len(owed), reason=str(error))
            return owed, looked
        except Exception:  # noqa: BLE001  # one that cannot be written must not keep back the others
            return self._apart(owed, looked)
        return (), ()

    def fitting(self, kept: T, came: Any, name: str) -> T:
        """What is kept of an answer; one that has become another is kept whole, in a file."""
        if type(kept) is not type(came) and not isinstance(came, Unknown | Mapping):
            reason = code_of(getattr(kept, "reason", ""))
            log.error("a network's answer does not fit", reason=reason)
            self.keep(name, came)
        return kept

    def keep(self, name: str, answer: Any) -> None:
        """The answer as it came, in a file of its own beside the witness."""
        if self.folder is None:
            return
        try:
            self.folder.mkdir(mode=0o700, exist_ok=True)
            fd = os.open(self.folder / f"{name}.txt", os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
            with os.fdopen(fd, "wb") as file:
                file.write(ascii(answer).encode()[:LONGEST])
        except OSError as error:
            log.error("an answer could not be kept", name=name, reason=error.strerror)

    def _together(self, owed: Answers, looked: Looks) -> None:
        with self.store.write(MACHINE) as tx:
            if owed:
                walks.settle(tx, owed, self.look_again)
            for row, answer in looked:
                walks.found(tx, row, answer, self.look_again)

    def _apart(self, owed: Answers, looked: Looks) -> tuple[Answers, Looks]:
        late = [one for one in owed if not self._sent(*one)]
        return late, [one for one in looked if not self._looked(*one)]

    def _sent(self, ready: Ready, outcome: Outcome) -> bool:
        return self._one(
            lambda: self._together([(ready, outcome)], ()),
            lambda why: self._together([(ready, Unknown(why))], ()),
            lambda: self.keep(ready.attempt, outcome),
        )

    def _looked(self, row: DeliveryRow | MeasureRow, answer: Found) -> bool:
        return self._one(
            lambda: self._together((), [(row, answer)]),
            lambda why: self._together((), [(row, CannotTell(why))]),
            lambda: self.keep(row.id, answer),
        )

    @staticmethod
    def _one(
        write: Callable[[], None], instead: Callable[[str], None], keep: Callable[[], None]
    ) -> bool:
        """One outcome; False when it stays owed."""
        try:
            write()
        except TryAgain:
            return False
        except Exception as error:  # noqa: BLE001  # whatever is in it, no other waits for it
            kind = type(error).__name__
        else:
            return True
        log.error("the database does not take an answer; it is kept in a file", error=kind)
        keep()
        try:
            instead(as_text("reason.not_kept", error=kind))
        except TryAgain:
            return False
        except Exception as error:  # noqa: BLE001  # its lease makes it unknown, and it is looked up
            log.error("an outcome could not be written", error=type(error).__name__)
        return True
