"""The number of rounds: `FAULT_ROUNDS=20 make faults` kills more often and takes longer."""

import os

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
