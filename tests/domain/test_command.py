"""The words of a command, as a shell would make them (docs/spec/behaviour/seed.md#running)."""

import shlex
import subprocess

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jobsvc.domain.command import expand_command

NASTY = "a'b\"c\\ *;$(x)\n`y` ${A} $A & | > ~"
VARIABLES = {"A": "1 2", "EMPTY": "", "DOLLAR": "$A", "NASTY": NASTY}
TEXT = st.text(st.characters(exclude_characters="\0", exclude_categories=["Cs"]))


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("", []),
        (" run  $A\t${A}\n", ["run", "1 2", "1 2"]),
        ("run --in=$A/x", ["run", "--in=1 2/x"]),
        ("run 'a $A' \"a $A\"", ["run", "a $A", "a 1 2"]),
        ("run $UNKNOWN ${UNKNOWN} $ ${} ${A", ["run", "$UNKNOWN", "${UNKNOWN}", "$", "${}", "${A"]),
        ("run ${A#x} ${A//x/y}", ["run", "${A#x}", "${A//x/y}"]),
        ("run $AB $DOLLAR", ["run", "$AB", "$A"]),
        ("run $EMPTY \"$EMPTY\" '' x$EMPTY", ["run", "", "", "x"]),
        ("a; b | c > d `e` $(f)", ["a;", "b", "|", "c", ">", "d", "`e`", "$(f)"]),
        (r"run \$A \"a\" b\ c \\$A", ["run", "$A", '"a"', "b c", "\\1 2"]),
        ('run "\\$A \\` \\" \\\\ \\x"', ["run", '$A ` " \\ \\x']),
        ('run a\\\nb "c\\\nd"', ["run", "ab", "cd"]),
        ('$NASTY "$NASTY" x$NASTY', [NASTY, NASTY, f"x{NASTY}"]),
    ],
)
def test_variables_are_replaced_and_words_split(command: str, words: list[str]) -> None:
    assert expand_command(command, VARIABLES) == words


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("run ${A/#/--opt } x", ["run", "--opt", "1 2", "x"]),
        ("run ${A/#/-o} ${A/#/--opt=}", ["run", "-o1 2", "--opt=1 2"]),
        ("run x${A/#/ -o }y", ["run", "x", "-o", "1 2y"]),
        ("run ${EMPTY/#/--opt } ${EMPTY/#/-o} x", ["run", "x"]),
        ("run ${UNKNOWN/#/--opt }", ["run", "${UNKNOWN/#/--opt }"]),
        ('run "${A/#/--opt }" "${EMPTY/#/--opt }"', ["run", "--opt 1 2", ""]),
        ("run ${A/#/'--opt '} ${A/#/\"--opt \"}", ["run", "--opt 1 2", "--opt 1 2"]),
        ("run '${A/#/--opt }'", ["run", "${A/#/--opt }"]),
        ("run ${NASTY/#/--opt }", ["run", "--opt", NASTY]),
        ("run ${A/#/}", ["run", "1 2"]),
        ("run ${A/#/a/b#c}", ["run", "a/b#c1 2"]),
    ],
)
def test_a_prefix_and_its_value_are_the_words_that_the_command_makes_of_them(command: str, words: list[str]) -> None:
    assert expand_command(command, VARIABLES) == words


@pytest.mark.parametrize(
    ("command", "words"),
    [
        ("run ${A:-x} ${EMPTY:-x y} ${UNKNOWN:-z}", ["run", "1 2", "x", "y", "z"]),
        ('run "${EMPTY:-x y}" ${UNKNOWN:-}', ["run", "x y"]),
    ],
)
def test_a_text_takes_the_place_of_nothing(command: str, words: list[str]) -> None:
    assert expand_command(command, VARIABLES) == words


@pytest.mark.parametrize("command", ["run 'open", 'run "open', 'run "open\\"', "run \\"])
def test_what_does_not_end_cannot_be_split(command: str) -> None:
    with pytest.raises(ValueError, match="No "):
        expand_command(command, {})


@given(TEXT.filter(bool), TEXT)
def test_a_value_is_one_word_whatever_is_in_it(first: str, second: str) -> None:
    words = expand_command('run $A --b=${B} ${A/#/-a } "$B" end', {"A": first, "B": second})
    assert words == ["run", first, f"--b={second}", "-a", first, second, "end"]


@given(st.lists(TEXT, max_size=5))
def test_words_that_were_quoted_come_back(words: list[str]) -> None:
    assert expand_command(shlex.join(words), {}) == words


@pytest.mark.parametrize("command", ["$A x", '"$A" ${A}', "'$A' \\$A", "${EMPTY} x", '"${EMPTY:-a b}" ${NONE:-a b}', r'"\$A \x"'])
def test_a_shell_makes_the_same_words(command: str) -> None:
    script = f"IFS=; printf '%s\\0' {command}" if "b}" not in command else f"printf '%s\\0' {command}"
    done = subprocess.run(["sh", "-c", script], env=VARIABLES, capture_output=True, check=True)
    assert done.stdout.decode().split("\0")[:-1] == expand_command(command, VARIABLES)
