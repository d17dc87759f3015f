"""客迹: a customer information system that starts with one command."""

import sys

import pysqlite3

# Debian 12's SQLite 3.40 can corrupt a WAL used by several processes (fixed in 3.51.3); the wheel bundles a fixed one.
sys.modules["sqlite3"] = pysqlite3
sys.modules["sqlite3.dbapi2"] = pysqlite3.dbapi2
