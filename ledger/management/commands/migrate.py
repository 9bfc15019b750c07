"""Migrate as the owner of the tables, then grant the application's role what it may do."""

from typing import Any

from django.conf import settings
from django.core.management.commands import migrate
from django.db import connections

from ledger import roles


class Command(migrate.Command):
    """Django's ``migrate``, run outside the application's role."""

    def handle(self, *args: Any, **options: Any) -> None:
        connection = connections[options["database"]]
        connection.close()
        assumed = connection.settings_dict["OPTIONS"].pop("assume_role", None)
        try:
            super().handle(*args, **options)
            self.grant(connection, assumed or settings.APP_DB_ROLE)
        finally:
            if assumed:
                connection.close()
                connection.settings_dict["OPTIONS"]["assume_role"] = assumed

    def grant(self, connection: Any, role: str) -> None:
        """Grant what ``role`` may do, where the role can be had and the ledger is migrated."""
        guarded = {*roles.HISTORY, *roles.WRITTEN_ONCE, *roles.changes_in()}
        if not role or not guarded <= set(connection.introspection.table_names()):
            return
        if not roles.role_exists(connection, role):
            if not roles.can_create_roles(connection):
                self.stderr.write(
                    f"The login may not create the role {role!r}: triggers alone guard history."
                    " Create the role by hand (docs/deploy.md) or set APP_DB_ROLE to nothing."
                )
                return
            roles.create_role(connection, role)
        roles.grant_to_application(connection, role)
