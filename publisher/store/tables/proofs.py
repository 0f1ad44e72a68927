"""What people hold to be known by, and what they know. Of a secret only what it hashes to is kept."""

from datetime import datetime

from sqlalchemy import BigInteger
from sqlmodel import Field, SQLModel

from publisher.store.tables.types import json_column, utc, word


class Token(SQLModel, table=True):
    """An API token of a person, for programs: good for its scopes (`roles.SCOPES`)."""

    id: str = Field(primary_key=True)
    person: str = Field(index=True)
    name: str
    hash: str = Field(unique=True)
    scopes: list[str] = json_column(list)
    created_at: datetime = utc()
    expires_at: datetime = utc()
    used_at: datetime | None = utc(default=None)
    ended_at: datetime | None = utc(default=None)


class SignIn(SQLModel, table=True):
    """A sign-in of a person. `place`: where from it was asked for.

    `kind`: "login", which a program keeps, or "page", which a browser does. `fresh_at`: when whoever has
    that page last said all they know.
    """

    __tablename__ = "sign_in"

    id: str = Field(primary_key=True)
    person: str = Field(index=True)
    kind: str = word(default="login")
    name: str
    place: str
    hash: str = Field(unique=True)
    created_at: datetime = utc()
    expires_at: datetime = utc()
    used_at: datetime | None = utc(default=None)
    ended_at: datetime | None = utc(default=None)
    fresh_at: datetime | None = utc(default=None)


class Invite(SQLModel, table=True):
    """A link by which a person of the register gets a password; good once.

    `by`: who made it. `second`: where what its person does counts for others it is good for nothing until
    somebody else has confirmed it.
    """

    id: str = Field(primary_key=True)
    person: str = Field(index=True)
    by: str
    hash: str = Field(unique=True)
    second: bool = False
    confirmed_by: str = ""
    created_at: datetime = utc()
    expires_at: datetime = utc()
    used_at: datetime | None = utc(default=None)
    ended_at: datetime | None = utc(default=None)


class Password(SQLModel, table=True):
    """What a person knows, and has: a password, and it may be a second factor.

    `hash`: argon2id, with its parameters and salt; "" once it is good for nothing. `seed`: of the second
    factor (RFC 6238), sealed (`store.sealed`); "" without one. `step`: of the newest code that was taken,
    so that none is taken twice. `codes`: the sha256 of each recovery code that is left.
    """

    person: str = Field(primary_key=True)
    hash: str
    seed: str = ""
    step: int = 0
    codes: list[str] = json_column(list)
    set_at: datetime = utc()


class Passkey(SQLModel, table=True):
    """A passkey of a person: the public half of what lies on their own device (W3C Web Authentication).

    `credential`: by which the device names it; `key`: as the device wrote it (COSE); both in base64url.
    `count`: the device's own, of how often it was used; 0 where it does not count.
    """

    id: str = Field(primary_key=True)
    person: str = Field(index=True)
    name: str
    credential: str = Field(unique=True)
    key: str
    count: int = Field(default=0, sa_type=BigInteger)
    created_at: datetime = utc()
    ended_at: datetime | None = utc(default=None)
