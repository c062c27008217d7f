/*
 * json.c - see json.h. Keys stand in the order in which they are set here; jansson keeps it.
 *
 * Bytes are given twice: escaped for people, and as base64, which loses nothing.
 */
#include "report/json.h"
#include "base/clock.h"
#include "judge/groups.h"
#include "report/json_leaves.h"
#include "report/json_xray.h"
#include "report/network.h"
#include "report/wording.h"

#include <inttypes.h>
#include <jansson.h>
#include <signal.h>
#include <sys/wait.h>

/* ---- leaves -------------------------------------------------------------------------------------------- */

static json_t *points(double n)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    /* Whole points as integers, and no digits that binary fractions make up. */
    if (n == (double)(int64_t)n)
        return json_integer((json_int_t)n);
    wording_points(&text, n);
    buf_byte(&text, 0);
    return json_loads((const char *)text.data, JSON_DECODE_ANY, NULL);
}

static json_t *exit_json(int32_t status)
{
    json_t *o = json_object();
    _cleanup_buf_ struct buf text = BUF_INIT;

    wording_exit(&text, status);
    json_object_set_new(o, "text", json_text(buf_view(&text)));
    json_object_set_new(o, "code",
                        status >= 0 && WIFEXITED(status) ? json_integer(WEXITSTATUS(status)) : json_null());
    text.len = 0;
    if (status >= 0 && WIFSIGNALED(status))
        wording_signal(&text, WTERMSIG(status));
    json_object_set_new(o, "signal", text.len ? json_text(buf_view(&text)) : json_null());
    return o;
}

/* ---- what was played ----------------------------------------------------------------------------------- */

static json_t *measured_json(const struct step *step, const struct step_record *s)
{
    json_t *o = json_object();

    json_object_set_new(o, "messages", json_count(s->count));
    json_object_set_new(o, "per_second", json_real((double)s->count * NS_PER_S / (double)step->span));
    json_object_set_new(o, "longest_gap_ns", json_integer(s->gap));
    return o;
}

/* Of what came, read as a message of its protocol: where it is another. */
static json_t *syntax_json(const struct syntax_record *s)
{
    json_t *o = json_object();

    json_object_set_new(o, "message", json_text_or_null(s->message));
    json_object_set_new(o, "field", json_text_or_null(s->field));
    json_object_set_new(o, "offset", json_count(s->offset));
    json_object_set_new(o, "expected", json_text_or_null(s->expected));
    json_object_set_new(o, "came", json_text_or_null(s->came));
    json_object_set_new(o, "mistake", json_text_or_null(wording_mistake((enum mistake)s->mistake)));
    return o;
}

static json_t *breach_json(const struct breach_record *b)
{
    json_t *o = json_object();

    json_object_set_new(o, "state", json_text_or_null(b->state));
    json_object_set_new(o, "came", json_text_or_null(b->came));
    json_object_set_new(o, "allowed", json_text_or_null(b->allowed));
    return o;
}

/* What was expected, where that is not just bytes, and what is known of what came instead. */
static void put_grammar(json_t *o, const struct step_record *s)
{
    if (s->described)
        json_object_set_new(o, "described", json_true());
    if (s->reason)
        json_object_set_new(o, "reason", json_text_or_null(s->reason));
    if (s->syntax.kind != SYNTAX_NONE)
        json_object_set_new(o, "syntax", syntax_json(&s->syntax));
    if (s->breach.state)
        json_object_set_new(o, "breach", breach_json(&s->breach));
}

