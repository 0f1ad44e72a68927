"""Posts through the service: the same desk, the same words, the same codes as at the terminal."""

import base64
import json
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest
from counter import Counter, counter
from world import ANN, World

from publisher.errors import TryAgain
from publisher.store import ledger

__all__ = ["counter"]


def problem(answer: Any, status: int) -> dict[str, Any]:
    assert answer.status_code == status, answer.text
    assert answer.headers["content-type"] == "application/problem+json"
    found: dict[str, Any] = answer.json()
    assert found["status"] == status
    return found


def place(*said: str) -> str:
    return base64.urlsafe_b64encode(json.dumps(said).encode()).decode().rstrip("=")


def test_a_post_from_its_writing_to_its_address(counter: Counter) -> None:
    written = counter.write("The fair opens", "x", "page")
    assert (written["state"], written["approval"]) == ("submitted", "in review")
    assert {d["state"] for d in written["deliveries"]} == {"waiting"}
    assert "Not necessarily" in written["rendered"]["x"]["text"]
    said = counter.post(
        f"/posts/{written['id']}/approve", {"seen": written["fingerprint"][:24]}, by="bo"
    )
    assert (said.status_code, said.json()["approval"]) == (200, "approved")
    counter.world.settle()
    found = counter.get(f"/posts/{written['id']}").json()
    assert {d["state"] for d in found["deliveries"]} == {"published"}
    assert all(d["remote_url"].startswith("https://") for d in found["deliveries"])
    assert [one["outcome"] for one in found["tries"]] == ["published", "published"]


