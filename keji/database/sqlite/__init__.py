"""SQLite as Keji uses it: durable, fair to many writers, and only with a library that does not corrupt files."""
