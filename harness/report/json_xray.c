#include "report/json_xray.h"
#include "kernel/calls.h"
#include "peer/tap.h"
#include "report/calls.h"
#include "report/json_leaves.h"
#include "report/wording.h"

static json_t *program_of(const struct result *r, const struct call_record *c)
{
    return c->program < r->spec->n_programs ? json_text_or_null(r->spec->programs[c->program].name)
                                            : json_null();
}

static json_t *peer_of(const struct test *t, uint32_t peer)
{
    return peer < t->n_peers ? json_text_or_null(t->peers[peer].name) : json_null();
}

static json_t *error_of(const struct call_record *c)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    if (c->ended < 0 || c->result >= 0 || call_is_event(c))
        return json_null();
    call_error(&text, -c->result);
    return json_text(buf_view(&text));
}

/* As the ladder shows it. */
static json_t *call_text(const struct call_record *c)
{
    _cleanup_buf_ struct buf text = BUF_INIT;

    call_begin(&text, c);
    call_end(&text, c);
    return json_text(buf_view(&text));
}

static json_t *call_json(const struct result *r, const struct test *t, const struct call_record *c)
{
    const struct excerpt bytes = call_bytes(c);
    json_t *o = json_object();

    json_object_set_new(o, "began_ns", json_integer(c->began));
    json_object_set_new(o, "ended_ns", c->ended < 0 ? json_null() : json_integer(c->ended));
    json_object_set_new(o, "program", program_of(r, c));
    json_object_set_new(o, "process", json_integer(c->process));
    json_object_set_new(o, "thread", json_integer(c->thread));
    json_object_set_new(o, "call", json_string(call_name((enum call_kind)c->kind)));
    json_object_set_new(o, "text", call_text(c));
    json_object_set_new(o, "fd", c->fd < 0 ? json_null() : json_integer(c->fd));
    json_object_set_new(o, "peer", c->peer ? peer_of(t, c->peer - 1) : json_null());
    json_object_set_new(o, "asked", json_integer(c->asked));
    json_object_set_new(o, "result", c->ended < 0 ? json_null() : json_integer(c->result));
    json_object_set_new(o, "error", error_of(c));
    json_object_set_new(o, "times", json_integer((json_int_t)c->more + 1));
    json_object_set_new(o, "bytes", bytes.total ? json_bytes(bytes.head, bytes.total) : json_null());
    return o;
}

static const char *event_name(enum tap_event e)
{
    switch (e) {
    case TAP_BEGINS: return "begins";
    case TAP_OPENED: return "opened";
    case TAP_SENT: return "sent";
    case TAP_CAME: return "came";
    case TAP_SHUT: return "shut";
    case TAP_CLOSED: return "closed";
    case TAP_RESET: return "reset";
    case TAP_ENDED: return "ended";
    case TAP_LOST: return "lost";
    }
    return "begins";
}

static json_t *wire_json(const struct test *t, const struct wire_record *w)
{
    json_t *o = json_object();

    json_object_set_new(o, "at_ns", json_integer(w->at));
    json_object_set_new(o, "peer", peer_of(t, w->peer));
    json_object_set_new(o, "event", json_string(event_name((enum tap_event)w->event)));
    json_object_set_new(o, "sealed", json_boolean(w->sealed));
    json_object_set_new(o, "bytes", w->total ? json_bytes(w->head, w->total) : json_null());
    return o;
}

static json_t *step_json(const struct test *t, const struct step_record *s)
{
    json_t *o = json_object();

    json_object_set_new(o, "step", s->step < t->n_steps ? json_integer(s->step + 1) : json_null());
    json_object_set_new(o, "began_ns", json_integer(s->began));
    json_object_set_new(o, "took_ns", json_integer(s->took));
    json_object_set_new(o, "outcome", json_string(wording_outcome(s->outcome)));
    return o;
}

json_t *json_xray(const struct result *r, const struct test_result *t)
{
    static const struct case_record none;
    const struct case_record *c = t->xray->n_cases ? &t->xray->cases[0] : &none;
    json_t *o = json_object(), *steps = json_array(), *calls = json_array(), *wire = json_array();

    for (size_t i = 0; i < c->n_steps; i++)
        json_array_append_new(steps, step_json(t->test, &c->steps[i]));
    for (size_t i = 0; i < c->xray.n_calls; i++)
        json_array_append_new(calls, call_json(r, t->test, &c->xray.calls[i]));
    for (size_t i = 0; i < c->xray.n_wires; i++)
        json_array_append_new(wire, wire_json(t->test, &c->xray.wires[i]));
    json_object_set_new(o, "untraced", json_text_or_null(t->xray->untraced));
    json_object_set_new(o, "fault", json_text_or_null(t->xray->fault));
    json_object_set_new(o, "closed_ns", json_integer(c->xray.closed));
    json_object_set_new(o, "steps", steps);
    json_object_set_new(o, "wire", wire);
    json_object_set_new(o, "calls", calls);
    json_object_set_new(o, "more_calls", json_count(c->xray.more_calls));
    return o;
}
