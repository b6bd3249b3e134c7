"""Objects that v6 shows again and again, keys in the documented sequence (docs/spec/behaviour/keys-v6.md)."""

from jobsvc.domain.response_shape import ResponseShape

JOB_TYPE = ResponseShape(
    {
        "id": "id",
        "name": "name",
        "version": "version",
        "title": "title",
        "description": "description",
        "is_active": "is_active",
        "is_system": "is_system",
        "is_paused": "is_paused",
        "is_published": "is_published",
        "icon_code": "icon_code",
        "unmet_resources": "unmet_resources",
        "revision_num": "revision_num",
    }
)
"""Of a JobTypeRef."""

EVENT = ResponseShape({"id": "id", "type": "type", "occurred": "occurred"}, null_without="id")
"""Of an EventRef."""

RECIPE = ResponseShape(
    {
        "id": "id",
        "recipe_type": ResponseShape(
            {
                "id": "type_id",
                "name": "type_name",
                "title": "type_title",
                "description": "type_description",
                "revision_num": "type_revision_num",
            }
        ),
        "recipe_type_rev": ResponseShape({"id": "recipe_type_rev_id"}),
        "event": ResponseShape({"id": "event_id"}, null_without="event_id"),
    },
    null_without="id",
)
"""Of a RecipeRef."""

BATCH = ResponseShape({"id": "id", "title": "title", "description": "description", "created": "created"}, null_without="id")
"""Of a BatchRef."""
