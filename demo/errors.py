"""What ends a demo early: said in words, without a traceback."""


class DemoError(Exception):
    """Something does not add up; the message is for whoever started the demo."""
