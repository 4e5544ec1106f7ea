"""The error that ends a demo with a message and without a traceback."""


class DemoError(Exception):
    """Something is not as expected; the message is for the person who started the demo."""