def test_what_was_done_is_not_said_to_have_failed(
    counter: Counter, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The look at a new post met a busy database; whoever is told to repeat it writes another."""

    def busy(*_: Any) -> None:
        raise TryAgain("store.busy")

    monkeypatch.setattr("publisher.service.desk.whole", busy)
    answer = counter.post("/posts", {"text": "The fair opens", "accounts": ["x"]})
    assert problem(answer, 207)["code"] == "request.done_unseen"
    assert "Retry-After" not in answer.headers
    blocked = counter.post("/posts", {"text": "The fair opens. " * 30, "accounts": ["x"]})
    assert problem(blocked, 409)["code"] == "compose.kept_as_draft"
    monkeypatch.undo()
    assert len(counter.get("/posts").json()["posts"]) == 2


def test_the_same_key_writes_one_post(counter: Counter) -> None:
    counter.world.clock.forward(microseconds=7)
    told = {"text": "The fair opens", "accounts": ["x"]}
    head = {"Idempotency-Key": "fair-1"}
    first = counter.post("/posts", told, headers=head)
    again = counter.post("/posts", told, headers=head)
    assert first.status_code == again.status_code == 201
    assert first.json()["id"] == again.json()["id"]
    assert len(counter.get("/posts").json()["posts"]) == 1
    counter.world.clock.forward(minutes=40)  # whoever lost the answer asks again
    assert counter.post("/posts", told, headers=head).json()["id"] == first.json()["id"]


@pytest.mark.parametrize(
    "other", [{"text": "It closes"}, {"accounts": ["page"]}, {"at": "next"}, {"title": "Fair"}]
)
def test_a_key_that_was_used_for_something_else_names_its_post(
    counter: Counter, lite: World, other: dict[str, Any]
) -> None:
    lite.clock.forward(seconds=1, microseconds=7)
    told = {"text": "The fair opens", "accounts": ["x"], "at": "2026-12-02 10:00"}
    head = {"Idempotency-Key": "fair-1"}
    first = counter.post("/posts", told, headers=head).json()
    said = problem(counter.post("/posts", {**told, **other}, headers=head), 409)
    assert (said["code"], said["done"]["id"]) == ("compose.key_used", first["id"])
    assert len(counter.get("/posts").json()["posts"]) == 1


def test_an_edit_of_what_somebody_else_changed_is_refused(counter: Counter) -> None:
    written = counter.write(draft=True)
    where = f"/posts/{written['id']}"
    seen = counter.get(where).headers["etag"]
    assert counter.ask("PATCH", where, json={"text": "The fair is open"}).status_code == 200
    lost = counter.ask("PATCH", where, json={"text": "It opens"}, headers={"If-Match": seen})
    assert problem(lost, 412)["code"] == "find.changed"
    assert counter.get(where).json()["text"] == "The fair is open"
    now = counter.get(where).headers["etag"]
    kept = counter.ask(
        "PATCH", where, json={"text": "It opens"}, headers={"If-Match": f'"other", {now}'}
    )
    assert (kept.status_code, kept.json()["text"]) == (200, "It opens")


def test_a_pause_is_a_change(counter: Counter) -> None:
    written = counter.write()
    paused = counter.post(f"/posts/{written['id']}/pause", {"reason": "why"}).json()
    assert paused["etag"] != written["etag"]


def test_of_two_edits_at_once_one_is_kept_and_one_is_told(world: World) -> None:
    counter = Counter(world)
    written = counter.write(draft=True)

    def edit(number: int) -> int:
        more = {"json": {"text": f"Hall {number}"}, "headers": {"If-Match": written["etag"]}}
        answer = counter.ask("PATCH", f"/posts/{written['id']}", **more)
        return int(answer.status_code)

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(edit, range(4)))
    assert answers[0] == 200
    assert set(answers[1:]) <= {412, 503}
    assert counter.get(f"/posts/{written['id']}").json()["revision"] == 2


def test_of_several_yeses_by_one_person_at_once_one_counts(world: World) -> None:
    counter = Counter(world)
    written = counter.write()
    yes = {"seen": written["fingerprint"]}

    def approve(_: int) -> int:
        return int(counter.post(f"/posts/{written['id']}/approve", yes, by="bo").status_code)

    with ThreadPoolExecutor(4) as pool:
        answers = sorted(pool.map(approve, range(4)))
    assert answers[0] == 200
    assert set(answers[1:]) <= {409, 503}
    moves = counter.get(f"/posts/{written['id']}/history").json()["items"]
    assert [one["verb"] for one in moves].count("approve") == 1


@pytest.mark.parametrize("verb", ["submit", "pause", "cancel", "reschedule", "return"])
def test_no_verb_acts_on_what_has_changed_since(counter: Counter, verb: str) -> None:
    written = counter.write(draft=verb == "submit")
    counter.ask("PATCH", f"/posts/{written['id']}", json={"text": "The fair is open"})
    more = {"reason": "why"} if verb in ("pause", "cancel", "return") else {}
    more |= {"at": "next"} if verb == "reschedule" else {}
    answer = counter.post(
        f"/posts/{written['id']}/{verb}",
        more,
        by="bo" if verb == "return" else "ann",
        headers={"If-Match": written["etag"]},
    )
    assert problem(answer, 412)["acts"] == [{"act": "read", "post": written["id"]}]


def test_a_post_that_the_policy_blocks_is_kept_as_a_draft(counter: Counter) -> None:
    told = {"text": "The fair opens. " * 30, "accounts": ["x"]}
    said = problem(counter.post("/posts", told), 409)
    assert (said["code"], said["exit_code"]) == ("compose.kept_as_draft", 3)
    assert said["done"]["state"] == "draft"
    assert counter.get(f"/posts/{said['done']['id']}").json()["text"] == said["done"]["text"]


def test_a_cancellation_that_leaves_something_public_says_so(counter: Counter) -> None:
    written = counter.write("The fair opens", "x", "page")
    counter.post(f"/posts/{written['id']}/pause", {"account": "page", "reason": "not there yet"})
    counter.post(f"/posts/{written['id']}/approve", {"seen": written["fingerprint"]}, by="bo")
    counter.world.settle()
    said = problem(counter.post(f"/posts/{written['id']}/cancel", {}), 207)
    assert (said["code"], said["exit_code"]) == ("compose.stays_public", 8)
    states = {d["account"]: d["state"] for d in said["done"]["deliveries"]}
    assert states == {"x": "published", "page": "cancelled"}


def test_an_urgent_notice_by_two_people(counter: Counter, lite: World) -> None:
    lite.clock.forward(hours=12)  # 22:00 in Tokyo: the office is closed
    told = {
        "text": "Our line is down",
        "accounts": ["x"],
        "category": "outage",
        "reason": "callers get no answer",
    }
    asked = counter.post("/posts/notices", told)
    assert asked.status_code == 201, asked.text
    [one] = counter.get("/exceptions").json()["items"]
    look = counter.get(f"/exceptions/{one['id']}", by="cy").json()
    assert look["reason"] == "callers get no answer"
    assert (
        problem(counter.post(f"/exceptions/{one['id']}/grant", {"seen": look["fingerprint"]}), 403)[
            "exit_code"
        ]
        == 5
    )
    granted = counter.post(f"/exceptions/{one['id']}/grant", {"seen": look["fingerprint"]}, by="cy")
    assert (granted.status_code, granted.json()["granted_by"]) == (200, "cy")
    lite.settle()
    assert "Our line is down" in lite.net.texts("x")[0]


def test_the_queue_in_pages_shows_each_post_once(counter: Counter, lite: World) -> None:
    names = {
        lite.post(f"Day {n} of the fair", "x", "page", at="2026-12-02 10:00") for n in range(7)
    }
    drafts = {counter.write(f"Draft {n}", draft=True)["id"] for n in range(3)}
    found: list[str] = []
    at: str | None = ""
    while at is not None:
        page = counter.get("/posts", params={"most": 2, "at": at}).json()
        assert len(page["posts"]) <= 2
        found += [one["id"] for one in page["posts"]]
        at = page["next"]
    assert len(found) == len(set(found))
    assert set(found[:7]) == names
    assert set(found[7:]) == drafts
    everything = counter.get("/posts", params={"which": "all", "most": 100}).json()
    assert {one["id"] for one in everything["posts"]} == names | drafts


def test_everything_in_pages_stands_in_the_order_in_which_it_was_handed_in(
    counter: Counter, lite: World
) -> None:
    names = []
    for number in range(5):
        lite.clock.forward(seconds=1)
        names.append(lite.post(f"Day {number}", "x", "page", at=f"2026-12-0{9 - number} 10:00"))
    counter.post(f"/posts/{names[0]}/cancel", {})
    found: list[str] = []
    at: str | None = ""
    while at is not None:
        page = counter.get("/posts", params={"which": "all", "most": 2, "at": at}).json()
        found += [one["id"] for one in page["posts"]]
        at = page["next"]
        lite.approve(names[1]) if len(found) == 2 else None
    assert found == names


def test_what_goes_out_meanwhile_moves_no_post_onto_two_pages(
    counter: Counter, lite: World
) -> None:
    soon = counter.write("The fair opens", "x", "page", at="2026-12-01 10:30")["id"]
    counter.post(f"/posts/{soon}/reschedule", {"account": "page", "at": "2026-12-09 10:00"})
    lite.approve(soon)
    later = lite.post("It goes on", "blog", at="2026-12-02 10:00")
    first = counter.get("/posts", params={"most": 1}).json()
    assert [one["id"] for one in first["posts"]] == [soon]
    lite.clock.forward(minutes=31)
    lite.settle()
    assert lite.state(soon, "x") == "published"
    rest = counter.get("/posts", params={"at": first["next"]}).json()
    assert [one["id"] for one in rest["posts"]] == [later]


NOW = "2026-12-01T00:00:00Z"
MADE_UP = [
    "?",
    "e30",
    "WzFd",
    "WyJvcGVuIiwgIngiLCAieSJd",
    "WyJub3BlIl0",
    place("open", NOW, NOW, "\x00"),  # PostgreSQL takes none
    place("all", NOW, NOW, "\ud800"),
    place("drafts", NOW, "0001-01-01T00:00:00+14:00", "k7wd"),  # before the first year
]


@pytest.mark.parametrize("at", MADE_UP)
def test_no_made_up_place_begins_a_page(counter: Counter, at: str) -> None:
    assert problem(counter.get("/posts", params={"at": at}), 422)["code"] == "look.no_place"


@pytest.mark.parametrize(
    ("start", "end"),
    [
        ("0001-01-01T00:00:00Z", "0001-01-03T00:00:00Z"),
        ("0002-01-01T00:00:00+14:00", "0002-01-03T00:00:00Z"),
        ("9999-12-30T00:00:00-14:00", "9999-12-31T23:00:00-14:00"),
    ],
)
def test_at_either_end_of_time_no_window_is_asked_for(
    counter: Counter, start: str, end: str
) -> None:
    answer = counter.get("/accounts/x/windows", params={"from": start, "to": end})
    assert answer.status_code == (200 if start.startswith("0002") else 422), answer.text


def test_a_picture_is_uploaded_attached_and_shown(counter: Counter) -> None:
    from io import BytesIO

    from PIL import Image

    drawn = BytesIO()
    Image.new("RGB", (40, 30), "teal").save(drawn, "PNG")
    sent = counter.ask("POST", "/media", content=drawn.getvalue())
    assert sent.status_code == 201, sent.text
    upload = sent.json()["upload"]
    written = counter.write(images=[{"upload": upload, "alt": "A teal wall"}])
    [shown] = written["rendered"]["x"]["images"]
    assert (shown["alt"], shown["sha256"]) == ("A teal wall", upload)
    picture = counter.get(f"/media/{upload}")
    assert picture.headers["content-type"] == "image/png"
    assert picture.headers["content-security-policy"] == "sandbox; default-src 'none'"


def test_what_is_no_picture_is_refused_at_the_door(counter: Counter) -> None:
    assert (
        problem(counter.ask("POST", "/media", content=b"<svg/>"), 422)["code"] == "media.no_image"
    )
    told = {"text": "Look", "accounts": ["x"], "images": [{"upload": "0" * 64, "alt": "nothing"}]}
    assert problem(counter.post("/posts", told), 404)["code"] == "media.no_upload"
    assert counter.get("/posts").json()["posts"] == []


def test_a_time_out_of_hours_is_planned_and_explained(counter: Counter) -> None:
    written = counter.write(at="2026-12-05 10:00")  # a Saturday
    [when] = counter.get(f"/posts/{written['id']}/when").json()
    assert when["release_at"] == "2026-12-07T00:00:00Z"
    moved = counter.post(f"/posts/{written['id']}/reschedule", {"at": "2026-12-08 11:00"})
    assert moved.json()["deliveries"][0]["release_at"] == "2026-12-08T02:00:00Z"


def test_words_that_go_nowhere_are_not_said_to_pass(counter: Counter) -> None:
    answer = counter.post("/posts/check", {"text": "The fair opens", "accounts": []})
    assert problem(answer, 422)["code"] == "compose.no_accounts"


def test_the_history_of_a_post_begins_with_its_writing(counter: Counter, lite: World) -> None:
    written = counter.write()["id"]
    with lite.app.store.write(ANN) as tx:
        for _ in range(1000):
            ledger.record(tx, "plan", written, {}, post=written)
    first = counter.get(f"/posts/{written}/history").json()
    assert first["items"][0]["verb"] == "write"


def test_history_todo_and_check(counter: Counter) -> None:
    written = counter.write()
    verbs = [one["verb"] for one in counter.get(f"/posts/{written['id']}/history").json()["items"]]
    assert {"write", "create", "plan"} <= set(verbs)
    [todo] = counter.get("/todo", by="bo").json()["items"]
    assert todo["post"] == written["id"]
    verdict = counter.post("/posts/check", {"text": "The fair", "accounts": ["x"]}).json()
    assert (verdict["verdict"], verdict["findings"][0]["account"]) == ("APPROVE", "x")
