/* secure.c - `tls` of a peer: whether it speaks it, whom it expects, and what certificate it shows. */
#include "base/mem.h"
#include "spec/parts.h"

#include <string.h>

static void tls_cert(struct loader *l, const struct node *n, void *into)
{
    static const char *const words[] = {"good", "unknown-ca", "wrong-name", "expired"};
    static const enum cert_kind kinds[] = {CERT_GOOD, CERT_OTHER_CA, CERT_OTHER_NAME, CERT_EXPIRED};
    size_t i;

    if (read_choice(l, n, "a certificate", words, array_len(words), &i))
        ((struct peer *)into)->tls.cert = kinds[i];
}

/* It stands in a certificate, where a comma would begin something else. */
static void tls_name(struct loader *l, const struct node *n, void *into)
{
    static const char letters[] = "ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789.-:";
    const char *text;

    if (!read_text(l, n, "the name of a host", &text))
        return;
    if (text[strspn(text, letters)] || strlen(text) > 64)
        diag_note(l->diags, diag_error(l->diags, n->mark, "no host can be called %s", quoted(l, n->text)),
                  "write a name like www.example.org, or an address");
    else
        ((struct peer *)into)->tls.name = text;
}

void peer_tls_read(struct loader *l, const struct node *n, struct peer *p)
{
    static const struct field fields[] = {{"cert", tls_cert}, {"name", tls_name}};
    const struct node *cert;

    if (!n || n->bad)
        return;
    cert = map_get(n, "cert");
    if (!p->tls.on) {
        diag_note(l->diags, diag_error(l->diags, n->key->mark, "`%s` does not speak TLS", p->name),
                  p->kind == PEER_LISTENS ? "say `listens: tls`"
                                          : "it speaks what its program does: `listens: tls` there");
        return;
    }
    if (node_says(n, "none") && p->kind == PEER_CONNECTS) {
        p->tls.on = false;
        return;
    }
    map_read(l, n, "`tls`", fields, array_len(fields), p);
    if (cert && p->kind == PEER_CONNECTS)
        diag_note(l->diags,
                  diag_error(l->diags, cert->key->mark, "a peer that connects shows no certificate"),
                  "`tls: {name: some.host}` says whom it expects, `tls: none` that it does not speak TLS");
}

void relay_seals(struct loader *l, const struct node *n, const struct peer *p)
{
    static const char *const keys[] = {"protocol", "ignores", "tls"};

    for (size_t i = 0; i < array_len(keys); i++)
        if (map_get(n, keys[i]))
            diag_note(l->diags,
                      diag_error(l->diags, map_get(n, keys[i])->key->mark,
                                 "`%s` relays what TLS has sealed: `%s` means nothing there", p->name,
                                 keys[i]),
                      "it passes the bytes on, and cuts them as `under` says");
}

bool test_shakes_hands(const struct test *t)
{
    for (size_t i = 0; i < t->n_steps; i++) {
        const struct step *s = &t->steps[i];

        if (s->actor_kind == ACTOR_PEER && s->actor < t->n_peers && t->peers[s->actor].tls.on &&
            t->peers[s->actor].kind != PEER_RELAYS)
            return true;
    }
    return false;
}

bool spec_uses_tls(const struct spec *s)
{
    for (size_t i = 0; i < s->n_programs; i++)
        for (size_t k = 0; k < s->programs[i].n_listens; k++)
            if (s->programs[i].listens[k].tls)
                return true;
    for (size_t i = 0; i < s->n_peers; i++)
        if (s->peers[i].tls.on)
            return true;
    return false;
}
