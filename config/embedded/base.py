"""The database engine that starts the embedded server when nobody answers."""

from typing import Any

import psycopg
from django.conf import settings
from django.db.backends.postgresql import base

from config.embedded import priority, server


class DatabaseWrapper(base.DatabaseWrapper):
    """PostgreSQL, started on the first connection."""

    def get_new_connection(self, conn_params: dict[str, Any]) -> Any:
        """Connect; where that fails see that the server runs, then try once more."""
        try:
            connection = super().get_new_connection(conn_params)
        except psycopg.OperationalError:
            self._start_server()
            connection = super().get_new_connection(conn_params)
        if settings.GIVES_WAY:
            priority.give_way(connection.info.backend_pid)
        return connection

    def _start_server(self) -> None:
        try:
            server.start(settings.VAR_DIR)
        except server.EmbeddedServerError as error:
            raise psycopg.OperationalError(str(error)) from error
