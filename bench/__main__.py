"""`make bench`: run every measurement, or those named; one line of JSON a figure."""

import sys
from importlib import import_module

MODULES = ("ledger", "tills", "growth", "reports", "liability", "members", "imports", "exports")


def main(names: list[str]) -> int:
    """Run the named benches one after the other; 1 when a ratio is over its limit."""
    unknown = set(names) - set(MODULES)
    if unknown:
        sys.stderr.write(f"No such bench: {', '.join(sorted(unknown))}. There are: {MODULES}\n")
        return 2
    codes = [import_module(f"bench.{name}").main() for name in names or MODULES]
    return max(codes)


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
