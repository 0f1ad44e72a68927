"""What a request may hold: the shapes that people and programs hand in, refused at the door."""

from datetime import UTC, datetime
from typing import Annotated, Any, Literal

from fastapi import Header, Path, Query
from pydantic import AfterValidator, AwareDatetime, BaseModel, ConfigDict, Field
from pydantic_core import PydanticCustomError

MOST_TEXT = 200_000  # characters; far more than any network takes
MOST_IMAGES = 4  # no network here takes more
MOST_PAGE = 100  # of whatever is listed


def _storable(value: str) -> str:
    """No database keeps a NUL, and half a character cannot be sent."""
    if "\x00" in value:
        raise PydanticCustomError("nul", "nul")
    try:
        value.encode("utf-8")
    except UnicodeEncodeError:
        raise PydanticCustomError("half_character", "half a character") from None
    return value


def _reached(value: datetime) -> datetime:
    """In UTC; at either end of time no zone's clock can show it."""
    if not 1 < value.year < 9999:
        raise PydanticCustomError("far_year", "far year")
    return value.astimezone(UTC)


Time = Annotated[AwareDatetime, AfterValidator(_reached)]
Words = Annotated[str, Field(max_length=MOST_TEXT), AfterValidator(_storable)]
Line = Annotated[str, Field(max_length=2_000), AfterValidator(_storable)]
Name = Annotated[str, Field(max_length=200), AfterValidator(_storable)]
# Any that a keyboard writes; no rule of a system bounds them but that each takes work.
Secret = Annotated[str, Field(max_length=1_000), AfterValidator(_storable)]
Scope = Literal["read", "write", "takedown", "stop"]
Sha256 = Annotated[str, Field(pattern=r"^[0-9a-f]{64}$", examples=["0" * 64])]

Sha256Path = Annotated[
    str, Path(pattern=r"^[0-9a-f]{64}$", description="Of its bytes.", examples=["0" * 64])
]
PostId = Annotated[
    str,
    Path(max_length=200, description="A post's id.", examples=["k7wd"]),
    AfterValidator(_storable),
]
AccountId = Annotated[
    str,
    Path(max_length=200, description="What the register calls it.", examples=["sandbox-x"]),
    AfterValidator(_storable),
]
MeasureId = Annotated[
    str,
    Path(max_length=200, description="A measure's id.", examples=["k7wdm2q9xz"]),
    AfterValidator(_storable),
]
Number = Annotated[
    str,
    Path(max_length=200, description="Its id.", examples=["k7wdm2q9xz"]),
    AfterValidator(_storable),
]
CodePath = Annotated[
    str,
    Path(max_length=200, description="As it was shown.", examples=["BCDF-GHJK"]),
    AfterValidator(_storable),
]
OneAccount = Annotated[
    Name, Query(description="Of the post, only this account.", examples=["sandbox-x"])
]
At = Annotated[Name, Query(description="Where the page begins: `next` of the one before.")]
Most = Annotated[int, Query(ge=1, le=MOST_PAGE, description="The most that are listed.")]
IfMatch = Annotated[
    str | None,
    Header(
        alias="If-Match",
        max_length=2_000,
        description="The `ETag` of what you saw: what has changed since is not touched.",
    ),
]


class Given(BaseModel):
    """What a request holds; what it does not know is refused, so that nothing is left out unseen."""

    model_config = ConfigDict(extra="forbid", use_attribute_docstrings=True, strict=True)


class Attached(Given):
    """A picture that was uploaded, and what it shows."""

    upload: Sha256
    """As `POST /media` named it."""
    alt: Line = ""
    """What it shows, in words."""


