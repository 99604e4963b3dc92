# skinapp with its model, on CPU.
#   docker build -t skinapp .
#   docker run --stop-timeout 40 -p 127.0.0.1:8000:8000 -v skinapp-data:/data skinapp

FROM python:3.11-slim AS installed

# On x86-64 the ordinary wheel of torch brings CUDA's libraries along, several gigabytes that a CPU
# does not need.  PyTorch publishes CPU-only wheels in an index of their own; give its address, and
# the SHA-256 of the wheel that is meant:
#   docker build --build-arg TORCH_INDEX_URL=... --build-arg TORCH_SHA256=... -t skinapp .
# For a GPU leave both out, and give the container the card (not tried, see docs/engines.md):
#   docker run --gpus all -e SKINAPP_DEVICE=cuda ...
# Uploads that are inside have 30 seconds to end; Docker kills after ten, unless it is told.
ARG TORCH_INDEX_URL=""
ARG TORCH_SHA256=""
COPY requirements.lock requirements-torch.lock /tmp/
# Every file is checked against its hash, and nothing comes that is not listed.
RUN python -m venv /venv \
    && if [ -n "$TORCH_INDEX_URL" ]; then \
        pin=$(grep -oE '^torch==[^ ]+' /tmp/requirements-torch.lock) \
        && echo "$pin --hash=sha256:$TORCH_SHA256" >/tmp/requirements-torch.lock; \
    fi \
    && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes \
        ${TORCH_INDEX_URL:+--index-url "$TORCH_INDEX_URL"} -r /tmp/requirements-torch.lock \
    && /venv/bin/pip install --no-cache-dir --no-deps --require-hashes -r /tmp/requirements.lock

FROM python:3.11-slim

RUN useradd --system --uid 10001 --no-create-home skinapp \
    && install -d -o skinapp -g skinapp -m 0700 /data
COPY --from=installed /venv /venv
WORKDIR /app
COPY LICENSE gunicorn.conf.py ./
COPY templates templates
COPY static static
COPY weights weights
COPY skinapp skinapp

# A container has to listen on all of its own addresses.  Who reaches it is decided outside, by the
# published port: keep it on loopback, or put a proxy in front that knows its users.
ENV SKINAPP_HOST=0.0.0.0 \
    SKINAPP_ALLOW_REMOTE=1 \
    SKINAPP_DATA_DIR=/data \
    PYTHONUNBUFFERED=1 \
    PYTHONDONTWRITEBYTECODE=1

USER skinapp
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=30s --timeout=5s --start-period=60s \
    CMD ["/venv/bin/python", "-m", "skinapp.ops.probe"]
CMD ["/venv/bin/python", "-m", "gunicorn", "-c", "gunicorn.conf.py", "skinapp.wsgi:app"]
