"""What an import does, one verb a function."""

from imports.operations.check import check_batch, check_file
from imports.operations.deciding import ask_again, decide_all, decide_row
from imports.operations.fixing import fix_row
from imports.operations.mappings import (
    apply_mapping,
    delete_mapping,
    edit_mapping,
    remember_mapping,
)
from imports.operations.run import queue_batch, run_batch
from imports.operations.steering import choose, pause_batch, queue_check
from imports.operations.totals import sign_off, type_totals
from imports.operations.undoing import queue_undo, undo_batch
from imports.operations.uploads import (
    clear_rows_left,
    drop_batch,
    forget_now,
    forget_upload,
    let_go,
    receive_file,
    sweep_uploads,
    take_next,
)

__all__ = [
    "apply_mapping",
    "ask_again",
    "check_batch",
    "check_file",
    "choose",
    "clear_rows_left",
    "decide_all",
    "decide_row",
    "delete_mapping",
    "drop_batch",
    "edit_mapping",
    "fix_row",
    "forget_now",
    "forget_upload",
    "let_go",
    "pause_batch",
    "queue_batch",
    "queue_check",
    "queue_undo",
    "receive_file",
    "remember_mapping",
    "run_batch",
    "sign_off",
    "sweep_uploads",
    "take_next",
    "type_totals",
    "undo_batch",
]
