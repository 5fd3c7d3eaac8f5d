# One image for every role: `docker build -t vocapp .`
FROM python:3.13-slim

ENV PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 PIP_NO_CACHE_DIR=1 PIP_DISABLE_PIP_VERSION_CHECK=1
WORKDIR /opt/vocapp

COPY requirements.txt .
RUN pip install --requirement requirements.txt \
    && useradd --system --uid 10001 --home-dir /var/lib/vocapp vocapp \
    && install -d -o vocapp -g vocapp -m 0700 /var/lib/vocapp

COPY vocapp vocapp
COPY migrations migrations
COPY surveys surveys
COPY wsgi.py LICENSE ./
RUN python -m compileall -q vocapp migrations

USER vocapp
VOLUME /var/lib/vocapp
EXPOSE 8000
# `exec` form: SIGTERM reaches vocapp itself.
ENTRYPOINT ["python", "-m", "vocapp"]
CMD ["web", "--host", "0.0.0.0", "--port", "8000", "--drain", "5", "--grace", "30", "--data-dir", "/var/lib/vocapp"]
