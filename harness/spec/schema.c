#include "spec/schema.h"
#include "base/embed.h"

EMBED(spec_schema, "harness/spec/schema/spec.schema.json");
