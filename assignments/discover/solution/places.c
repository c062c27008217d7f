/* places.c - a sorted list without doubles. */
#include "places.h"

#include <arpa/inet.h>
#include <string.h>

static int compare(const struct place *a, const struct place *b)
{
    if (a->address != b->address)
        return a->address < b->address ? -1 : 1;
    return (a->port > b->port) - (a->port < b->port);
}

void places_add(struct places *p, struct in_addr address, uint16_t port)
{
    struct place new = {ntohl(address.s_addr), port};
    size_t i = 0;

    while (i < p->n && compare(&p->list[i], &new) < 0)
        i++;
    if ((i < p->n && compare(&p->list[i], &new) == 0) || p->n == MAX_PLACES)
        return;
    memmove(&p->list[i + 1], &p->list[i], (p->n - i) * sizeof(new));
    p->list[i] = new;
    p->n++;
}

struct sockaddr_in place_address(const struct place *p)
{
    return (struct sockaddr_in){
        .sin_family = AF_INET,
        .sin_port = htons(p->port),
        .sin_addr.s_addr = htonl(p->address),
    };
}

void places_print(const struct places *p, FILE *to)
{
    for (size_t i = 0; i < p->n; i++) {
        struct sockaddr_in at = place_address(&p->list[i]);
        char text[INET_ADDRSTRLEN];

        inet_ntop(AF_INET, &at.sin_addr, text, sizeof(text));
        fprintf(to, "%s %u\n", text, p->list[i].port);
    }
}
