"""What every app may use and none owns; no tables live here."""
