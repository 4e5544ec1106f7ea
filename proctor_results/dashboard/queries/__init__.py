"""Queries for the pages of the dashboard."""
