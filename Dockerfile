# One image for API and worker: `jobsvc serve` and `jobsvc worker`.
FROM python:3.13-slim

RUN useradd --create-home --uid 10001 jobsvc
WORKDIR /app
COPY requirements.lock pyproject.toml README.md LICENSE ./
RUN pip install --no-cache-dir --require-hashes --no-deps -r requirements.lock
COPY src src
COPY migrations migrations
COPY examples examples
RUN pip install --no-cache-dir --no-deps --no-build-isolation . && pip check

RUN mkdir /data && chown jobsvc /data
USER jobsvc
ENV JOBSVC_DATA_DIR=/data JOBSVC_HOST=0.0.0.0 JOBSVC_LOG_FORMAT=json
# `docker stop` waits for 10 s: a worker has handed back what it runs by then. Who gives it more time sets more.
ENV JOBSVC_DRAIN_SECONDS=2 JOBSVC_GRACE_SECONDS=2
# Jobs are processes of the worker's container, which is the wall around all of them together, not between one and the next.
ENV JOBSVC_ALLOW_SUBPROCESS=1
VOLUME /data
EXPOSE 8000
# The kernel drops signals for a first process that has no handlers yet, but keeps those that are blocked; jobsvc unblocks them.
ENTRYPOINT ["env", "--block-signal=TERM,INT", "jobsvc"]
CMD ["serve"]
