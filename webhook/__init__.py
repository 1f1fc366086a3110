"""The receiver: authenticates, stores, answers (DESIGN §5); knows nothing of the GHL API.

server.py      uvicorn on a port, until a signal
connections.py one connection, within limits of size, time and number
app.py         the routes
endpoints.py   one request: read, admit, record, answer
auth.py        who may post
signatures.py  GHL's signature, one way to prove it
strangers.py   who failed to, and how often lately
bodies.py      a request's bytes, within limits
recorder.py    the one thread that writes
replies.py     every answer it gives
"""
