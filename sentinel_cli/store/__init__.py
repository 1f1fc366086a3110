"""SQLite: SQL text lives here and only here."""
