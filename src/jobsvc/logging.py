"""The service's own log: structured lines on stderr, or where a command wants them."""

import logging
import sys
from typing import TextIO

import structlog

from jobsvc.settings import Settings


def configure(settings: Settings, output: TextIO | None = None, *, process: str = "") -> None:
    """Write structlog's and the libraries' records in one form; each says the process, where there are several alike."""
    output = output or sys.stderr
    level = logging.getLevelNamesMapping()[settings.log_level.upper()]
    shared: list[structlog.typing.Processor] = [
        structlog.contextvars.merge_contextvars,
        structlog.stdlib.add_log_level,
        structlog.processors.TimeStamper(fmt="iso", utc=True),
    ]
    if process:
        shared.append(lambda _logger, _method, event: {**event, "process": process})
    renderer: structlog.typing.Processor
    if settings.log_format == "json":
        shared.append(structlog.processors.format_exc_info)
        renderer = structlog.processors.JSONRenderer()
    else:
        # The default formatter shows every variable: that takes minutes for a large request, and may show secrets.
        plain = structlog.dev.plain_traceback
        renderer = structlog.dev.ConsoleRenderer(colors=output.isatty(), exception_formatter=plain)
    structlog.configure(
        processors=[*shared, structlog.stdlib.ProcessorFormatter.wrap_for_formatter],
        logger_factory=structlog.stdlib.LoggerFactory(),
        wrapper_class=structlog.make_filtering_bound_logger(level),
        cache_logger_on_first_use=False,
    )
    handler = logging.StreamHandler(output)
    formatter = structlog.stdlib.ProcessorFormatter(
        processors=[structlog.stdlib.ProcessorFormatter.remove_processors_meta, renderer], foreign_pre_chain=shared
    )
    handler.setFormatter(formatter)
    logging.basicConfig(level=max(level, logging.WARNING), handlers=[handler], force=True)
    logging.getLogger("jobsvc").setLevel(level)
    # It warns at every attempt while Elasticsearch is away; the service says that itself, and only now and then.
    logging.getLogger("elastic_transport").setLevel(logging.ERROR)
