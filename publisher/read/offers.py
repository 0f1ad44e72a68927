"""What the person who looks can do to a post as it stands: the buttons of its page."""

from collections.abc import Callable, Mapping

from publisher.acts import ACTS
from publisher.desk.parts.approving import own
from publisher.desk.parts.find import target
from publisher.desk.parts.selves import my
from publisher.lifecycle import DELIVERY, MAYBE_PUBLIC, UNCLEAR
from publisher.policy import Effect
from publisher.read.parts.known import standing
from publisher.read.posts import Post
from publisher.read.whole import Whole
from publisher.roles import authorize, may, sees
from publisher.store import Tx


def offers(tx: Tx, post: Whole) -> tuple[str, ...]:
    """Those words of `roles.MAY` that fit, in the order in which people look for them.

    None where the post also goes where whoever looks has no part: it is decided account by account.
    """
    authorize(tx.actor, "read")
    if sees(tx.actor) is not None and target(tx, post.id).partial:
        return ()
    fitting = [
        verb for verb, fits in _FITS.items() if may(tx.actor, verb, post.accounts) and fits(post)
    ]
    if "approve" in fitting and _is_own(tx, post):
        fitting.remove("approve")
    return tuple(fitting)


def seen(post: Whole) -> str:
    """The beginning of a fingerprint that `approve` takes; "" where there is nothing to approve."""
    acts = (act for step in post.steps for act in step.acts)
    return next((act["seen"] for act in acts if act["act"] == "approve"), "")


def _is_own(tx: Tx, post: Whole) -> bool:
    """Did they write any of what a yes would be about?"""
    known = [*standing(tx, [target(tx, post.id)]).facts.values()]
    return bool(my(tx) & (own(known) | {post.author}))


def _anywhere(verb: str) -> Callable[[Post], bool]:
    """Somewhere it stands so that the lifecycle knows the verb."""
    return lambda post: any((one.state, verb) in DELIVERY for one in post.deliveries)


def _holds(post: Post, rule: str) -> bool:
    """Is some of it held by this rule?"""
    return any(
        one.rule == rule and one.verdict == Effect.HOLD
        for there in post.deliveries
        if there.state == "waiting"
        for one in there.findings
    )


def _waits(post: Post) -> bool:
    return any(one.state == "waiting" and not ACTS[one.act].undoes for one in post.deliveries)


def _may_be_public(post: Post) -> bool:
    return any(one.stands in MAYBE_PUBLIC and not ACTS[one.act].undoes for one in post.deliveries)


_FITS: Mapping[str, Callable[[Whole], bool]] = {
    "approve": lambda post: bool(seen(post)),
    "return": lambda post: bool(seen(post)),
    "resolve": lambda post: any(one.state in UNCLEAR for one in post.deliveries),
    "submit": lambda post: post.state == "draft",
    "edit": lambda post: post.state != "withdrawn",
    "confirm": lambda post: (
        _holds(post, "moved") or any(one.state == "expired" for one in post.deliveries)
    ),
    "continue": _anywhere("continue"),
    "reschedule": _anywhere("reschedule"),
    "unpause": lambda post: _holds(post, "paused"),
    "pause": lambda post: _waits(post) and not _holds(post, "paused"),
    "cancel": lambda post: post.state == "draft" or _anywhere("cancel")(post),
    "retract": _may_be_public,
    "request exception": lambda post: _waits(post) and post.asked is None,
    "grant exception": lambda post: post.asked is not None,
}
