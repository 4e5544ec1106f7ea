"""How hard to try: `FAULT_ROUNDS=20 make faults` kills more often and lasts longer."""

import os

ROUNDS = int(os.environ.get("FAULT_ROUNDS", "1"))
