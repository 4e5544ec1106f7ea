"""The outside world has to be right before it can tell whether we are."""