class PostWords(Given):
    """What a person hands in."""

    text: Words = Field(examples=["The fair opens at nine."])
    """The words."""
    accounts: Annotated[list[Name], Field(max_length=1_000, examples=[["sandbox-x"]])]
    """Where to."""
    at: Line = Field(default="now", examples=["2026-12-01 09:30"])
    """On the account's clock: a time such as `2026-12-01 09:30`, an RFC 3339 time, `now`, or `next`."""
    title: Line = ""
    """Where the network has titles."""
    link: Line = ""
    """A web address to go with it."""
    variants: dict[Name, Words] = Field(default_factory=dict)
    """By account, other words than `text`."""
    images: Annotated[list[Attached], Field(max_length=MOST_IMAGES)] = Field(default_factory=list)
    """Pictures, in their order."""
    lang: Literal["ja", "en"] | None = None
    """The notice's language; else each account's own."""
    kind: Literal["standard", "release"] = "standard"
    """What kind of post it is."""
    markup: Literal["plain", "markdown"] = "plain"
    """Do marks in the text act? For boards only."""
    thread: bool = False
    """On X: what is too long for one post goes in several."""


class NewPost(PostWords):
    """A post to be written, and handed in unless `draft`."""

    draft: bool = False
    """Only save it."""
    again: bool = False
    """The same words once more, on purpose."""
    embargo_until: Line = ""
    """Not before this time, whatever else; written as `at`."""


class NewNotice(PostWords):
    """An urgent notice: written, handed in and asked for together."""

    category: Name = Field(examples=["outage"])
    """One of the policy's."""
    reason: Line
    """Why it cannot wait; it is recorded."""


class Edit(Given):
    """What changes of a post; what is `null` stays as it is."""

    text: Words | None = None
    """New words."""
    title: Line | None = None
    """A new title."""
    link: Line | None = None
    """A new link."""
    variants: dict[Name, Words] | None = None
    """By account, other words than `text`; those of other accounts stay."""
    images: Annotated[list[Attached], Field(max_length=MOST_IMAGES)] | None = None
    """Pictures; they replace those there were."""
    lang: Literal["ja", "en"] | None = None
    """The notice's language."""
    kind: Literal["standard", "release"] | None = None
    """What kind of post it is."""
    markup: Literal["plain", "markdown"] | None = None
    """Do marks in the text act?"""
    thread: bool | None = None
    """May it go in several posts?"""
    account: Name = ""
    """Only there, for what is public already."""
    reason: Line = ""
    """Why, if it is worth recording."""


class OfPost(Given):
    """Something done to a post, or to one account of it."""

    account: Name = ""
    """Only there; else everywhere."""


class Because(OfPost):
    """The same with a reason."""

    reason: Line = ""
    """Why; it is recorded, and shown to others."""


class NewTime(OfPost):
    """Another time."""

    at: Line = Field(examples=["2026-12-01 09:30"])
    """As for a new post."""


class Seen(OfPost):
    """A yes to exactly what was seen."""

    seen: Name
    """At least 24 characters of the fingerprint of what you saw."""


class Outcome(OfPost):
    """A person's word on what could not be found out; one of the three."""

    published: Line = ""
    """It is public, at this address."""
    not_published: bool = False
    """It did not go out."""
    done: bool = False
    """The edit or takedown was done by hand: all of it."""
    reason: Line = ""
    """How you know; it is recorded."""


class AskedFor(OfPost):
    """A permission that is asked for."""

    kind: Literal["urgent", "planned"]
    """At once, or in one slot out of hours."""
    category: Name
    """One of the policy's."""
    reason: Line
    """Why it cannot wait."""


class NewIncident(Given):
    """Incident mode that is asked for: urgent notices of these accounts, each still by two people."""

    accounts: Annotated[list[Name], Field(max_length=1_000)]
    """Which."""
    category: Name
    """One of the policy's."""
    reason: Line
    """Why."""


class Granted(Given):
    """The second person's yes to exactly what they saw."""

    seen: Name
    """The fingerprint of what you saw."""


class Reason(Given):
    """Why."""

    reason: Line = ""
    """It is recorded."""


class Note(Given):
    """What was found."""

    note: Line
    """In words."""


class NewStop(Given):
    """An emergency stop."""

    account: Name = ""
    """Only this account; else everything."""
    except_notices: bool = False
    """Urgent notices under a permission still go."""
    reason: Words
    """Why; shown to everybody."""


