#include "report/schema.h"

/* The path is seen from the top folder, where the compiler runs. */
__asm__(".section .rodata\n"
        ".global report_schema\n"
        "report_schema:\n"
        ".incbin \"harness/report/schema/result.schema.json\"\n"
        ".Lreport_schema_end:\n"
        ".byte 0\n"
        ".balign 8\n"
        ".global report_schema_len\n"
        "report_schema_len:\n"
        ".quad .Lreport_schema_end - report_schema\n"
        ".previous\n");
