"""How throughput changes with what is stored, and with how many processes there are; `make
bench-growth` draws it.
"""
