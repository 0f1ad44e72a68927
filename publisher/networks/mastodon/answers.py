"""What the answers of a Mastodon server mean, by status; its own words are always shown.

It has no codes, and says "error" in the language of the account. A post of ours answers to nobody
and quotes nobody, so a 403 is never about the post: the token lacks a scope, or the account is
suspended, moved or not confirmed. 503 stands for a lock that another request holds, too, which may
be an earlier try of the same post: it proves nothing.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime

from publisher.networks import Credentials, Later, Outcome, Refused
from publisher.networks.wire.fields import text_at
from publisher.networks.wire.http import Answer, Judge, quote, retry_after
from publisher.networks.wire.reasons import because


@dataclass(frozen=True)
class Answers:
    """Judges the answers to one account's requests; quotes the server without quoting our secrets."""

    now: Callable[[], datetime]
    secrets: tuple[str, ...] = field(repr=False)

    def table(self, success: Judge | None) -> Mapping[int, Judge]:
        known = dict.fromkeys((404, 410, 413, 422), self._refused)
        told = {401: self._stopped, 403: self._forbidden, 429: self._throttled}
        return {**known, **told, **({200: success} if success else {})}

    def _refused(self, answer: Answer) -> Outcome | None:
        said = self._said(answer)
        return Refused(because("refused", said)) if said else None

    def _forbidden(self, answer: Answer) -> Outcome | None:
        said = self._said(answer)
        return Credentials(because("may_not", said)) if said else None

    def _stopped(self, answer: Answer) -> Outcome:
        return Credentials(because("not_accepted", self._said(answer)))

    def _throttled(self, answer: Answer) -> Outcome:
        return Later(because("asks_to_wait"), retry_after(answer, self.now()))

    def _said(self, answer: Answer) -> str:
        return quote(text_at(answer.fields(), "error"), self.secrets)
