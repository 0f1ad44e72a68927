"""What the desk answers, as JSON (drawn by docs/draw_shapes.py). Times are text, as RFC 3339 in UTC."""

from typing import Any, TypedDict


class Account(TypedDict):
    """One official account."""

    id: str
    network: str
    calendar: str
    lang: str
    user_id: str
    owner: str
    sandbox: bool
    active: bool
    retired_at: str | None
    recognised_at: str | None
    recognised_as: str | None
    broken: str | None
    zone: str
    credentials: str
    credentials_until: str | None


class AccountFinding(TypedDict):
    """What one rule says of the words on one account."""

    rule: str
    clauses: list[str]
    verdict: str
    reason: str
    acts: list[dict[str, str]]
    until: str | None
    account: str


class Alive(TypedDict):
    """This process answers."""

    alive: bool


class Asked(TypedDict):
    """A request, as a person sees it before they grant it."""

    id: str
    kind: str
    post: str | None
    category: str
    reason: str
    requested_by: str
    fingerprint: str
    accounts: list[str]
    rendered: dict[str, "Exact"]
    slots: dict[str, str | None]
    unreviewed: list["Use"]
    others: int | None
    zones: dict[str, str]


class Begun(TypedDict):
    """A sign-in that waits to be confirmed."""

    device_code: str
    user_code: str
    expires_in: int
    interval: int


class Change(TypedDict):
    """What config.toml asks for, of one account or person."""

    id: int
    kind: str
    name: str
    old: dict[str, Any]
    new: dict[str, Any]
    asked_at: str
    about: str
    confirm: list[str]
    change: str


class Check(TypedDict):
    """The verdict on a text that was not saved."""

    verdict: str
    until: str | None
    findings: list["AccountFinding"]
    rendered: dict[str, "Exact"]
    zones: dict[str, str]


class Codes(TypedDict):
    """New recovery codes."""

    recovery_codes: list[str]


class Confirmed(TypedDict):
    """A change that was confirmed."""

    kind: str
    name: str
    change: str


class Connected(TypedDict):
    """An account that is connected, or a page on which its owner is to say yes first."""

    account: "Account"
    authorize: str
    rights: dict[str, bool]


class Delivery(TypedDict):
    """One act of a post on one account."""

    id: str
    account: str
    network: str
    act: str
    revision: int
    state: str
    stands: str
    requested_at: str
    release_at: str
    expires_at: str
    findings: list["Finding"]
    reason: str
    acts: list[dict[str, str]]
    account_waits: str | None
    remote_id: str | None
    remote_url: str | None
    thread: list["ThreadPart"]
    attempts: int
    zone: str


class Deputy(TypedDict):
    """Who has somebody's roles as well, for a time."""

    name: str
    start: str
    end: str


class Entry(TypedDict):
    """One entry of the whole history."""

    seq: int
    at: str
    actor: str
    os_user: str
    verb: str
    subject: str
    post: str
    before: str
    after: str
    payload_sha256: str
    payload: Any


class Exact(TypedDict):
    """What one account's readers get."""

    network: str
    text: str
    thread: list["Part"]
    title: str
    link: str
    images: list["Image"]
    length: int
    limit: int
    disclaimer: str
    markup: str
    shorter_notice: str
    images_note: str
    changed: list[str]


class Factor(TypedDict):
    """A second factor that is offered: it counts once a code of it was said."""

    seed: str
    uri: str


class Finding(TypedDict):
    """What one rule of the policy says of a delivery."""

    rule: str
    clauses: list[str]
    verdict: str
    reason: str
    acts: list[dict[str, str]]
    until: str | None


class Found(TypedDict):
    """A post that was looked for."""

    id: str
    state: str
    author: str
    editor: str
    written_at: str
    words: str
    where: str
    deliveries: list["Going"]


class Going(TypedDict):
    """What is done with it on one account."""

    account: str
    act: str
    state: str


class HandedOver(TypedDict):
    """Posts that have another author."""

    posts: list[str]


class Hold(TypedDict):
    """A legal hold that is in force."""

    number: int
    kind: str
    name: str
    reason: str
    by: str
    at: str
    lift_asked_by: str | None
    lift_reason: str | None
    acts: list[dict[str, str]]


class Image(TypedDict):
    """A picture, as it is sent."""

    alt: str
    sha256: str
    width: int
    height: int
    size: int


