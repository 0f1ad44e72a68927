"""What a person sends by a form."""

from collections.abc import Mapping, Sequence
from typing import Annotated, Any, TypeVar
from urllib.parse import parse_qs

from fastapi import Depends, Request
from fastapi.responses import RedirectResponse
from pydantic import ValidationError

from publisher.errors import Usage
from publisher.service.given import Given
from publisher.service.problems import told

S = TypeVar("S", bound=Given)

MOST = 200  # fields of one form
_KIND = "application/x-www-form-urlencoded"


async def _fields(request: Request) -> Mapping[str, Sequence[str]]:
    kind = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if kind != _KIND:
        raise Usage("page.no_form")
    try:
        text = (await request.body()).decode("ascii")
        return parse_qs(text, keep_blank_values=True, max_num_fields=MOST, errors="strict")
    except ValueError:  # a UnicodeDecodeError is one
        raise Usage("page.no_form") from None


# By name, what stands in each field: several where several were chosen.
Fields = Annotated[Mapping[str, Sequence[str]], Depends(_fields)]


def one(fields: Mapping[str, Sequence[str]], name: str) -> str:
    """What stands in that field; lines end as elsewhere, for a form sends CR LF (HTML, form submission)."""
    return fields.get(name, [""])[-1].replace("\r\n", "\n")


def filled(shape: type[S], fields: Mapping[str, Sequence[str]], lang: str, **more: Any) -> S:
    """What stands in the form, as an operation takes it; `more`: what is there besides.

    Raises Usage for what it would not take.
    """
    said = {name: one(fields, name) for name in fields if name in shape.model_fields}
    try:
        return shape.model_validate({**said, **more}, strict=False)
    except ValidationError as error:
        raise told(error, lang) from None


def then(path: str) -> RedirectResponse:
    """It is done: the browser looks at another page, and sends nothing twice when that is loaded anew."""
    return RedirectResponse(path, 303)
