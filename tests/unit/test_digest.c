/* test_digest.c - published test vectors, and every length round a block's end. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>

#include <cmocka.h>
#include <stdio.h>
#include <string.h>

#include "base/mem.h"
#include "wire/digest.h"

#define BYTES(literal) ((struct bytes){(const uint8_t *)(literal), sizeof(literal) - 1})

static const char two_blocks[] = "abcdbcdecdefdefgefghfghighijhijkijkljklmklmnlmnomnopnopq";

static void assert_hex(const uint8_t *data, size_t n, const char *wanted)
{
    char hex[2 * SHA256_SIZE + 1];

    for (size_t i = 0; i < n; i++)
        snprintf(hex + 2 * i, 3, "%02x", data[i]);
    assert_string_equal(hex, wanted);
}

static void assert_sha1(struct bytes b, const char *wanted)
{
    uint8_t out[SHA1_SIZE];

    digest_sha1(b, out);
    assert_hex(out, sizeof out, wanted);
}

static void assert_sha256(struct bytes b, const char *wanted)
{
    uint8_t out[SHA256_SIZE];

    digest_sha256(b, out);
    assert_hex(out, sizeof out, wanted);
}

static void known_sha(void **state)
{
    (void)state;
    assert_sha1(BYTES("abc"), "a9993e364706816aba3e25717850c26c9cd0d89d");
    assert_sha1((struct bytes){0}, "da39a3ee5e6b4b0d3255bfef95601890afd80709");
    assert_sha1(bytes_of(two_blocks), "84983e441c3bd26ebaae4aa1f95129e5e54670f1");
    assert_sha256(BYTES("abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad");
    assert_sha256((struct bytes){0}, "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855");
    assert_sha256(bytes_of(two_blocks), "248d6a61d20638b8e5c026930c3e6039a33ce45964ff2167f6ecedd419db06c1");
}

static void a_million_bytes(void **state)
{
    size_t n = 1000000;
    uint8_t *a = mem_new(n);

    (void)state;
    memset(a, 'a', n);
    assert_sha1((struct bytes){a, n}, "34aa973cd4c4daa4f61eeb2bdbad27316534016f");
    assert_sha256((struct bytes){a, n}, "cdc76e5c9914fb9281a1c7e284d73e67f1809a48a497200e046d39ccc7112cd0");
    mem_free(a);
}

/* Each length's hash goes into one: against another implementation. */
static void every_length_round_the_blocks(void **state)
{
    uint8_t zeroes[200] = {0}, one[SHA256_SIZE], all[sizeof zeroes * SHA256_SIZE];

    (void)state;
    for (size_t n = 0; n < sizeof zeroes; n++) {
        digest_sha256((struct bytes){zeroes, n}, one);
        memcpy(all + n * sizeof one, one, sizeof one);
    }
    assert_sha256((struct bytes){all, sizeof all},
                  "59e350876ff46da193f0d152dd874fa876d2020a80910c6b83b1537e21104a9f");
    for (size_t n = 0; n < sizeof zeroes; n++) {
        digest_sha1((struct bytes){zeroes, n}, one);
        memcpy(all + n * SHA1_SIZE, one, SHA1_SIZE);
    }
    assert_sha1((struct bytes){all, sizeof zeroes * SHA1_SIZE}, "b7b1174ed2e1d0c454a487f8ce6f1cf3c9b32966");
}

static void known_checksums(void **state)
{
    /* RFC 1071's example, and an IPv4 header with its checksum taken out, then in. */
    uint8_t header[] = {0x45, 0, 0,    0x73, 0, 0, 0x40, 0,    0x40, 0x11,
                        0,    0, 0xc0, 0xa8, 0, 1, 0xc0, 0xa8, 0,    0xc7};

    (void)state;
    assert_int_equal(digest_crc32(BYTES("123456789")), 0xcbf43926);
    assert_int_equal(digest_crc32((struct bytes){0}), 0);
    assert_int_equal(digest_internet(BYTES("\x00\x01\xf2\x03\xf4\xf5\xf6\xf7")), 0xffff - 0xddf2);
    assert_int_equal(digest_internet((struct bytes){header, sizeof header}), 0xb861);
    header[10] = 0xb8, header[11] = 0x61;
    assert_int_equal(digest_internet((struct bytes){header, sizeof header}), 0);
    assert_int_equal(digest_internet(BYTES("\x12\x34\x56")), 0xffff - (0x1234 + 0x5600)); /* an odd byte */
    assert_int_equal(digest_internet((struct bytes){0}), 0xffff);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(known_sha),
        cmocka_unit_test(a_million_bytes),
        cmocka_unit_test(every_length_round_the_blocks),
        cmocka_unit_test(known_checksums),
    };

    return cmocka_run_group_tests(tests, NULL, NULL);
}
