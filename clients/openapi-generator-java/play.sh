# native: java.net.http, which offers HTTP/2 with every request. useSingleRequestParameter: filters have names.
# wait: every object of Java has a method of that name. openApiNullable=false: one package less; null is null.
# disallowAdditionalPropertiesIfNotPresent=false: the client has to bear members that answers get later.
openapi-generator-cli generate -g java --library native -i "$OPENAPI" -o client \
  --additional-properties=invokerPackage=jobsvc,apiPackage=jobsvc.api,modelPackage=jobsvc.model,useSingleRequestParameter=true \
  --additional-properties=openApiNullable=false,disallowAdditionalPropertiesIfNotPresent=false \
  --parameter-name-mappings=wait=waitSeconds
find client/src/main/java -name '*.java' >sources
javac -nowarn -Xlint:none -proc:none -cp "$JARS/*" -d out @sources
javac -Xlint:all -Werror -proc:none -cp "out:$JARS/*" -d out Scenario.java
java -XX:TieredStopAtLevel=1 -cp "out:$JARS/*" Scenario
