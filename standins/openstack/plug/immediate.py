"""SQLite for many threads: every transaction takes the write lock when it begins, and waits for it, instead of failing later."""

import sqlalchemy
from sqlalchemy import event


@event.listens_for(sqlalchemy.engine.Engine, "before_cursor_execute", retval=True)
def begin_immediate(connection, cursor, statement, parameters, context, executemany):
    return ("BEGIN IMMEDIATE" if statement == "BEGIN" else statement), parameters


@event.listens_for(sqlalchemy.engine.Engine, "connect")
def wait_for_the_lock(connection, record):
    if hasattr(connection, "set_trace_callback"):  # sqlite3 only
        connection.execute("PRAGMA busy_timeout = 30000")
        connection.execute("PRAGMA journal_mode = WAL")
