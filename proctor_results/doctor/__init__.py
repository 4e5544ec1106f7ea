"""The doctor: looks at a running deployment from outside, and says what is wrong and how to mend it.

It stores nothing, and sends no message to the LMS. One file per part of the body; `examine` knows them all.
"""
