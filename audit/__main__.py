"""Audits everything that is pinned; ends with 1 where something must be mended or explained."""

import sys

from audit import licences, vulnerabilities
from audit.requirements import ROOT, pinned_packages


def main() -> int:
    """Prints what was found, and what could not be asked."""
    production_packages, development_packages = (
        pinned_packages("requirements.txt"),
        pinned_packages("requirements-dev.txt"),
    )
    problems = [
        *licences.licence_problems(production_packages),
        *vulnerabilities.vulnerability_problems({**production_packages, **development_packages}),
    ]
    for problem in problems:
        print(f"AUDIT: {problem}", file=sys.stderr)
    return 1 if problems else 0


if __name__ == "__main__":
    print(f"auditing what {ROOT.name}/requirements*.txt pin")
    sys.exit(main())
