/*
 * embed.h - a file of the source as part of the program: `const char name[]`, with a NUL behind it, and
 * `const size_t name_len`, which the includer declares. The path is seen from the top folder, where the
 * compiler runs.
 */
#pragma once

#define EMBED(name, path)                                                                                    \
    __asm__(".section .rodata\n"                                                                             \
            ".global " #name "\n" #name ":\n"                                                                \
            ".incbin \"" path "\"\n"                                                                         \
            ".L" #name "_end:\n"                                                                             \
            ".byte 0\n"                                                                                      \
            ".balign 8\n"                                                                                    \
            ".global " #name "_len\n" #name "_len:\n"                                                        \
            ".quad .L" #name "_end - " #name "\n"                                                            \
            ".previous\n")
