"""A page: a template, in the words of whoever reads it, and headers that let in nothing from elsewhere."""

from collections.abc import Mapping
from datetime import datetime
from functools import cache
from typing import Any

from fastapi.responses import HTMLResponse
from jinja2 import Environment, PackageLoader, StrictUndefined, pass_context
from jinja2.runtime import Context
from markupsafe import Markup, escape

from publisher.clock import rfc3339
from publisher.errors import NotFresh, PartlyDone, Problem
from publisher.read import today
from publisher.service.desk import Desk
from publisher.service.pages import files
from publisher.store import Tx
from publisher.words import ENGLISH, day_and_time, languages, moment, say

# Everything from here, nothing inline, and no frame around it (CSP 3).
CSP = "; ".join(
    (
        "default-src 'none'",
        *(f"{kind}-src 'self'" for kind in ("script", "style", "img", "font", "connect")),
        "form-action 'self'",
        "base-uri 'none'",
        "frame-ancestors 'none'",
        "require-trusted-types-for 'script'",
        "trusted-types 'none'",
    )
)


def page(
    desk: Desk, tx: Tx, template: str, *, problem: Problem | None = None, **values: Any
) -> HTMLResponse:
    """A page for the person at the desk, under what stands on each: who they are, what is stopped.

    `problem`: why it is shown again instead of what was to be done.
    """
    frame = today.frame(tx, desk.lang)
    return bare(template, desk.lang, problem=problem, frame=frame, now=tx.now, **values)


def bare(
    template: str, lang: str, *, problem: Problem | None = None, status: int = 200, **values: Any
) -> HTMLResponse:
    """A page without a desk around it: for whoever is not known."""
    known = lang if lang in languages() else ENGLISH
    values = {"frame": None, "problem": _shown(problem, known), **values}
    text = _templates().get_template(template).render(lang=known, **values)
    head = {"Content-Security-Policy": CSP, "Content-Language": known}
    if problem is not None and not isinstance(problem, PartlyDone):
        status = problem.status
    return HTMLResponse(text, status, head)


def _shown(problem: Problem | None, lang: str) -> Mapping[str, Any] | None:
    """`anew`: it can be done once they have proved anew who they are."""
    if problem is None:
        return None
    anew = isinstance(problem, NotFresh)
    return {"said": say("page.prove_first", {}, lang) if anew else problem.said(lang), "anew": anew}


@cache
def _templates() -> Environment:
    made = Environment(
        loader=PackageLoader("publisher.service.pages"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals.update(say=_say, when=_when, file=files.address)
    return made


@pass_context
def _say(context: Context, code: str, values: Mapping[str, Any] | None = None, **more: Any) -> str:
    """A sentence in the page's language; what in it is a time stays marked up as one."""
    given = {**(values or {}), **more}
    marked = {name: value for name, value in given.items() if isinstance(value, Markup)}
    stands_for = {
        name: f"\x1f{name}\x1f" for name in marked
    }  # no text of ours holds that character
    said = say(code, {**given, **stands_for}, context["lang"])
    if not marked:
        return said
    found = escape(said)
    for name, value in marked.items():
        found = found.replace(stands_for[name], value)
    return found


@pass_context
def _when(context: Context, at: datetime, zone: str) -> Markup:
    """A time as people say it, and with the day and the zone when they rest on it."""
    lang = context["lang"]
    short = day_and_time(at, lang, zone, today=context["now"])
    exact = moment(at, lang, zone)
    return Markup('<time datetime="{}" title="{}">{}</time>').format(rfc3339(at), exact, short)
