#include <openssl/evp.h>
#include <openssl/hmac.h>
#include <openssl/sha.h>
#include <string.h>

// A running SHA-256 is kept in file cursors, so its state must go into bytes and come back in another process. OpenSSL's EVP
// interface cannot do that; its older one is a plain struct and just as fast. It is deprecated, which is silenced here alone.
#pragma GCC diagnostic push
#pragma GCC diagnostic ignored "-Wdeprecated-declarations"

typedef struct { SHA256_CTX inner; } millrace_sha256;

static inline void millrace_sha256_begin(millrace_sha256 *hash) { SHA256_Init(&hash->inner); }

static inline void millrace_sha256_update(millrace_sha256 *hash, const void *bytes, size_t count) {
    SHA256_Update(&hash->inner, bytes, count);
}

// Writes the 32 bytes of the digest.
static inline void millrace_sha256_finish(millrace_sha256 *hash, unsigned char *digest) {
    SHA256_Final(digest, &hash->inner);
}

// Writes the state: 32 bytes of chaining value and 8 of the length in bits, both high byte first, then the bytes of the
// block begun. Returns how many bytes were written, 40 to 103.
static inline size_t millrace_sha256_export(const millrace_sha256 *hash, unsigned char *state) {
    for (int word = 0; word < 8; word++)
        for (int byte = 0; byte < 4; byte++)
            state[word * 4 + byte] = (unsigned char)(hash->inner.h[word] >> (24 - 8 * byte));
    for (int byte = 0; byte < 4; byte++) {
        state[32 + byte] = (unsigned char)(hash->inner.Nh >> (24 - 8 * byte));
        state[36 + byte] = (unsigned char)(hash->inner.Nl >> (24 - 8 * byte));
    }
    memcpy(state + 40, hash->inner.data, hash->inner.num);
    return 40 + hash->inner.num;
}

// Takes a state that was written by the function above. Returns 0 where its length does not fit its content.
static inline int millrace_sha256_import(millrace_sha256 *hash, const unsigned char *state, size_t count) {
    if (count < 40 || count > 103) return 0;
    SHA256_Init(&hash->inner);
    for (int word = 0; word < 8; word++) {
        hash->inner.h[word] = 0;
        for (int byte = 0; byte < 4; byte++) hash->inner.h[word] = hash->inner.h[word] << 8 | state[word * 4 + byte];
    }
    hash->inner.Nh = 0;
    hash->inner.Nl = 0;
    for (int byte = 0; byte < 4; byte++) {
        hash->inner.Nh = hash->inner.Nh << 8 | state[32 + byte];
        hash->inner.Nl = hash->inner.Nl << 8 | state[36 + byte];
    }
    if ((hash->inner.Nl & 7) != 0 || (hash->inner.Nl >> 3 & 63) != count - 40) return 0;
    memcpy(hash->inner.data, state + 40, count - 40);
    hash->inner.num = (unsigned int)(count - 40);
    return 1;
}

#pragma GCC diagnostic pop