static json_t *step_json(const struct test *t, const struct step_record *s)
{
    json_t *o = json_object();
    bool scripted = s->step < t->n_steps;

    json_object_set_new(o, "step", scripted ? json_integer(s->step + 1) : json_null());
    json_object_set_new(o, "sentence",
                        scripted ? json_text_or_null(t->steps[s->step].text) : json_string("afterwards"));
    json_object_set_new(o, "value",
                        scripted ? json_text_or_null(t->steps[s->step].value.source) : json_null());
    json_object_set_new(o, "file", scripted ? json_text_or_null(t->steps[s->step].mark.file) : json_null());
    json_object_set_new(o, "line", scripted ? json_integer(t->steps[s->step].mark.line) : json_null());
    json_object_set_new(o, "outcome", json_string(wording_outcome(s->outcome)));
    json_object_set_new(o, "decided", json_string(wording_decided(s->decided)));
    json_object_set_new(o, "took_ns", json_integer(s->took));
    if (s->sent.total || s->parts) {
        json_object_set_new(o, "sent", json_excerpt(&s->sent));
        json_object_set_new(o, "parts", json_integer(s->parts));
        json_object_set_new(o, "gated", json_integer(s->gated));
    }
    if (scripted && t->steps[s->step].verb == VERB_MEASURES)
        json_object_set_new(o, "measured", measured_json(&t->steps[s->step], s));
    if (s->items > 1)
        json_object_set_new(o, "item", json_integer(s->item + 1));
    if (s->expected.total)
        json_object_set_new(o, "expected", json_excerpt(&s->expected));
    if (s->came.total || (s->outcome != STEP_PASSED && s->expected.total)) {
        json_object_set_new(o, "came", json_excerpt(&s->came));
        json_object_set_new(o, "came_is_message", json_boolean(s->came_is_message));
        json_object_set_new(o, "differs_at", json_count(s->at));
    }
    put_grammar(o, s);
    return o;
}

static json_t *step_facts_json(const struct step_record *s)
{
    json_t *o = json_object();

    json_object_set_new(o, "accepted", json_boolean(s->accepted));
    if (s->tls)
        json_object_set_new(o, "tls", json_text_or_null(s->tls));
    json_object_set_new(o, "unread_bytes", json_integer(s->unread));
    json_object_set_new(o, "tcp_state", json_integer(s->tcp_state));
    json_object_set_new(o, "from_port", s->from_port ? json_integer(s->from_port) : json_null());
    json_object_set_new(o, "frame", s->frame.len ? json_bytes(s->frame, s->frame.len) : json_null());
    json_object_set_new(o, "cpu_ns", json_integer(s->cpu));
    json_object_set_new(o, "timers", json_integer(s->timers));
    json_object_set_new(o, "zombies", json_integer(s->zombies));
    json_object_set_new(o, "threads_sending", json_integer(s->sending));
    json_object_set_new(o, "threads_reading", json_integer(s->reading));
    return o;
}

static json_t *impaired_json(const struct test *t, const struct impaired_record *r)
{
    _cleanup_buf_ struct buf words = BUF_INIT;
    json_t *o = json_object();

    network_words(&words, r);
    json_object_set_new(o, "step", r->step < t->n_steps ? json_integer(r->step + 1) : json_null());
    json_object_set_new(o, "peer", r->peer < t->n_peers ? json_string(t->peers[r->peer].name) : json_null());
    json_object_set_new(o, "direction", json_string(r->back ? "from-program" : "to-program"));
    json_object_set_new(o, "datagram", json_integer(r->nth));
    json_object_set_new(o, "kind", json_string(impair_name((enum impair_kind)r->kind)));
    json_object_set_new(o, "text", json_text(buf_view(&words)));
    json_object_set_new(o, "message", json_text_or_null(r->message));
    json_object_set_new(o, "payload", json_bytes(r->head, r->len));
    return o;
}

/* "rough:7", as --impair takes it. */
static json_t *impair_json(const struct spec *s, const struct case_key *k)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (k->impairment == 0 || k->impairment > s->n_impairments)
        return json_null();
    buf_printf(&text, "%s:%u", s->impairments[k->impairment - 1].name, k->impaired_by);
    return json_text(buf_view(&text));
}

