#include "report/schema.h"
#include "base/embed.h"

EMBED(report_schema, "harness/report/schema/result.schema.json");
