"""A fake proctoring server that posts, and a fake LMS that receives.

Imports nothing of the package.
"""
