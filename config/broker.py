"""A broker without a server: messages are files, for one machine.

A message is only a nudge; what is to be done stands in rows, and sweeps find what was missed.
"""

from pathlib import Path


def folders(root: Path) -> dict[str, str]:
    """Make the folders under ``root`` and return the transport options that name them."""
    messages, control = root / "messages", root / "control"
    for folder in (messages, control):
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
    return {
        "data_folder_in": str(messages),
        "data_folder_out": str(messages),
        "control_folder": str(control),
    }
