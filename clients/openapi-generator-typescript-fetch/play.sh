# `importFileExtension`: Node.js asks for it, bundlers do not.
openapi-generator-cli generate -g typescript-fetch -i "$OPENAPI" -o client --additional-properties=importFileExtension=.js
tsc -p tsconfig.json
node out/scenario.js