class Incident(TypedDict):
    """Incident mode that was asked for."""

    id: str
    kind: str
    post: str | None
    words: str
    accounts: list[str]
    category: str
    reason: str
    requested_by: str
    requested_at: str
    granted_by: str | None
    granted_at: str | None
    starts_at: str | None
    expires_at: str | None
    revoked_by: str | None
    revoked_at: str | None
    review_due: str | None
    reviewed_by: str | None
    reviewed_at: str | None
    review_note: str | None
    unreviewed: list["Use"]


class Invite(TypedDict):
    """A link by which a person gets a password; good once."""

    id: str
    person: str
    by: str
    created_at: str
    expires_at: str
    waits: bool
    confirmed_by: str


class Joined(TypedDict):
    """Somebody has a password now, and is signed in."""

    person: str
    recovery_codes: list[str]


class Joining(TypedDict):
    """What an invite is for."""

    person: str
    display: str
    needs_factor: bool
    offered: "Factor"


class LiftOfHold(TypedDict):
    """What came of a wish to lift a hold."""

    lifted: bool


class Lifted(TypedDict):
    """What a resume did."""

    lifted: list[str]
    came_due: list[str]
    left: list["Stop"]


class Made(TypedDict):
    """A new API token."""

    token: "Token"
    secret: str


class Measure(TypedDict):
    """Something that is to be done about somebody else's comment."""

    id: str
    account: str
    comment: str
    what: str
    state: str
    asked_by: str
    asked_at: str
    why: str
    reason: str
    settled_at: str | None


class Move(TypedDict):
    """One entry of a post's history, as its readers need it."""

    seq: int
    at: str
    actor: str
    verb: str
    subject: str
    account: str | None
    act: str | None
    before: str
    after: str


class NewLink(TypedDict):
    """A new invite."""

    id: str
    secret: str
    link: str
    waits: bool


class PageAccount(TypedDict):
    items: list["Account"]
    next: str | None


class PageChange(TypedDict):
    items: list["Change"]
    next: str | None


class PageHold(TypedDict):
    items: list["Hold"]
    next: str | None


class PageInvite(TypedDict):
    items: list["Invite"]
    next: str | None


class PageMeasure(TypedDict):
    items: list["Measure"]
    next: str | None


class PageMove(TypedDict):
    items: list["Move"]
    next: str | None


class PagePermission(TypedDict):
    items: list["Permission"]
    next: str | None


class PagePerson(TypedDict):
    items: list["Person"]
    next: str | None


class PageProposal(TypedDict):
    items: list["Proposal"]
    next: str | None


class PageSignIn(TypedDict):
    items: list["SignIn"]
    next: str | None


class PageTodo(TypedDict):
    items: list["Todo"]
    next: str | None


class PageToken(TypedDict):
    items: list["Token"]
    next: str | None


class Part(TypedDict):
    """One post of a thread. The pictures stand in the first."""

    text: str
    length: int


class Passkey(TypedDict):
    """A passkey of a person."""

    id: str
    name: str
    created_at: str


class PasskeyAsked(TypedDict):
    """What a browser is asked, for `PublicKeyCredential.parse…OptionsFromJSON`."""

    options: dict[str, Any]


class Permission(TypedDict):
    """A permission to send out of hours; a request until `granted_by` is set."""

    id: str
    kind: str
    post: str | None
    words: str
    accounts: list[str]
    category: str
    reason: str
    requested_by: str
    requested_at: str
    granted_by: str | None
    granted_at: str | None
    starts_at: str | None
    expires_at: str | None
    revoked_by: str | None
    revoked_at: str | None
    review_due: str | None
    reviewed_by: str | None
    reviewed_at: str | None
    review_note: str | None


class Person(TypedDict):
    """Somebody who has a part in it."""

    name: str
    display: str
    roles: list[str]
    only: dict[str, list[str]]
    os_users: list[str]
    sample: bool
    active: bool
    until: str | None
    deputy: "Deputy | None"
    waits: int


class Post(TypedDict):
    """A post as it was written, and where it goes."""

    id: str
    state: str
    revision: int
    fingerprint: str | None
    approval: str
    author: str
    text: str
    title: str
    link: str
    kind: str
    accounts: list[str]
    deliveries: list["Delivery"]


class Posts(TypedDict):
    """A page of posts."""

    posts: list["Post"]
    next: str | None


class Proposal(TypedDict):
    """A version of the policy that waits for a second person."""

    id: int
    proposed_by: str
    proposed_at: str
    diff: list[str]


