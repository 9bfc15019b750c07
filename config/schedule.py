"""What the worker does by the clock. A task is a nudge: it looks at rows and does what is due."""

from typing import Any

from celery.schedules import crontab

beat_schedule: dict[str, dict[str, Any]] = {
    "worker heartbeat": {"task": "config.heartbeat.beat", "schedule": 30.0},
    "sweep-expired-lots": {"task": "ledger.tasks.sweep_expired_lots", "schedule": 600.0},
    # More often than a seal is due, for a long import may hold one up.
    "seal-ledger": {"task": "ledger.tasks.seal_ledger", "schedule": 600.0},
    "audit-ledger": {
        "task": "ledger.tasks.audit_ledger",
        "schedule": crontab(hour=18, minute=40),
    },
    "verify-seals": {
        "task": "ledger.tasks.verify_seals",
        "schedule": crontab(hour=18, minute=50),
    },
    "run-waiting-imports": {"task": "imports.tasks.run_waiting_imports", "schedule": 60.0},
    "sweep-import-uploads": {
        "task": "imports.tasks.sweep_import_uploads",
        "schedule": crontab(hour=19, minute=20),
    },
    "run-waiting-exports": {"task": "exports.tasks.run_waiting_exports", "schedule": 60.0},
    "sweep-old-exports": {
        "task": "exports.tasks.sweep_old_exports",
        "schedule": crontab(minute=35),
    },
    "refresh-rollups": {"task": "ledger.tasks.refresh_rollups", "schedule": 60.0},
    "sum-sealed-value": {"task": "ledger.tasks.sum_sealed_value", "schedule": 600.0},
    "send-texts": {"task": "members.tasks.send_texts", "schedule": 10.0},
    "release-deposits": {"task": "ledger.tasks.release_deposits", "schedule": 300.0},
    # By the hour: stores in every time zone see their month begin.
    "grant-entitlements": {
        "task": "promotions.tasks.grant_entitlements",
        "schedule": crontab(minute=5),
    },
    "review-recent-tiers": {"task": "promotions.tasks.review_recent_tiers", "schedule": 900.0},
    "review-tiers": {
        "task": "promotions.tasks.review_tiers",
        "schedule": crontab(hour=20, minute=30),
    },
    "forget-refused-enrolments": {
        "task": "counter.tasks.forget_refused_enrolments",
        "schedule": crontab(hour=19, minute=10),
    },
}
