"""How much there may be of what clients send and jobs leave behind (docs/limits.md says the same to users).

Nothing beyond them is stored, so that whatever is stored can be read again.
"""

MAX_DEPTH = 100
"""Levels of a JSON document: well below what can be written out again, however it is wrapped in an answer."""
MAX_STORED_DEPTH = MAX_DEPTH + 10
"""Levels of a document in an import: there, what a client sent or a job left lies inside of another document."""
MAX_SUBMITTED_JOBS = 5000
"""Jobs of one request: they are stored by one statement."""
MAX_LINE_BYTES = 64 << 20
"""A line of an import; less than PostgreSQL takes for one value."""

MAX_PATH_BYTES = 2500
"""The path of a file in its workspace: an index has it, and PostgreSQL's take no more than 2,704 bytes of a row."""
MAX_NAME_BYTES = 255
"""A part of a path, as file systems have it."""
MAX_DIRECTORIES = 100
"""Directories in the path of a file, and below an output directory where outputs are looked for."""

MAX_OUTPUT_ENTRIES = 1_000_000
"""Files and directories that are looked at when outputs are looked for."""
MAX_OUTPUT_FILES = 10_000
"""Files of all outputs of an execution: they are recorded in one transaction."""
MAX_OUTPUT_BYTES = 1 << 40
"""Sizes of these files together, holes in them included."""
MAX_RESULTS_BYTES = 10 << 20
"""A `seed.outputs.json`: as much as a request may have as a rule."""
MAX_SIDE_CAR_BYTES = 4 << 20
"""A `*.metadata.json`."""
MAX_SIDE_CARS_BYTES = 32 << 20
"""All of them that an execution left, for they are held in memory."""
MAX_PATTERN_LENGTH = 4096
"""Characters of the pattern of an output."""
MAX_WARNINGS = 20
"""Sentences about what was left out; of more there is only their number."""

MAX_STAGING_SECONDS = 3600.0
"""How long input files of a job may be fetched that do not lie on the worker's host."""
MAX_COLLECTING_SECONDS = 3600.0
"""How long outputs may be looked for (docs/spec/behaviour/running.md#tasks-and-timeouts)."""
MIN_COLLECTING_SECONDS = 10.0
"""The same, when nothing is left of the time that the job has."""
