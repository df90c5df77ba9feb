/* Message digests: MD5 (RFC 1321), SHA-1 and SHA-2 (FIPS 180-4). */
#ifndef DIGEST_H
#define DIGEST_H

#include <stddef.h>
#include <stdint.h>

struct digest {
	const struct digest_kind *kind;
	uint64_t state[8];
	uint64_t length;          /* bytes so far */
	unsigned char block[128];
};

struct digest_kind {
	const char *name;         /* as in `md5sum` without sum: "md5" */
	const char *tag;          /* as in --tag: "MD5" */
	size_t block, size;       /* bytes of a block and of the result */
	void (*begin)(struct digest *digest);
	void (*add)(struct digest *digest, const unsigned char *block);
};

/* Null if there is no such kind. */
const struct digest_kind *digest_find(const char *name);

void digest_begin(struct digest *digest, const struct digest_kind *kind);
void digest_add(struct digest *digest, const void *bytes, size_t length);
/* Writes kind->size bytes. */
void digest_end(struct digest *digest, unsigned char *result);

#endif
