"""PostgreSQL as Keji uses it: its own schema, and no time limit for migrations only."""
