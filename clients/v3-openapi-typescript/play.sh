openapi-typescript "$OPENAPI_V3" -o client.ts
tsc -p tsconfig.json
node out/scenario.js
