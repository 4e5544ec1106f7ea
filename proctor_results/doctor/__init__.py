"""The doctor checks a running deployment from outside; it stores nothing and sends no message."""
