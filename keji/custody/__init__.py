"""Custody of all that is kept: backups, restoring them, and checking that both can be trusted."""
