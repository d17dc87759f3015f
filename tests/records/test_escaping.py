"""Templates write everything escaped, whatever it is."""

import pytest
from django.template import engines
from markupsafe import Markup

from keji.records import escaping


@pytest.fixture
def write():
    return lambda text, **told: engines["jinja2"].env.from_string(text).render(**told)


class Odd:
    def __str__(self):
        return "<odd>"

    def __html__(self):
        return "<b>odd</b>"


class Plain:
    def __str__(self):
        return "<plain>"


@pytest.mark.parametrize(
    "value, expected",
    [
        ("<a href='x'>\"&", "&lt;a href=&#39;x&#39;&gt;&#34;&amp;"),
        (Markup("<b>bold</b>"), "<b>bold</b>"),
        (Odd(), "<b>odd</b>"),
        (Plain(), "&lt;plain&gt;"),
        (3, "3"),
        (None, "None"),
    ],
)
def test_a_value_is_written_escaped(write, value, expected):
    assert write("{{ it }}", it=value) == expected


def test_what_a_macro_and_a_join_write_is_escaped_once(write):
    text = "{% macro it(x) %}<i>{{ x }}</i>{% endmacro %}{{ it(a) }}{{ a ~ '<' }}{% set s %}{{ a }}{% endset %}{{ s }}"

    assert write(text, a="<") == "<i>&lt;</i>&lt;&lt;&lt;"


def test_the_templates_are_written_by_the_quick_way():
    assert "environment.written(" in engines["jinja2"].env.compile("{{ it }}", raw=True)
    assert escaping.inner("<") == "&lt;"
