"""Compares three sides of one story: what was sent, what is stored, what the LMS was told."""
