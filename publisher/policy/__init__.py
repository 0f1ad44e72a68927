"""The policy engine: pure functions over frozen values. No I/O, no clock, no database in here.

A rule reads a `Case` and returns a `Finding`, or None for "nothing to say". All rules of a stage
run; the worst effect wins. A rule that raises, or lacks its data, HOLDS and names itself.

To add a rule: docs/adding-a-rule.md.
"""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from enum import IntEnum
from typing import Annotated, Any, Generic, Literal, TypeVar

from publisher.acts import ActName, act_of
from publisher.clock import FURTHEST
from publisher.content import Account, Content, Rendered
from publisher.errors import Do
from publisher.policy.calendar import Calendar
from publisher.policy.params import Mode, Table
from publisher.policy.stricter import MORE, MORE_OF

Stage = Literal["submit", "send"]
Strength = Literal["shall", "in principle", "strive"]


class Effect(IntEnum):
    """Ordered: the worst finding wins."""

    PASS = 0
    WARN = 1
    APPROVE = 2
    HOLD = 3
    BLOCK = 4


# The policy's own word bounds what a rule may do.
BOUND: Mapping[Strength, Effect] = {
    "shall": Effect.BLOCK,
    "in principle": Effect.HOLD,
    "strive": Effect.WARN,
}


@dataclass(frozen=True)
class Finding:
    """What one rule saw. `until`: when it may pass by itself; `event`: what else would let it pass.

    `args` fill the rule's sentence. `sentence` chooses one of the rule's sentences.
    `liftable` False: no exception lifts it, though its rule is liftable. `lifted_by` is the id of
    the exception that turned it into a recorded PASS.
    """

    effect: Effect
    args: Mapping[str, Any] = field(default_factory=dict)
    until: datetime | None = None
    event: str = ""
    sentence: str = "default"
    rule: str = ""
    clauses: tuple[str, ...] = ()
    lifted_by: str = ""
    liftable: bool = True


@dataclass(frozen=True)
class Approval:
    """One person's yes to exactly this fingerprint, valid until `expires_at`."""

    person: str
    at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Leave:
    """A live out-of-hours exception for this delivery: who granted it, and from when to when."""

    id: str
    kind: Literal["urgent", "planned", "incident"]
    granted_by: str
    requested_by: str
    starts_at: datetime
    expires_at: datetime


@dataclass(frozen=True)
class Stop:
    """A stop in force. `scope`: "everything", "except notices", or an account id."""

    scope: str
    by: str
    at: datetime
    reason: str


@dataclass(frozen=True)
class WhoAmI:
    """What the network answered to "who am I", when, and whether what was asked still holds.

    `same_credential`: it was asked with the credential in use now. `same_place`: it was asked at
    the host, and compared with the user id, that the register names now.
    """

    user_id: str
    at: datetime
    same_credential: bool
    same_place: bool = True


@dataclass(frozen=True)
class Embargo:
    """Nothing that contains one of `words` goes out before `until`."""

    words: Annotated[tuple[str, ...], MORE_OF]
    until: Annotated[datetime, MORE]


@dataclass(frozen=True)
class Case:
    """Everything a rule may see.

    `at` is the instant being judged: now, or a candidate when planning. `asked_wall` and
    `asked_zone`: what the author typed, and on which clock. `writers`: who wrote any of the words since
    they were last approved; `needed`: how many others have to say yes. `gap`: how far apart posts of
    the account are. `leaves`: every permission there may be, the narrowest first. `category`:
    what an urgent notice was asked for under. `source` is what would be sent, in the network's
    `markup`; `wordings` are the notices for this account's network, language and kind; `promises`
    those that speak of a linked release, which lies on one of the company's `domains`.
    """

    stage: Stage
    at: datetime
    account: Account | None
    act: ActName
    content: Content
    rendered: Rendered
    fingerprint: str
    calendar: Calendar | None
    requested_at: datetime
    release_at: datetime | None
    last_human_at: datetime
    author: str
    last_editor: str
    needed: int
    gap: timedelta
    params: Mapping[str, Table]
    writers: tuple[str, ...] = ()
    approvals: tuple[Approval, ...] = ()
    returned: str = ""
    leaves: tuple[Leave, ...] = ()
    category: str = ""
    stops: tuple[Stop, ...] = ()
    whoami: WhoAmI | None = None
    last_sent_at: datetime | None = None
    slots: tuple[datetime, ...] = ()
    unvouched: str = ""  # what was changed outside the history, of what this rests on
    twins: tuple[str, ...] = ()  # posts with the same words whose outcome is unclear
    embargo_until: datetime | None = None
    paused: str = ""
    confirmed_at: datetime | None = None
    wordings: tuple[str, ...] = ()
    promises: tuple[str, ...] = ()
    domains: tuple[str, ...] = ()
    source: str = ""
    markup: str = "plain"
    unrendered: str = ""  # what rendering raised: nothing can be judged, so it holds
    asked_wall: str = ""
    asked_zone: str = ""
    threads: bool = False  # the network takes a long text in several posts
    takes: timedelta = timedelta()  # how long until all of them are out
    elsewhere: str = ""  # where the post is that this is about, when its account has moved since

    @property
    def own(self) -> frozenset[str]:
        """Those whose yes does not count, because it is their own post."""
        return frozenset({self.author, self.last_editor, *self.writers})


P = TypeVar("P", bound=Table)


