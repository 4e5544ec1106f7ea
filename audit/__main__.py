"""Audits everything that is pinned; ends with 1 where something must be mended or explained."""

import sys

from audit import licences, vulnerabilities
from audit.pinned import ROOT, pinned


def main() -> int:
    """Prints what was found, and what could not be asked."""
    production, development = pinned("requirements.txt"), pinned("requirements-dev.txt")
    found = [*licences.faults(production), *vulnerabilities.faults({**production, **development})]
    for fault in found:
        print(f"AUDIT: {fault}", file=sys.stderr)
    return 1 if found else 0


if __name__ == "__main__":
    print(f"auditing what {ROOT.name}/requirements*.txt pin")
    sys.exit(main())
