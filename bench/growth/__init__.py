"""Measures throughput by stored sessions and processes; `make bench-growth` draws it."""
