"""Measures the promises of the design; `make bench` prints them."""
