"""The receiver: authenticates, stores, answers (DESIGN §5); knows nothing of the GHL API.

server.py      uvicorn on a port, until a signal
app.py         the routes
endpoints.py   one request: read, admit, record, answer
auth.py        who may post
bodies.py      a request's bytes, within limits
recorder.py    the one thread that writes
replies.py     every answer it gives
"""
