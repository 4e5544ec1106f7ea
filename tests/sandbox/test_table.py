"""A table can be read on a narrow screen."""

from sandbox.table import table

ROWS = [("run-1-late", "200 x3", "the verdict arrives first"), ("run-1-started", "200", "")]


def test_columns_are_as_wide_as_their_widest_cell() -> None:
    assert table(("session", "answered", "what it shows"), ROWS).splitlines() == [
        "session        answered  what it shows",
        "-------------  --------  -------------------------",
        "run-1-late     200 x3    the verdict arrives first",
        "run-1-started  200",
    ]


def test_in_too_little_room_the_widest_columns_go_on_in_the_next_line() -> None:
    assert table(("session", "answered", "what it shows"), ROWS, room=40).splitlines() == [
        "session        answered  what it shows",
        "-------------  --------  ---------------",
        "run-1-late     200 x3    the verdict",
        "                         arrives first",
        "run-1-started  200",
    ]
