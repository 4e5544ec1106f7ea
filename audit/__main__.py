"""Audits all pinned packages. Exits with 1 where something must be fixed or explained."""

import sys

from audit import licences, vulnerabilities
from audit.requirements import ROOT, pinned_packages


def main() -> int:
    """Print the problems, and the packages that no service could look up. Return the exit code."""
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
