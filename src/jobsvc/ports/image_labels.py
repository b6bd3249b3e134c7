"""The port to what images say of themselves."""

from collections.abc import Mapping
from typing import Protocol


class ImageLabels(Protocol):
    """Reads the labels of images where the runtime is that runs them."""

    engine: str
    """The engine that runs these images."""

    async def read(self, image: str) -> Mapping[str, str]:
        """The labels of an image, which is pulled first when the settings say so.

        Raises:
            InvalidRequest: There is no such image, or it cannot be pulled.
            ImagesUnavailable: The runtime does not answer, or not in time.
        """
