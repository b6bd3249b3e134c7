"""The OpenAPI documents: made from the routers (`document`), put into words of 3.0 (`downgrade`), and served (`serving`)."""

from jobsvc.api.openapi.document import describe
from jobsvc.api.openapi.downgrade import downgrade
from jobsvc.api.openapi.serving import install

__all__ = ["describe", "downgrade", "install"]
