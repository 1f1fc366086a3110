"""GoHighLevel over HTTP: its JSON lives here and only here."""
