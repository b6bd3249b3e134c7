"""Manifests that images bring along."""

from typing import Any

from jobsvc.domain.errors import InvalidRequest
from jobsvc.domain.image_names import is_image_name
from jobsvc.domain.seed import normalise
from jobsvc.domain.seed_label import LABEL, manifest_of
from jobsvc.ports.image_labels import ImageLabels


class ImageManifests:
    """Reads the manifest in the label of an image; `labels` is None where the service has nothing to do with images."""

    def __init__(self, labels: ImageLabels | None = None) -> None:
        self._labels = labels

    async def read(self, image: str | None) -> tuple[dict[str, Any], str]:
        """The manifest of an image, and the name of the engine that runs it.

        Raises:
            InvalidRequest: There is no image, or no valid manifest in it, or this service cannot look.
            ImagesUnavailable: The runtime does not answer.
        """
        if not image:
            raise InvalidRequest(f"manifest: is required, unless docker_image names an image that has one in its label {LABEL}.")
        if not is_image_name(image):
            raise InvalidRequest(f"docker_image: '{image}' is no name of an image.")
        if self._labels is None:
            raise InvalidRequest(
                "manifest: is required, for this service reads no images. Set JOBSVC_DOCKER_URL to the socket of Docker or "
                f"Podman, or put docker in JOBSVC_ENGINES, and it takes the manifest of the image's label {LABEL}."
            )
        document = manifest_of(image, await self._labels.read(image))
        try:
            normalise(document)
        except InvalidRequest as exc:
            raise InvalidRequest(f"docker_image: the label {LABEL} of the image {image}: {exc.detail}") from None
        return document, self._labels.engine
