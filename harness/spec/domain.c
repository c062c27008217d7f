/*
 * domain.c - `name: calc.test` of a peer: programs look it up, and find two addresses, ::1 and the peer's
 * own.
 *
 * Nobody is at the first: so whoever tries no other reaches nobody.
 */
#include "spec/parts.h"

#include <ctype.h>
#include <string.h>
#include <strings.h>

#define LABEL_MAX 63u
#define DOMAIN_MAX 253u

/* As in RFC 1123, and no address. */
static bool is_domain(const char *text)
{
    size_t label = 0, letters = 0, len = strlen(text);

    for (size_t i = 0; i < len; i++) {
        unsigned char c = (unsigned char)text[i];
        bool inside = isalnum(c) || (c == '-' && label > 0 && text[i + 1] != '.' && text[i + 1]);

        if (!inside && (c != '.' || label == 0))
            return false;
        letters += isalpha(c) != 0;
        label = c == '.' ? 0 : label + 1;
        if (label > LABEL_MAX)
            return false;
    }
    return label > 0 && letters > 0 && len <= DOMAIN_MAX;
}

/* A program finds out that nobody is at an address where it connects, and nowhere else. */
static void check_listens(struct loader *l, const struct node *n, const struct peer *p)
{
    struct diag *d;

    if (p->kind == PEER_LISTENS && p->transport == TRANSPORT_TCP)
        return;
    d = diag_error(l->diags, n->key->mark, "`name` is for a peer that listens on TCP");
    if (p->kind == PEER_LISTENS)
        diag_note(l->diags, d, "over %s nobody can tell that nobody is there",
                  p->transport == TRANSPORT_UDP ? "UDP" : "a Unix socket");
    else
        diag_note(l->diags, d, "programs look up who listens, not who connects");
}

static void check_unique(struct loader *l, const struct node *n, const struct peer *p)
{
    for (size_t i = 0; i < l->spec->n_peers; i++) {
        const struct peer *other = &l->spec->peers[i];

        if (other->domain && strcasecmp(other->domain, p->domain) == 0)
            diag_error(l->diags, n->mark, "`%s` has this name already", other->name);
    }
}

void peer_domain_read(struct loader *l, const struct node *n, struct peer *p)
{
    if (!n)
        return;
    check_listens(l, n, p);
    if (!read_text(l, n, "a peer's `name`", &p->domain))
        return;
    if (!is_domain(p->domain))
        diag_note(l->diags, diag_error(l->diags, n->mark, "%s is no name of a host", quoted(l, n->text)),
                  "letters, digits and hyphens, with dots between them, like calc.test");
    else if (strcasecmp(p->domain, "localhost") == 0)
        diag_note(l->diags, diag_error(l->diags, n->mark, "`localhost` is this machine's own name"),
                  "nothing else is called so that ends in .test, like calc.test");
    check_unique(l, n, p);
}