class NewHold(Given):
    """Something that is to be kept."""

    kind: Literal["post", "account", "person"]
    """What it is."""
    name: Name = Field(examples=["k7wd"])
    """Which one."""
    reason: Line = ""
    """Why; it is recorded."""


class NewMeasure(Given):
    """What is to be done about a comment of somebody else."""

    account: Name = Field(examples=["sandbox-page"])
    """Under whose post it stands."""
    comment: Name = Field(examples=["7001_7002"])
    """The network's own id of it."""
    what: Literal["hide", "show"] = "hide"
    """What: to show one again takes two people, and is not there yet."""
    reason: Line
    """Why; it is reviewed the next business day."""


class NewToken(Given):
    """An API token that is asked for."""

    name: Name = Field(examples=["nightly"])
    """What it is for; the history calls it so."""
    scopes: Annotated[list[Scope], Field(min_length=1, max_length=10)] = Field(examples=[["write"]])
    """What it is good for, as far as you may: `read` (always), `write`, `takedown`, `stop`."""
    days: Annotated[int, Field(ge=1, le=365)] = 90
    """How long it is good."""


class OfPerson(Given):
    """Whom it is about."""

    person: Name = ""
    """Who; else oneself."""


class HandOver(Given):
    """Whose posts go to whom."""

    person: Name = Field(examples=["ann"])
    """Who has left."""
    to: Name = Field(examples=["hanako"])
    """Who is their author from now on."""


class NewDeputy(Given):
    """Who is to have one's roles as well, and for how long."""

    name: Name = Field(examples=["bo"])
    """Who, as the register calls them."""
    start: Annotated[Time | None, Field(strict=False)] = None
    """From then on; else from now on."""
    end: Time = Field(strict=False, examples=["2026-12-08T00:00:00Z"])
    """Until then."""


class NewCredentials(Given):
    """What an account is connected with: its credentials, or the number of a page where one said yes."""

    secrets: dict[Name, Secret] = Field(default_factory=dict)
    """By field; those that the network hands out may be left out."""
    pin: Name = ""
    """What the page showed; then nothing else is needed."""


class NewLogin(Given):
    """A sign-in that is asked for."""

    name: Annotated[Name, Field(max_length=100)] = Field(default="", examples=["ann's laptop"])
    """What asks for it, for whoever confirms it."""


class Device(Given):
    """A sign-in that waits."""

    device_code: Name
    """As `POST /login` gave it."""


class Code(Given):
    """What is to be confirmed."""

    code: Name = Field(examples=["BCDF-GHJK"])
    """As it was shown where it was asked for."""


class NewInvite(Given):
    """A link that is asked for."""

    person: Name = Field(examples=["ann"])
    """For whom, by the name in the register."""


class InviteShown(Given):
    """An invite, as its link has it."""

    invite: Name
    """What stands behind the `#` of the link."""


class Joins(InviteShown):
    """What whoever has an invite is to be known by."""

    password: Secret
    """At least twelve characters, of any kind."""
    code: Name = ""
    """Of the second factor that was shown; `""` for none, where none is needed."""


class SignsIn(Given):
    """What somebody says to be let in."""

    name: Name = Field(examples=["ann"])
    """By which the register knows them."""
    password: Secret
    """Theirs."""
    code: Name = ""
    """Of the second factor, or a recovery code; `""` without one."""


class ProvesAnew(Given):
    """The same of whoever is signed in."""

    password: Secret
    """Theirs."""
    code: Name = ""
    """Of the second factor, or a recovery code; `""` without one."""


class NewPassword(Given):
    """Another password."""

    old: Secret
    """The one until now."""
    new: Secret
    """At least twelve characters, of any kind."""


class FactorCode(Given):
    """A code of the second factor that was shown."""

    code: Name = Field(examples=["123456"])
    """Six digits."""


class Assertion(Given):
    """What a browser answers by a passkey."""

    credential: dict[str, Any]
    """`PublicKeyCredential.toJSON()`, as W3C Web Authentication has it."""


class NewPasskey(Assertion):
    """A passkey that a browser has made."""

    name: Name = Field(examples=["phone"])
    """What it is called."""
