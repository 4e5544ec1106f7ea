"""Receives proctoring results, decides outcome and lock, notifies the LMS."""

__version__ = "0.1.0"