class Proposed(TypedDict):
    """A version of the policy that was proposed."""

    version: int
    in_force: bool


class Recognised(TypedDict):
    """Who a network says we are."""

    account: str
    fits: bool
    registered: str
    user: str
    failed: str
    rights: dict[str, bool]


class Results(TypedDict):
    """A page of what was found."""

    items: list["Found"]
    next: str | None
    complete: bool


class Resumed(TypedDict):
    """A wait that was lifted."""

    account: "Account"
    waited_until: str


class Secret(TypedDict):
    """One field of an account's credentials."""

    name: str
    how: str
    shown: bool
    by_pin: bool


class SignIn(TypedDict):
    """A sign-in of a person that a program of theirs keeps, or a browser."""

    id: str
    person: str
    kind: str
    name: str
    place: str
    created_at: str
    expires_at: str
    used_at: str | None
    mine: bool


class Standing(TypedDict):
    """How a sign-in stands that was asked for."""

    confirmed: bool
    person: str


class Status(TypedDict):
    """Is it moving?"""

    healthy: bool
    problems: list[str]
    notes: list[str]
    findings: list[dict[str, Any]]
    daemon: dict[str, Any] | None
    running: str
    version: str
    counts: dict[str, int]
    next: str | None
    zone: str
    bytes: int
    bytes_each: int | None


class Step(TypedDict):
    """What somebody does next."""

    code: str
    args: dict[str, Any]
    what: str
    acts: list[dict[str, str]]
    sample: str


class Stop(TypedDict):
    """A stop that is in force."""

    scope: str
    name: str
    by: str
    at: str
    reason: str
    acts: list[dict[str, str]]


class ThreadPart(TypedDict):
    """One post of a thread, where it is public."""

    remote_id: str
    remote_url: str


class Todo(TypedDict):
    """One thing that needs a person."""

    who: str
    code: str
    args: dict[str, Any]
    what: str
    acts: list[dict[str, str]]
    post: str | None
    account: str | None


class Token(TypedDict):
    """An API token of a person, for a program."""

    id: str
    person: str
    name: str
    scopes: list[str]
    created_at: str
    expires_at: str
    used_at: str | None


class Told(TypedDict):
    """An entry, and what of a delivery it is about."""

    seq: int
    at: str
    actor: str
    os_user: str
    verb: str
    subject: str
    post: str
    before: str
    after: str
    payload_sha256: str
    payload: Any
    account: str | None
    act: str | None


class Try(TypedDict):
    """One attempt to send, with what came of it."""

    account: str
    act: str
    key: str
    started_at: str
    ended_at: str | None
    outcome: str
    reason: str
    remote_id: str | None
    zone: str


class Upload(TypedDict):
    """A picture, drawn anew for the networks, that waits for a post."""

    upload: str
    mime: str
    width: int
    height: int
    size: int


class Urgent(TypedDict):
    """Whose turn it is with an urgent permission: whoever looks grants what is asked, or asks."""

    asked: str | None
    categories: list[str]


class Use(TypedDict):
    """What went out under a permission."""

    exception: str
    post: str
    account: str
    category: str
    at: str


class Waiting(TypedDict):
    """What waits for a person's word."""

    code: str
    kind: str
    name: str
    place: str
    act: str


class When(TypedDict):
    """When one delivery that waits can go out."""

    account: str
    requested_at: str
    asked: str
    release_at: str
    local: str
    reasons: list["Finding"]
    zone: str


class Who(TypedDict):
    """Who asks, and by what they are known."""

    person: str
    display: str
    roles: list[str]
    by: str
    number: str
    fresh_until: str | None
    expires_at: str | None
    password: bool
    factor: bool
    needs_factor: bool
    codes_left: int
    passkeys: int


class Whole(TypedDict):
    """A post, exactly what is sent, where it stands and why, and what was tried."""

    id: str
    state: str
    revision: int
    fingerprint: str | None
    approval: str
    author: str
    text: str
    title: str
    link: str
    kind: str
    accounts: list[str]
    deliveries: list["Delivery"]
    etag: str
    rendered: dict[str, "Exact"]
    shorter_notice: dict[str, str]
    tries: list["Try"]
    steps: list["Step"]
    asked: str | None


class Window(TypedDict):
    """A time in which an account may speak; half-open: `close` itself is closed."""

    open: str
    close: str
    zone: str
