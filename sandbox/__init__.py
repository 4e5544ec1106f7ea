"""The outside world in small: a proctoring server that posts and an LMS that is told. Imports no other room."""
