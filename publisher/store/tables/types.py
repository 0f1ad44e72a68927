"""Column types that mean the same on SQLite and PostgreSQL."""

from datetime import UTC, datetime
from typing import Any

from sqlalchemy import JSON, DateTime, Dialect, MetaData, Table
from sqlalchemy.types import TypeDecorator
from sqlmodel import AutoString, Field, SQLModel

METADATA: MetaData = SQLModel.metadata
METADATA.naming_convention = {
    "ix": "ix_%(column_0_N_label)s",
    "uq": "uq_%(table_name)s_%(column_0_N_name)s",
    "ck": "ck_%(table_name)s_%(constraint_name)s",
    "fk": "fk_%(table_name)s_%(column_0_N_name)s_%(referred_table_name)s",
    "pk": "pk_%(table_name)s",
}


class Utc(TypeDecorator[datetime]):
    """Aware UTC in, aware UTC out; refuses a naive time. SQLite keeps it as sortable text."""

    impl = DateTime(timezone=True)
    cache_ok = True

    def process_bind_param(self, value: datetime | None, dialect: Dialect) -> datetime | None:
        """Refuse naive times at the door of the database."""
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a time without a zone cannot be stored")
        value = value.astimezone(UTC)
        return value.replace(tzinfo=None) if dialect.name == "sqlite" else value

    def process_result_value(self, value: datetime | None, dialect: Dialect) -> datetime | None:  # noqa: ARG002
        """SQLite hands back naive times: they are UTC."""
        if value is None:
            return None
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)


def utc(*, index: bool = False, default: Any = ...) -> Any:
    """A column of aware UTC times; without a default it may not be empty."""
    return Field(default=default, sa_type=Utc, nullable=default is None, index=index)


def word(**more: Any) -> Any:
    """A column of text that is one of a few words."""
    return Field(sa_type=AutoString, nullable=False, **more)


def json_column(factory: Any) -> Any:
    """A column of plain JSON data."""
    return Field(default_factory=factory, sa_type=JSON, nullable=False)


def core(model: type[SQLModel]) -> Table:
    """The table behind a model, for statements that never load an object."""
    table: Table = model.__table__  # type: ignore[attr-defined]  # SQLModel does not declare it
    return table
