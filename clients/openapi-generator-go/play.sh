# enumClassPrefix: two enums may have a value in common. useOneOfDiscriminatorLookup: no package but the standard library.
# disallowAdditionalPropertiesIfNotPresent=false: the client has to bear members that answers get later.
openapi-generator-cli generate -g go -i "$OPENAPI" -o jobsvc --additional-properties=packageName=jobsvc,withGoMod=false \
  --additional-properties=enumClassPrefix=true,useOneOfDiscriminatorLookup=true,disallowAdditionalPropertiesIfNotPresent=false
go vet .
go run .
