/* catalog.c - all detectors in the order of trust, and all diagnoses by name. */
#include "base/mem.h"
#include "judge/diagnose/diagnose.h"

#include <string.h>

static const struct detector *const families[] = {
    security_detectors,   name_detectors,    transport_detectors, length_detectors, process_detectors,
    watching_detectors,   address_detectors, network_detectors,   output_detectors, integer_detectors,
    body_detectors,       http_detectors,    message_detectors,   server_detectors, datagram_detectors,
    connection_detectors, number_detectors,  stream_detectors,    ending_detectors,
};

static const struct detector *const advisers[] = {datagram_advice, stream_advice};

static void add(struct test_result *out, const struct finding *f)
{
    *array_push(out->findings, out->n_findings, out->cap_findings) = *f;
}

static const struct detector *detector_at(const struct detector *const lists[], size_t n, size_t index)
{
    for (size_t i = 0; i < n; i++)
        for (const struct detector *d = lists[i]; d->diagnosis; d++)
            if (index-- == 0)
                return d;
    return NULL;
}

static bool is_trusted(const struct evidence *e, const struct program_record *p)
{
    return e->spec->programs[p->program].owner != 0;
}

/* Where the assignment's own program fails, it is for a mistake of the student's: of one that has crashed, or
 * else of the first. */
static struct evidence of_student(const struct evidence *e)
{
    struct evidence of = *e;

    if (!e->program || !is_trusted(e, e->program))
        return of;
    of.program = NULL;
    for (size_t i = e->record->n_programs; i-- > 0;) {
        const struct program_record *p = &e->record->programs[i];

        if (!is_trusted(e, p) && (!of.program || !evidence_is_crash(of.program->exit_status)))
            of.program = p;
    }
    return of;
}

static void add_named(struct test_result *out, const struct detector *d, const struct evidence *e,
                      const char *evidence)
{
    const char *rival = d->rival ? d->rival(e) : NULL;

    add(out, &(struct finding){.diagnosis = d->diagnosis, .evidence = evidence, .one_of = rival});
    if (rival)
        add(out, &(struct finding){.diagnosis = diagnosis_find(rival), .evidence = evidence, .one_of = true});
}

/* The first that fits is the diagnosis: later ones explain the same facts with less to show for it. */
void diagnose(const struct evidence *e, struct test_result *out)
{
    const struct evidence of = of_student(e);
    const struct detector *d;

    for (size_t i = 0; (d = detector_at(families, array_len(families), i)) && out->n_findings == 0; i++) {
        const char *evidence = d->detect(&of);
        if (evidence)
            add_named(out, d, &of, evidence);
    }
}

/* Each of them stands by itself. */
void advise(const struct evidence *e, struct test_result *out)
{
    const struct detector *d;

    for (size_t i = 0; (d = detector_at(advisers, array_len(advisers), i)); i++) {
        const char *evidence = d->detect(e);
        if (evidence)
            add(out, &(struct finding){.diagnosis = d->diagnosis, .evidence = evidence, .advice = true});
    }
}

const struct diagnosis *findings_name(const struct finding *findings, size_t n)
{
    return n && !findings[0].advice ? findings[0].diagnosis : NULL;
}

/* How many detectors give diagnoses: those that give advice come behind. */
static size_t n_diagnosing(void)
{
    size_t n = 0;

    while (detector_at(families, array_len(families), n))
        n++;
    return n;
}

const struct diagnosis *diagnosis_at(size_t index)
{
    const struct detector *d = detector_at(families, array_len(families), index);

    if (!d)
        d = detector_at(advisers, array_len(advisers), index - n_diagnosing());
    return d ? d->diagnosis : NULL;
}

bool diagnosis_is_advice(const struct diagnosis *d)
{
    const struct detector *of;

    for (size_t i = 0; (of = detector_at(advisers, array_len(advisers), i)); i++)
        if (of->diagnosis == d)
            return true;
    return false;
}

const struct diagnosis *diagnosis_find(const char *id)
{
    const struct diagnosis *d;

    for (size_t i = 0; (d = diagnosis_at(i)); i++)
        if (strcmp(d->id, id) == 0)
            return d;
    return NULL;
}
