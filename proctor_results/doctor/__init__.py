"""The doctor: checks a running deployment from outside, and says how to fix what is wrong.

It stores nothing, and sends no message to the LMS."""
