"""Looks at what the project stands on: known vulnerabilities, and licences.

`make audit` runs it.
"""
