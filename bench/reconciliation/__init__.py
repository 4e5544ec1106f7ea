"""Compares three sides: what was sent, what is stored, and what the LMS received."""
