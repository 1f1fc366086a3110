"""A stand-in for GoHighLevel, for demo, rehearsals and tests; shares no code with the client it stands against."""
