# supportMultipleResponses: the answer to a cancel has a body only of a dry run. useSingleRequestParameter: filters have names.
# reqwestDefaultFeatures without a value: no TLS, whose library takes longer to build than all else; a client of yours has "rustls".
openapi-generator-cli generate -g rust -i "$OPENAPI" -o jobsvc --additional-properties=packageName=jobsvc,packageVersion=0.0.0 \
  --additional-properties=supportMultipleResponses=true,useSingleRequestParameter=true,avoidBoxedModels=true,reqwestDefaultFeatures=
# So that a list need not name every filter that it does not use.
sed -i 's/^#\[derive(Clone, Debug)\]$/#[derive(Clone, Debug, Default)]/' jobsvc/src/apis/*_api.rs
# An index is named in each line of a lock: that which this Cargo uses.
cargo generate-lockfile --quiet
index=$(grep -m 1 '^source = ' Cargo.lock)
awk -v index_line="$index" '/^checksum = / {print index_line} {print}' dependencies.lock >Cargo.lock
cargo run --locked --quiet
