openapi-generator-cli generate -g python -i "$OPENAPI" -o . --additional-properties=packageName=jobsvc_client
mypy --config-file= --strict --follow-imports=silent scenario.py
python scenario.py
