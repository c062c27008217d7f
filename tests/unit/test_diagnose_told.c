/* test_diagnose_told.c - ports that a program tells of, and files that it grants. */
#include "failure.h"

static const char spec_text[] =
    "spec: 1\nname: t\ntitle: T\nbuild: make\nprograms:\n"
    "  ftd: {run: ./ftd, args: \"${port.control}\", listens: {control: tcp, data: tcp}, port: {data: told}}\n"
    "protocols:\n  control:\n    framing: crlf\n    messages:\n"
    "      PASV: {from: client, text: \"PASV\"}\n"
    "      RETR: {from: client, text: \"RETR {name:/[^\\\\r\\\\n]+/}\"}\n"
    "      PORT: {from: server, text: \"227 {port:uint}\"}\n"
    "      BEGIN: {from: server, text: \"150 {_:text}\"}\n"
    "      WAIT: {from: server, text: \"120 {_:text}\"}\n"
    "      NONE: {from: server, text: \"550 {_:text}\"}\n"
    "  data: {framing: none}\n"
    "peers:\n  alice: {connects: ftd.control, protocol: control}\n  first: {connects: ftd.data, protocol: "
    "data}\n"
    "tests:\n  - id: t\n    examples:\n      - {name: ../secret}\n      - {name: /etc/passwd}\n"
    "      - {name: secret}\n    steps:\n"
    "      - alice sends: {PASV: }\n"
    "      - alice gets: {PORT: {port: {capture: door}}}\n"
    "      - first connects: {port: \"${door}\"}\n"
    "      - alice sends: {RETR: {name: \"${name}\"}}\n"
    "      - alice gets: {NONE: }\n"
    "      - alice gets: \"HELLO 4001 0.5\"\n"
    "  - id: granted\n    steps:\n"
    "      - alice sends: {RETR: {name: hello}}\n"
    "      - alice gets: {BEGIN: }\n";

enum { CONNECTS = 2, REFUSES = 4, TELLS };

static void nobody_at_the_told_port(void **state)
{
    struct listener_record there[] = {{.transport = TRANSPORT_TCP, .port = 0x1234},
                                      {.transport = TRANSPORT_TCP, .port = 0xabcd}};
    struct failure x;

    (void)state;
    failure_init(&x, spec_text, CONNECTS, STEP_REFUSED);
    x.f->expected = excerpt_text(x.r, "13330"); /* 0x3412 */
    x.p->listeners = there;
    x.p->n_listeners = 2;
    IS(&x, "missing-htons");
    assert_non_null(strstr(x.d.out.findings[0].evidence, "port 13330 (0x3412) and listens on 4660 (0x1234)"));
    x.f->expected = excerpt_text(x.r, "13331");
    IS(&x, "none");
    failure_deinit(&x);
}

static const char *told(const char *came)
{
    static char id[40];
    struct failure x;

    failure_init(&x, spec_text, TELLS, STEP_OTHER_CAME);
    failure_got(&x, BYTES("HELLO 4001 0.5"), bytes_of(came), true);
    snprintf(id, sizeof id, "%s", failure_name(&x));
    failure_deinit(&x);
    return id;
}

static void another_port_told(void **state)
{
    (void)state;
    assert_string_equal(told("HELLO 41231 0.5"), "missing-htons"); /* 0x0fa1, 0xa10f */
    assert_string_equal(told("HELLO 41231"), "missing-htons");
    assert_string_equal(told("HELLO 4002 0.5"), "none");
    assert_string_equal(told("HELLO x 0.5"), "none");
    assert_string_equal(told("HELLO 99999999999999999999 0.5"), "none");
    assert_string_equal(told("HELLO 4001 0.1280"), "none"); /* 5 and 1280 are no ports */
}

static const char *answered(uint32_t row, const char *came)
{
    static char id[40];
    struct failure x;

    failure_init(&x, spec_text, REFUSES, STEP_OTHER_CAME);
    x.c->key.row = row;
    failure_got(&x, BYTES("550 no"), bytes_of(came), true);
    snprintf(id, sizeof id, "%s", failure_name(&x));
    failure_deinit(&x);
    return id;
}

static void files_of_others(void **state)
{
    (void)state;
    assert_string_equal(answered(0, "150 here it comes"), "path-traversal");
    assert_string_equal(answered(1, "150 here it comes"), "path-traversal");
    assert_string_equal(answered(2, "150 here it comes"), "none"); /* it leads nowhere */
    assert_string_equal(answered(0, "120 one moment"), "none");    /* which no file gets */
    assert_string_equal(answered(0, "what?"), "none");
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(nobody_at_the_told_port),
        cmocka_unit_test(another_port_told),
        cmocka_unit_test(files_of_others),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
