"""What the worker does by the clock. A task is a nudge: it looks at rows and does what is due."""

from typing import Any

beat_schedule: dict[str, dict[str, Any]] = {
    "worker heartbeat": {"task": "config.heartbeat.beat", "schedule": 30.0},
    "refresh-rollups": {"task": "ledger.tasks.refresh_rollups", "schedule": 60.0},
}
