/* words.h - what the words of both programs and of their datagrams may look like. */
#ifndef WORDS_H
#define WORDS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define MAX_SERVICE 32

/* The longest message is "HERE ", a service, a blank, five digits and a line feed. */
#define MAX_MESSAGE (5 + MAX_SERVICE + 1 + 5 + 1)

/* Is it the name of a service: 1 to MAX_SERVICE letters, digits, `-` and `_`? */
bool word_is_service(const char *word);

/* The port that these n bytes are, or 0: they are none. A port is a decimal number from 1 to 65535. */
uint16_t word_port(const char *digits, size_t n);

#endif
