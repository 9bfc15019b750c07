"""Every check that is not a test, one after the other; all are run, then the failures named."""

import os
import subprocess
import sys
from pathlib import Path

BIN = Path(sys.executable).parent
ROOT = Path(__file__).resolve().parent.parent
# What `docs/deploy.md` sets; `check --deploy` must have nothing to say about it.
PRODUCTION = {
    "SECRET_KEY": "a-key-for-the-check-alone-" + "0123456789abcdefghijklmnopqrstuvwxyz" * 2,
    "ALLOWED_HOSTS": "shop.example",
    "HTTPS": "true",
    "TRUSTED_PROXIES": "1",
}
CHECKS: dict[str, list[str]] = {
    "ruff check": ["ruff", "check", "."],
    "ruff format": ["ruff", "format", "--check", "--quiet", "."],
    "djlint": ["djlint", "--lint", "--quiet", "templates"],
    "mypy": ["mypy"],
    "import-linter": ["lint-imports"],
    "deptry": ["deptry", "."],
    "migrations": ["python", "manage.py", "makemigrations", "--check", "--dry-run"],
    "deployment": ["python", "manage.py", "check", "--deploy", "--fail-level", "WARNING"],
    "translations": ["python", "-m", "scripts.check_messages"],
}


def passes(name: str, command: list[str]) -> bool:
    """Run one check; print its name and, where it fails, what it said."""
    program, *arguments = command
    environment = {**os.environ, **(PRODUCTION if name == "deployment" else {})}
    done = subprocess.run(  # noqa: S603 -- the commands above
        [sys.executable, *arguments] if program == "python" else [_script(program), *arguments],
        cwd=ROOT,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    print(f"{'ok  ' if done.returncode == 0 else 'FAIL'} {name}", flush=True)
    if done.returncode:
        print(done.stdout + done.stderr, flush=True)
    return done.returncode == 0


def _script(name: str) -> str:
    return str(BIN / name)


def main() -> int:
    """Run the checks named on the command line, or all."""
    wanted = sys.argv[1:] or list(CHECKS)
    failed = [name for name in wanted if not passes(name, CHECKS[name])]
    if failed:
        print("Failed: " + ", ".join(failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main())
