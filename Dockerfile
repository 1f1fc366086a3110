# The receiver and the jobs in one image. Host cron may run the jobs from its own .venv on the same ./data.
FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore
RUN python -m venv /venv
COPY requirements.lock /src/
RUN /venv/bin/pip install --quiet --require-hashes --no-deps -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE* /src/
COPY sentinel_cli /src/sentinel_cli
COPY webhook /src/webhook
RUN /venv/bin/pip install --quiet --no-deps --no-build-isolation /src

FROM python:3.13-slim-bookworm
# The same path as on the host (compose.yaml), so that both name one database.
ENV SENTINEL_HOME=/opt/ntpp-sentinel \
    PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
COPY --from=build /venv /venv
RUN install -d "$SENTINEL_HOME" && install -d -o 1000 -g 1000 -m 700 "$SENTINEL_HOME/data" "$SENTINEL_HOME/logs"
WORKDIR $SENTINEL_HOME
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# exec: SIGTERM reaches the receiver itself, which finishes what it has begun.
CMD ["sh", "-c", "umask 0077 && sentinel db migrate && exec sentinel serve --host 0.0.0.0 --port 8000"]
