"""What an export is made of, decided without a database: tables, units and manifests."""
