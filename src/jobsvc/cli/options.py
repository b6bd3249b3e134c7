"""Options and arguments that several commands have."""

from typing import Annotated

import typer

JsonFlag = Annotated[bool, typer.Option("--json", help="Print only the JSON response of the service.")]
Quiet = Annotated[bool, typer.Option("--quiet", "-q", help="Print only ids, one per line.")]
JobId = Annotated[int, typer.Argument(metavar="ID", help="Id of the job.", min=1)]
JobIds = Annotated[list[str] | None, typer.Argument(metavar="[ID...|-]", help="Ids of jobs; `-` reads them from stdin.")]
FileId = Annotated[int, typer.Argument(metavar="ID", help="Id of the file.", min=1)]
NotBefore = Annotated[
    str | None, typer.Option("--not-before", metavar="TIME", help="Do not start before this time (2030-01-01T00:00:00Z).")
]
NewLabels = Annotated[
    list[str] | None, typer.Option("--label", metavar="KEY=VALUE", help="Label to find the job by (repeatable).")
]
PageNumber = Annotated[int, typer.Option(help="Page number, from 1.", min=1)]
PageSize = Annotated[int, typer.Option(help="Rows per page.", min=1, max=1000)]
TypeName = Annotated[str, typer.Argument(metavar="NAME", help="Name of the job type.")]
TypeVersion = Annotated[str, typer.Argument(metavar="VERSION", help="Version of the job type.")]
