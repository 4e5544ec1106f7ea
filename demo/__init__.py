"""`make demo`: the whole service beside its outside world, on one machine, with an exam day from
end to end.
"""
