"""Receives proctoring results, decides outcome and lock, tells the LMS."""

__version__ = "0.1.0"
