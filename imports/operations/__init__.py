"""What an import does, one verb a function."""

from imports.operations.check import check_file
from imports.operations.run import decide_row, queue_batch, run_batch

__all__ = ["check_file", "decide_row", "queue_batch", "run_batch"]
