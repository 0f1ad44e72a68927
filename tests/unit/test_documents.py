"""Settings files: refused whole, with every reason and its line."""

import pytest
from pydantic import Field

from publisher.documents import Strict, line_of, near, parse
from publisher.errors import BadConfig
from publisher.words import say_part


class Inner(Strict):
    """A table."""

    size: int
    colour: str = "red"


class Outer(Strict):
    """A document."""

    title: str
    inner: Inner | None = None
    named: dict[str, Inner] = Field(default_factory=dict)
    listed: list[Inner] = Field(default_factory=list)


def problems(text):
    with pytest.raises(BadConfig) as caught:
        parse(text, Outer, "file.toml")
    return caught.value.problems


def test_a_document_becomes_its_model_and_cannot_be_changed():
    document = parse('title = "a"\n[named.b]\nsize = 3\n', Outer, "file.toml")
    assert document.named["b"].size == 3
    with pytest.raises(ValueError, match="frozen"):
        document.title = "b"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ('titel = "a"\ntitle = "b"', 'file.toml:1: unknown key "titel". Did you mean "title"?'),
        (
            'title = "a"\nqqq = 1',
            'file.toml:2: unknown key "qqq". Known: inner, listed, named, title.',
        ),
        ("[inner]\nsize = 1", "file.toml:1: title is missing."),
        (
            'title = "a"\n[inner]\ncolor = "x"\nsize = 1',
            'file.toml:3: unknown key "color". Did you mean "colour"?',
        ),
        (
            'title = "a"\n\n[named.b]\nsize = 1\nsise = 2',
            'file.toml:5: unknown key "sise". Did you mean "size"?',
        ),
        ('title = "a"\n[named.b]\ncolour = "x"', "file.toml:2: named.b.size is missing."),
    ],
)
def test_a_problem_names_its_line_and_the_nearest_word(text, said):
    assert problems(text) == [said]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("title = 1", 'title: should be text in quotes: "…"'),
        ('title = "a"\ninner = 3', "inner: should be a table, such as [name]"),
        ('title = "a"\nnamed = 3', "named: should be a table, such as [name]"),
        ('title = "a"\nlisted = 3', 'listed: should be a list, such as ["a"]'),
        ('title = "a"\nlisted = "9-17"', 'listed: should be a list, such as ["9-17"]'),
        ('title = "a"\n[inner]\nsize = "big"', "inner.size: should be a whole number"),
    ],
)
def test_what_a_value_should_be_is_said_in_the_words_of_the_file(text, said):
    assert problems(text)[0].endswith(": " + said)


def test_all_problems_are_said_at_once():
    found = problems('titel = "a"\n[inner]\nsize = "big"\n[named.b]\n')
    assert [problem.split(":")[1] for problem in found] == ["1", "1", "3", "4"]


def test_what_is_no_toml_is_said_with_its_line():
    assert problems('title = "a"\nthis is no toml\n')[0].startswith("file.toml:2: not valid TOML")


def test_a_value_is_never_repeated():
    assert "canary" not in "\n".join(problems("title = ['canary']\n[inner]\nsize = 'canary'\n"))


def test_a_missing_value_stands_where_its_table_stands():
    text = "# first\n[a]\nx = 1\n\n[a.b]\ny = 2\n"
    assert line_of(text, ("a", "x")) == 3
    assert line_of(text, ("a", "b", "z")) == 5
    assert line_of(text, ("nowhere",)) == 1


@pytest.mark.parametrize(
    ("word", "known", "said"),
    [
        ("feacbook", ["facebook", "x"], ' Did you mean "facebook"?'),
        ("zzz", ["facebook", "x"], " Known: facebook, x."),
        ("zzz", [], ""),
    ],
)
def test_the_nearest_known_word_is_suggested(word, known, said):
    found = near(word, known)
    assert (say_part(found, "en") if found else "") == said


def test_something_else_may_be_said_than_all_known_words():
    assert near("zzz", ["facebook", "x"], instead="") == ""
    assert near("feacbook", ["facebook", "x"], instead="")["name"] == "facebook"
