"""Runs the whole service under load and under faults, and then looks whether anything was lost on
the way.
"""
