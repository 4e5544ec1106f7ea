"""Runs the whole service under load and faults, and checks that nothing was lost."""
