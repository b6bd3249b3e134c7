"""How much text a process can be started with, against the system itself."""

import os
import subprocess

import pytest

from jobsvc.domain.variables import MOST_ALL_BYTES, MOST_TEXT_BYTES, TooLong, check_texts

LONGEST = "x" * (MOST_TEXT_BYTES - len("TEXT="))


def test_what_passes_can_be_passed_and_one_byte_more_cannot() -> None:
    check_texts({"input": ("text", LONGEST)})
    assert subprocess.run(["true"], env={"TEXT": LONGEST, "PATH": os.defpath}, check=False).returncode == 0
    with pytest.raises(OSError, match="Argument list too long"):
        subprocess.run(["true"], env={"TEXT": LONGEST + "x", "PATH": os.defpath}, check=False)
    with pytest.raises(TooLong, match=r"^input is 131072 bytes long"):
        check_texts({"input": ("text", LONGEST + "x")})


def test_bytes_count_and_not_characters() -> None:
    with pytest.raises(TooLong):
        check_texts({"input": ("text", "ä" * (MOST_TEXT_BYTES // 2))})


def test_a_word_of_the_command_may_be_as_long() -> None:
    check_texts({}, ["x" * MOST_TEXT_BYTES])
    with pytest.raises(TooLong, match=r"^the command makes a word"):
        check_texts({}, ["x" * (MOST_TEXT_BYTES + 1)])
    with pytest.raises(TooLong, match=r"^b makes a word"):
        check_texts({"a": ("A", "1"), "b": ("B", "22")}, ["x" * (MOST_TEXT_BYTES + 1)])


def test_all_together_are_limited_and_the_largest_is_to_blame() -> None:
    texts = {f"input {number}": (f"N{number}", "x" * 100_000) for number in range(MOST_ALL_BYTES // 100_000)}
    check_texts(texts)
    assert subprocess.run(["true"], env=dict(texts.values()) | {"PATH": os.defpath}, check=False).returncode == 0
    with pytest.raises(TooLong, match=r"^one more makes all"):
        check_texts(texts | {"one more": ("MORE", "x" * 100_001)})
