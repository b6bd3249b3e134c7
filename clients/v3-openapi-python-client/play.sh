openapi-python-client generate --path "$OPENAPI_V3" --output-path . --overwrite --fail-on-warning
mypy --config-file= --strict --follow-imports=silent scenario.py
python scenario.py
