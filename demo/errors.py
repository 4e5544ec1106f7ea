"""What ends a demo early: said in words, without a traceback."""


class DemoError(Exception):
    """An unexpected result; the message is for the user who started the demo."""
