"""A stand-in for GoHighLevel, for the demo, rehearsals and the tests."""