static json_t *case_json(const struct result *r, const struct test_result *t)
{
    const struct case_record *c = t->shown;
    json_t *o, *steps = json_array(), *impaired = json_array();
    _cleanup_buf_ struct buf split = BUF_INIT;

    split_text(&c->key.split, &split);
    o = json_object();
    json_object_set_new(o, "row", t->test->n_rows ? json_integer(c->key.row + 1) : json_null());
    json_object_set_new(o, "split", json_text(buf_view(&split)));
    json_object_set_new(o, "impair", impair_json(r->spec, &c->key));
    json_object_set_new(o, "seed", json_wide(c->key.seed));
    json_object_set_new(o, "fresh", json_boolean(c->key.fresh));
    json_object_set_new(o, "complete", json_boolean(c->complete));
    json_object_set_new(o, "spun_cpu_ns", json_integer(c->spun_after ? c->spun_cpu : 0));
    json_object_set_new(o, "took_ns", json_integer(c->took));
    for (size_t i = 0; i < c->n_steps; i++)
        json_array_append_new(steps, step_json(t->test, &c->steps[i]));
    json_object_set_new(o, "steps", steps);
    for (size_t i = 0; i < c->n_impaired; i++)
        json_array_append_new(impaired, impaired_json(t->test, &c->impaired[i]));
    json_object_set_new(o, "impaired", impaired);
    json_object_set_new(o, "more_impaired", json_count(c->n_more_impaired));
    json_object_set_new(o, "facts", t->failed ? step_facts_json(t->failed) : json_null());
    return o;
}

