/* digest.h - checksums and hashes that protocols use, of bytes that are all there. */
#pragma once
#include "base/buf.h"

#define SHA1_SIZE 20
#define SHA256_SIZE 32

uint32_t digest_crc32(struct bytes b);    /* IEEE 802.3, as zlib's */
uint16_t digest_internet(struct bytes b); /* RFC 1071: what the field holds, as a number; 0 of a packet that
                                             is right with its checksum in it */
void digest_sha1(struct bytes b, uint8_t out[SHA1_SIZE]);
void digest_sha256(struct bytes b, uint8_t out[SHA256_SIZE]);
