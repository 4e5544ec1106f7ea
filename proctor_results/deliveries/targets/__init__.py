"""The carriers: one file per kind of target. They carry, they never decide."""
