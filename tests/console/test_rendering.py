"""How pages write what programs and people have written."""

import pytest

from jobsvc.console.ansi import ansi
from jobsvc.console.rendering import span, visible

DAY = 86_400


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("plain <b>", "plain &lt;b&gt;"),
        ("\x1b[31mred\x1b[0m!", '<span class="a31">red</span>!'),
        (
            "\x1b[1;32mgreen\n& more\x1b[39m bold\x1b[m.",
            '<span class="a1 a32">green\n&amp; more</span><span class="a1"> bold</span>.',
        ),
        ("\x1b[31m\x1b[94mblue\x1b[22m", '<span class="a94">blue</span>'),
        ("\x1b[38;5;1mx\x1b[2Ky\x1b]0;title\x07z", "xyz"),
        ("\x1b[;;mx\x1b[99999mx\x1b", "xx\x1b"),
    ],
)
def test_colours_of_terminals_are_shown_and_other_sequences_left_out(text: str, shown: str) -> None:
    assert ansi(text) == shown


@pytest.mark.parametrize(
    ("name", "shown"), [("\u202egnp.exe", "\\u202egnp.exe"), ("a\nb", "a\\u000ab"), ("Größe 1.txt", "Größe 1.txt")]
)
def test_nothing_hides_in_the_name_of_a_file(name: str, shown: str) -> None:
    assert visible(name) == shown


def test_times_are_short() -> None:
    shown = [span(seconds) for seconds in (-1, 0.04, 59.4, 60, 3599.6, 2 * DAY + 4)]
    assert shown == ["0.0 s", "0.0 s", "59 s", "1 min", "1 h", "2 d"]
