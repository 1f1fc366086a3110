# The receiver and the jobs in one image. Host cron may run the jobs from its own .venv on the same ./data.
# Same lock, same result: what is installed is in requirements.lock with its hashes, and compiled code holds no dates.
FROM python:3.13-slim-bookworm AS build
ENV PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_ROOT_USER_ACTION=ignore \
    PYTHONDONTWRITEBYTECODE=1 SOURCE_DATE_EPOCH=315532800
# What builds stays in this stage: the environment that goes on has no pip, and neither has its last image.
RUN python3 -m venv /tools && python3 -m venv --without-pip /venv
COPY requirements.lock /src/
RUN /tools/bin/pip --python /venv/bin/python install --quiet --no-compile \
        --require-hashes --no-deps -r /src/requirements.lock
COPY pyproject.toml README.md LICENSE* /src/
COPY sentinel_cli /src/sentinel_cli
COPY webhook /src/webhook
RUN /tools/bin/pip --python /venv/bin/python install --quiet --no-deps --no-compile --no-build-isolation /src \
    && /tools/bin/pip --python /venv/bin/python uninstall --quiet --yes pip hatchling pathspec trove-classifiers \
    && /venv/bin/python -m compileall -q -j 0 --invalidation-mode unchecked-hash /venv/lib \
    && find /venv -newermt 1980-01-02 -exec touch --no-dereference --date=1980-01-01 {} +

FROM python:3.13-slim-bookworm
LABEL org.opencontainers.image.title="ntpp-sentinel" \
      org.opencontainers.image.description="Watches a GoHighLevel account for customers nobody answered" \
      org.opencontainers.image.documentation="README.md"
# The same path as on the host (compose.yaml), so that both name one database.
ENV SENTINEL_HOME=/opt/ntpp-sentinel \
    PATH=/venv/bin:$PATH \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1
RUN rm -rf /usr/local/lib/python3*/site-packages/pip* /usr/local/bin/pip* /usr/local/lib/python3*/ensurepip \
    && install -d "$SENTINEL_HOME" && install -d -o 1000 -g 1000 -m 700 "$SENTINEL_HOME/data" "$SENTINEL_HOME/logs"
COPY --from=build /venv /venv
WORKDIR $SENTINEL_HOME
USER 1000:1000
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=20s --retries=3 \
    CMD ["python", "-c", "import urllib.request as u; u.urlopen('http://127.0.0.1:8000/health', timeout=4)"]
# exec: SIGTERM reaches the receiver itself, which finishes what it has begun.
CMD ["sh", "-c", "umask 0077 && sentinel db migrate && exec sentinel serve --host 0.0.0.0 --port 8000"]
