"""Forms of the admin: set-up, and the dialogs of what a clerk does."""
