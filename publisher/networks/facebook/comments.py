"""Somebody else's comment under a post of the Page: hidden, or shown again.

Graph answers with `success`, also where it was so already: asked twice it is as asked once.
"""

from collections.abc import Callable
from functools import partial

from publisher.networks import (
    Absent,
    CannotTell,
    Credentials,
    Found,
    MeasureIntent,
    Outcome,
    Published,
    Refused,
)
from publisher.networks.facebook import ABOUT
from publisher.networks.facebook.answers import is_gone, may_not, nothing, succeeded, text_id
from publisher.networks.wire.api import Api
from publisher.networks.wire.http import Answer, Judge, Result
from publisher.networks.wire.listing import unread
from publisher.networks.wire.reasons import because

Judging = Callable[[Result, None, Judge], Outcome]


def measure(api: Api, intent: MeasureIntent, judge: Judging) -> Outcome | None:
    """The one request; None when the comment is not there for us."""
    if not is_a_comment(intent):
        return Refused(because("no_comment"))
    form = {"is_hidden": str(intent.what == "hide").lower()}
    result = api.write("POST", f"/{intent.target}", intent, data=form)
    if is_gone(result):
        return None
    outcome = judge(result, None, partial(succeeded, Published(intent.target)))
    if isinstance(outcome, Credentials) and may_not(result):
        return Refused(outcome.reason)  # posts of the account may be another matter
    return outcome


def standing(api: Api, intent: MeasureIntent, judge: Judging) -> Found | None:
    """How it stands now; None when the comment is not there for us."""
    if not is_a_comment(intent):
        return CannotTell(because("no_comment"), lasting=True)
    answer = api.read(f"/{intent.target}", intent.deadline, fields="id,is_hidden")
    if is_gone(answer):
        return None
    if not isinstance(answer, Answer) or not text_id(answer):
        return unread(judge(answer, None, nothing))
    hidden = answer.fields().get("is_hidden")
    if not isinstance(hidden, bool):
        return CannotTell(because("unshown_comment"))
    as_asked = hidden == (intent.what == "hide")
    return Published(intent.target) if as_asked else Absent(because("comment_as_it_was"))


def is_a_comment(intent: MeasureIntent) -> bool:
    """What begins with the Page's own id is a post of the Page."""
    if ABOUT.comment.fullmatch(intent.target) is None:
        return False
    return not intent.target.startswith(f"{intent.account.remote_user_id}_")
