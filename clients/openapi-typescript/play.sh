openapi-typescript "$OPENAPI" -o client.ts
tsc -p tsconfig.json
node out/scenario.js