@dataclass(frozen=True)
class Rule(Generic[P]):
    """A rule and its metadata. `liftable`: an out-of-hours exception turns its finding into a PASS.

    `check(case, params)` looks at one instant. A time rule also has `next_ok(case, params)`: the
    earliest instant >= case.at at which it passes, or None when its data does not reach that far.
    Its sentences stand in `words`, under its id. `acts`: by sentence, what a person can do about it.
    `params` is the model of what rules.toml may set. `firm`: no policy may weaken its mode. `takedowns`:
    asked about a retract as well; a takedown is no transmission and goes at any hour, also under a
    stop. `against`: the beginning of each clause's fingerprint, of the text that the rule was written
    against.
    """

    id: str
    clauses: tuple[str, ...]
    strength: Strength
    stages: tuple[Stage, ...]
    params: type[P]
    check: Callable[[Case, P], Finding | None]
    acts: Mapping[str, tuple[Do, ...]] = field(default_factory=dict)
    liftable: bool = False
    next_ok: Callable[[Case, P], datetime | None] | None = None
    firm: bool = False
    takedowns: bool = False
    against: tuple[str, ...] = ()

    def asks(self, case: Case, mode: Mode) -> bool:
        """Does this rule have a say in this case?"""
        if mode == "off" or case.stage not in self.stages:
            return False
        return self.takedowns or act_of(case).transmits


@dataclass(frozen=True)
class Step:
    """One push of the release time: which rule, from when to when."""

    rule: str
    start: datetime
    end: datetime


@dataclass(frozen=True)
class Verdict:
    """All findings, and what follows from them."""

    findings: tuple[Finding, ...]

    @property
    def effect(self) -> Effect:
        """The worst effect; PASS when no rule had anything to say."""
        return max((f.effect for f in self.findings), default=Effect.PASS)

    @property
    def sends(self) -> bool:
        """May it go out now?"""
        return self.effect <= Effect.WARN

    @property
    def until(self) -> datetime | None:
        """When every HOLD has passed by itself; None when one of them waits for an event."""
        held = [f for f in self.findings if f.effect in (Effect.HOLD, Effect.APPROVE)]
        times = [f.until for f in held if f.until is not None]
        return max(times) if times and len(times) == len(held) else None


def evaluate(rules: Sequence[Rule[Any]], modes: Mapping[str, Mode], case: Case) -> Verdict:
    """Run every rule of the case's stage. Never raises; a rule without a mode is enforced."""
    if case.unrendered and act_of(case).content:
        failed = Finding(
            Effect.HOLD, {"error": case.unrendered}, sentence="failed", rule="rendering"
        )
        return Verdict((failed,))
    findings = []
    for rule in rules:
        mode = modes.get(rule.id, "enforce")
        finding = _ask(rule, case) if rule.asks(case, mode) else None
        if finding is not None:
            findings.append(_bounded(rule, mode, case, finding))
    return Verdict(tuple(findings))


def _ask(rule: Rule[Any], case: Case) -> Finding | None:
    try:
        return rule.check(case, case.params[rule.id])
    except Exception as error:  # fail closed: whatever a rule raises is a HOLD that names it
        return Finding(Effect.HOLD, {"error": type(error).__name__}, sentence="failed")


def _bounded(rule: Rule[Any], mode: Mode, case: Case, finding: Finding) -> Finding:
    effect = finding.effect
    if finding.sentence != "failed":
        effect = min(effect, BOUND[rule.strength])
    lifted = ""
    may_lift = rule.liftable and finding.liftable and finding.sentence != "failed"
    if may_lift and (leaves := live(case)):
        effect, lifted = Effect.PASS, leaves[0].id
    if mode == "audit":
        effect = Effect.PASS
    elif mode == "warn" and finding.sentence != "failed":  # what cannot be judged is no warning
        effect = min(effect, Effect.WARN)
    return replace(finding, effect=effect, rule=rule.id, clauses=rule.clauses, lifted_by=lifted)


def is_live(leave: Leave, at: datetime) -> bool:
    """An exception counts from its start (included) to its expiry (excluded)."""
    return leave.starts_at <= at < leave.expires_at


def live(case: Case) -> tuple[Leave, ...]:
    """The exceptions that count at `case.at`, the narrowest first: each took two people.

    Who granted it neither asked for it nor wrote the post; in an incident each notice is approved by
    itself, so there only who asked is left out.
    """
    return tuple(
        leave
        for leave in case.leaves
        if is_live(leave, case.at)
        and leave.granted_by != leave.requested_by
        and (leave.kind == "incident" or leave.granted_by not in case.own)
    )


def when(
    rules: Sequence[Rule[Any]], modes: Mapping[str, Mode], case: Case
) -> tuple[datetime | None, tuple[Step, ...]]:
    """The earliest instant >= case.at at which every time rule passes, and what pushed it there.

    None when a time rule's data does not reach that far, or when it raises. The answer is the
    fixpoint of the rules' `next_ok`.
    """
    at = case.at
    steps: list[Step] = []
    enforced = [r for r in rules if modes.get(r.id, "enforce") == "enforce"]
    timed = [r for r in enforced if r.next_ok is not None and r.asks(case, "enforce")]
    settled = False
    while not settled:
        settled = True
        for rule in timed:
            reached = _reached(rule, replace(case, at=at))
            if reached is None or reached > FURTHEST:
                return None, tuple(steps)
            if reached > at:
                steps.append(Step(rule.id, at, reached))
                at, settled = reached, False
    return at, tuple(steps)


def _reached(rule: Rule[Any], case: Case) -> datetime | None:
    if rule.liftable and live(case):
        return case.at
    assert rule.next_ok is not None
    try:
        return rule.next_ok(case, case.params[rule.id])
    except Exception:  # fail closed: no instant is known to be good
        return None
