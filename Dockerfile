# syntax=docker/dockerfile:1
FROM python:3.13.9-slim-trixie AS build
ENV PIP_DISABLE_PIP_VERSION_CHECK=1 PIP_NO_CACHE_DIR=1
WORKDIR /build
RUN python -m venv /venv
COPY requirements.txt .
RUN /venv/bin/pip install --require-hashes --only-binary=:all: --requirement requirements.txt
COPY pyproject.toml README.md LICENSE ./
COPY app app
COPY migrations migrations
# The environment holds all that the service needs, and pip is not among it.
RUN /venv/bin/pip install --no-deps . && /venv/bin/pip uninstall --yes pip

FROM python:3.13.9-slim-trixie
LABEL org.opencontainers.image.title="Stackrank" \
      org.opencontainers.image.description="In what order? Scores, ranks and reasons over HTTP." \
      org.opencontainers.image.licenses="Apache-2.0"
RUN useradd --system --uid 10001 --no-create-home --shell /usr/sbin/nologin stackrank \
  && install --directory --owner=stackrank --mode=700 /data
COPY --from=build /venv /venv
# Without another address the backlogs are kept in this volume, by one container at a time.
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 \
    STACKRANK_LOG=json \
    STACKRANK_DATABASE_URL=sqlite:////data/stackrank.db
VOLUME /data
USER 10001
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=3s --start-period=10s \
  CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/readyz', timeout=2)"]
ENTRYPOINT ["stackrank"]
CMD ["serve", "--host", "0.0.0.0"]