static json_t *listeners_json(const struct program_record *p)
{
    static const char *const transports[] = {"tcp", "udp", "unix"}; /* by enum transport */
    json_t *list = json_array();

    for (size_t i = 0; i < p->n_listeners; i++) {
        const struct listener_record *l = &p->listeners[i];
        json_t *o = json_object();

        json_object_set_new(o, "transport", json_string(transports[l->transport]));
        json_object_set_new(o, "port", json_integer(l->port));
        json_object_set_new(o, "address", json_text_or_null(l->address));
        json_object_set_new(o, "ipv6", json_boolean(l->ipv6));
        json_object_set_new(o, "loopback", json_boolean(l->loopback));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *program_json(const struct spec *spec, const struct program_record *p)
{
    json_t *o = json_object(), *ports = json_array();

    for (size_t i = 0; i < p->n_ports; i++)
        json_array_append_new(ports, json_integer(p->ports[i]));
    json_object_set_new(o, "name",
                        p->program < spec->n_programs ? json_text_or_null(spec->programs[p->program].name)
                                                      : json_null());
    json_object_set_new(o, "ports", ports);
    json_object_set_new(o, "readiness", json_string(wording_readiness(p->readiness)));
    json_object_set_new(o, "ready_after_ns", json_integer(p->ready_after));
    json_object_set_new(o, "listeners", listeners_json(p));
    json_object_set_new(o, "exited_early", json_boolean(p->exited));
    json_object_set_new(o, "exit", exit_json(p->exit_status));
    json_object_set_new(o, "killed", json_boolean(p->killed));
    json_object_set_new(o, "limit", json_text_or_null(p->limit));
    json_object_set_new(o, "left_behind", json_integer(p->left_behind));
    json_object_set_new(o, "cpu_ns", json_integer(p->cpu));
    json_object_set_new(o, "stdout", json_excerpt(&p->out));
    json_object_set_new(o, "stderr", json_excerpt(&p->err));
    return o;
}

static json_t *record_json(const struct result *r, const struct test_result *t)
{
    json_t *o = json_object(), *programs = json_array();

    for (size_t i = 0; i < t->record->n_programs; i++)
        json_array_append_new(programs, program_json(r->spec, &t->record->programs[i]));
    json_object_set_new(o, "case", t->shown ? case_json(r, t) : json_null());
    json_object_set_new(o, "programs", programs);
    json_object_set_new(o, "settled", json_text_or_null(t->record->settled));
    json_object_set_new(o, "fault", json_text_or_null(t->record->fault));
    json_object_set_new(o, "truncated", json_boolean(t->record->truncated));
    return o;
}

/* ---- tests --------------------------------------------------------------------------------------------- */

static const char *family_name(enum family f)
{
    switch (f) {
    case FAMILY_STREAM: return "stream";
    case FAMILY_MESSAGE: return "message";
    case FAMILY_ADDRESS: return "address";
    case FAMILY_SERVER: return "server";
    case FAMILY_DATAGRAM: return "datagram";
    case FAMILY_PROCESS: return "process";
    }
    return "process";
}

static json_t *finding_json(const struct finding *f)
{
    json_t *o = json_object();

    json_object_set_new(o, "diagnosis", json_text_or_null(f->diagnosis->id));
    json_object_set_new(o, "family", json_string(family_name(f->diagnosis->family)));
    json_object_set_new(o, "concept", json_text((struct bytes){(const uint8_t *)&f->diagnosis->concept, 1}));
    json_object_set_new(o, "mistake", json_text_or_null(f->diagnosis->mistake));
    json_object_set_new(o, "hint", json_text_or_null(f->diagnosis->hint));
    json_object_set_new(o, "evidence", json_text_or_null(f->evidence));
    json_object_set_new(o, "advice", json_boolean(f->advice));
    json_object_set_new(o, "one_of", json_boolean(f->one_of));
    return o;
}

static json_t *requires_json(const struct spec *spec, const struct test *t)
{
    json_t *list = json_array();

    for (size_t i = 0; i < t->n_requires; i++)
        if (t->requires[i] < spec -> n_tests)
            json_array_append_new(list, json_text_or_null(spec->tests[t->requires[i]].id));
    return list;
}

static json_t *test_json(const struct result *r, const struct test_result *t)
{
    json_t *o = json_object(), *findings = json_array();
    size_t group = t->test->group;

    for (size_t i = 0; i < t->n_findings; i++)
        json_array_append_new(findings, finding_json(&t->findings[i]));
    json_object_set_new(o, "id", json_text_or_null(t->test->id));
    json_object_set_new(o, "title", json_text_or_null(wording_title(t->test)));
    json_object_set_new(o, "file", json_text_or_null(t->test->mark.file));
    json_object_set_new(o, "line", json_integer(t->test->mark.line));
    json_object_set_new(o, "group", group ? json_text_or_null(r->spec->groups[group - 1].name) : json_null());
    json_object_set_new(o, "visibility", json_string(visibility_name(t->test->visibility)));
    json_object_set_new(o, "teaches", json_text_or_null(t->test->teaches));
    json_object_set_new(o, "requires", requires_json(r->spec, t->test));
    json_object_set_new(o, "extra_credit", json_boolean(t->test->extra_credit));
    json_object_set_new(o, "verdict", json_string(wording_verdict(t->verdict)));
    json_object_set_new(o, "score", r->ungraded ? json_null() : points(t->score));
    json_object_set_new(o, "max", points(t->max));
    json_object_set_new(o, "points", points(t->test->points));
    json_object_set_new(o, "cases", json_count(t->cases));
    json_object_set_new(o, "passed", json_count(t->passed));
    json_object_set_new(o, "experiments", json_count(t->experiments));
    json_object_set_new(o, "took_ns", json_integer(t->took));
    json_object_set_new(o, "reason", json_text_or_null(t->reason));
    json_object_set_new(o, "headline", json_text_or_null(t->headline));
    json_object_set_new(o, "how", json_text_or_null(t->how));
    json_object_set_new(o, "sometimes", json_boolean(t->sometimes));
    json_object_set_new(o, "hint", json_text_or_null(t->test->hint));
    json_object_set_new(o, "replay", json_text_or_null(t->replay));
    json_object_set_new(o, "findings", findings);
    if (t->xray)
        json_object_set_new(o, "xray", json_xray(r, t));
    json_object_set_new(o, "shown",
                        t->record && t->verdict != VERDICT_PASS ? record_json(r, t) : json_null());
    return o;
}

/* ---- all ----------------------------------------------------------------------------------------------- */

static json_t *build_json(const struct build_result *b)
{
    json_t *o = json_object();

    json_object_set_new(o, "state", json_string(wording_build(b->state)));
    json_object_set_new(o, "command", json_text_or_null(b->command));
    json_object_set_new(o, "first_error", json_text_or_null(b->first_error));
    json_object_set_new(o, "hint", json_text_or_null(b->hint));
    json_object_set_new(o, "exit", b->state == BUILD_NONE ? json_null() : exit_json(b->exit_status));
    json_object_set_new(o, "output", json_bytes(b->output, b->output.len));
    json_object_set_new(o, "took_ns", json_integer(b->took));
    return o;
}

static json_t *chosen_json(const struct result *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->n_chosen; i++) {
        json_t *o = json_object();

        json_object_set_new(o, "program", json_text_or_null(r->chosen[i].program));
        json_object_set_new(o, "command", json_text_or_null(r->chosen[i].command));
        json_object_set_new(o, "by", json_text_or_null(r->chosen[i].by));
        json_array_append_new(list, o);
    }
    return list;
}

static json_t *words_json(const struct words *w)
{
    json_t *list = json_array();

    for (size_t i = 0; i < w->n; i++)
        json_array_append_new(list, json_text_or_null(w->word[i]));
    return list;
}

static json_t *spec_json(const struct spec *s)
{
    json_t *o = json_object();

    json_object_set_new(o, "name", json_text_or_null(s->name));
    json_object_set_new(o, "title", json_text_or_null(s->title));
    json_object_set_new(o, "path", json_text_or_null(s->path));
    json_object_set_new(o, "handout", json_text_or_null(s->handout));
    json_object_set_new(o, "absent", words_json(&s->absent));
    return o;
}

static json_t *isolation_json(const struct result *r)
{
    json_t *o = json_object(), *facts = json_array();

    for (size_t i = 0; i < 4; i++) {
        const struct machine_fact *f = &r->facts[i];
        json_t *fact = f->name ? json_object() : NULL;

        if (!fact)
            continue;
        json_object_set_new(fact, "name", json_text_or_null(f->name));
        json_object_set_new(fact, "granted", json_boolean(f->granted));
        json_object_set_new(fact, "cause", json_text_or_null(f->granted ? NULL : f->cause));
        json_object_set_new(fact, "cure", json_text_or_null(f->granted ? NULL : f->cure));
        json_array_append_new(facts, fact);
    }
    json_object_set_new(o, "level", json_text_or_null(r->isolation));
    json_object_set_new(o, "facts", facts);
    return o;
}

static int put_chunk(const char *data, size_t size, void *out)
{
    buf_append(out, (struct bytes){(const uint8_t *)data, size});
    return 0;
}

static json_t *groups_json(const struct result *r)
{
    json_t *list = json_array();

    for (size_t i = 0; i < r->spec->n_groups; i++) {
        struct subtotal sum = result_subtotal(r, i + 1);
        json_t *o = json_object();

        json_object_set_new(o, "name", json_text_or_null(r->spec->groups[i].name));
        json_object_set_new(o, "title", json_text_or_null(r->spec->groups[i].title));
        json_object_set_new(o, "score", r->ungraded ? json_null() : points(sum.score));
        json_object_set_new(o, "max", points(sum.max));
        json_object_set_new(o, "tests", json_count(sum.tests));
        json_object_set_new(o, "passed", json_count(sum.passed));
        json_array_append_new(list, o);
    }
    return list;
}

void report_json(const struct result *r, struct buf *out)
{
    _cleanup_buf_ struct buf date = BUF_INIT;
    json_t *o = json_object(), *tests = json_array();

    wording_date(&date, r->started);
    for (size_t i = 0; i < r->n_tests; i++)
        json_array_append_new(tests, test_json(r, &r->tests[i]));
    json_object_set_new(o, "schema", json_string(REPORT_JSON_SCHEMA));
    json_object_set_new(o, "spec", spec_json(r->spec));
    json_object_set_new(o, "submission", json_text_or_null(r->submission));
    json_object_set_new(o, "started", json_text(buf_view(&date)));
    json_object_set_new(o, "took_ns", json_integer(r->took));
    json_object_set_new(o, "seed", json_wide(r->seed));
    json_object_set_new(o, "isolation", isolation_json(r));
    json_object_set_new(o, "ungraded", json_boolean(r->ungraded));
    json_object_set_new(o, "cause", json_text_or_null(wording_ungraded(r)));
    json_object_set_new(o, "provisional", json_boolean(r->provisional));
    json_object_set_new(o, "partial_run", json_boolean(r->partial_run));
    json_object_set_new(o, "score", r->ungraded ? json_null() : points(r->score));
    json_object_set_new(o, "max", points(r->max));
    json_object_set_new(o, "cases", json_count(r->cases));
    json_object_set_new(o, "build", build_json(&r->build));
    json_object_set_new(o, "chosen", chosen_json(r));
    json_object_set_new(o, "unheard", json_text_or_null(r->unheard));
    json_object_set_new(o, "groups", groups_json(r));
    json_object_set_new(o, "tests", tests);
    json_dump_callback(o, put_chunk, out, JSON_INDENT(2));
    buf_byte(out, '\n');
    json_decref(o);
}
