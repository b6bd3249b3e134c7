openapi-ts -i "$OPENAPI" -o client --no-log-file
tsc -p tsconfig.json
node out/scenario.js
