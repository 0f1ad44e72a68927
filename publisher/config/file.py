"""The shape of config.toml: every key, its type and its default."""

from datetime import date
from typing import Annotated, Literal

from pydantic import Field

from publisher.content import Lang
from publisher.documents import Strict

LogFormat = Literal["auto", "json", "pretty"]
Text = Annotated[str, Field(min_length=1, max_length=500)]
Seconds = Annotated[int, Field(ge=1, le=86_400)]


class CompanyTable(Strict):
    name: Text
    website: str = ""


class DaemonTable(Strict):
    workers: Annotated[int, Field(ge=1, le=256)] = 16
    send_deadline: Seconds = 30
    lease: Seconds = 120
    free_space_reserve: Annotated[int, Field(ge=0)] = 100_000_000
    health: str = "127.0.0.1:8091"
    look_again: Annotated[list[Annotated[float, Field(ge=0)]], Field(min_length=1)] | None = None


class LogTable(Strict):
    format: LogFormat = "auto"


class HeartbeatTable(Strict):
    url: Text
    every: Seconds = 60


class AccountTable(Strict):
    network: str
    calendar: Text
    disclaimers: Text
    lang: Lang
    user_id: Text
    base_url: str = ""
    credentials: dict[str, str] = Field(default_factory=dict)
    options: dict[str, str] = Field(default_factory=dict)
    sandbox: bool = False
    owner: Text
    active: bool = True
    since: date | None = None
    public_url: str = ""


class PersonTable(Strict):
    name: Text
    roles: Annotated[list[str], Field(min_length=1)]
    os_users: list[Text] = Field(default_factory=list)
    sample: bool = False
    deputy: str = ""
    notify: list[Text] = Field(default_factory=list)


class File(Strict):
    data: Text = "data"
    witness: Text = "witness"
    database: Text = "sqlite:///{data}/publisher.db"
    policy: Text = "policy"
    company: CompanyTable
    daemon: DaemonTable = DaemonTable()
    log: LogTable = LogTable()
    heartbeat: HeartbeatTable | None = None
    notify: dict[str, list[Text]] = Field(default_factory=dict)
    accounts: dict[str, AccountTable] = Field(default_factory=dict)
    people: dict[str, PersonTable] = Field(default_factory=dict)
