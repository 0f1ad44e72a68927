"""What people hold to be known by: API tokens, and sign-ins. Of a secret only its sha256 is kept."""

from datetime import datetime

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
    """A sign-in of a person that somebody's program keeps. `place`: where from it was asked for."""

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
