"""The rule by which the name of a criterion becomes the name of one of its values, so that nobody has to write both."""


def singular(name: str) -> str:
    """One of what a list criterion names: `job_id` for `job_ids`, `error_category` for `error_categories`.

    Names that are no plural stay: `started`, `status`, `source_sensor_class`.
    """
    if name.endswith("ies"):
        return f"{name.removesuffix('ies')}y"
    if name.endswith(("sses", "tuses", "xes")):
        return name.removesuffix("es")
    return name if name.endswith(("ss", "us")) else name.removesuffix("s")
