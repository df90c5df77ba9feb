/* Blocks and the runs of sectors that they lie in. */
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "cowfsck.h"
#include "ext4.h"
#include "gzip.h"
#include "tools.h"

struct cowfsck_subject cowfsck;

void cowfsck_problem(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	printf("%s: %s: ", cowfsck.name, cowfsck.version);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
	cowfsck.problems++;
}

struct pointer cowfsck_pointer(const unsigned char *at)
{
	return (struct pointer){u32(at), u32(at + 8), at[4] | at[5] << 8, at[6] | at[7] << 8};
}

unsigned cowfsck_length(struct pointer pointer) { return (pointer.bytes + SECTOR - 1) / SECTOR; }

static bool inflate(const unsigned char *stored, size_t length, unsigned char *block)
{
	enum { ZLIB_HEADER = 2 };
	struct gzip_sum sum = {0};
	unsigned char room[BLOCK + 1] = {0};
	if (length <= ZLIB_HEADER)
		return false;
	FILE *in = fmemopen((void *)(stored + ZLIB_HEADER), length - ZLIB_HEADER, "r"), *out = fmemopen(room, sizeof room, "w");
	if (!in || !out)
		err(FAILED, "memory");
	const char *wrong = gzip_inflate(in, out, &sum);
	fclose(in);
	bool is_whole = !fclose(out) && !wrong && sum.length == BLOCK;
	memcpy(block, room, BLOCK);
	return is_whole;
}

bool cowfsck_load(struct pointer pointer, unsigned char *block, const char *what)
{
	unsigned char stored[BLOCK];
	ssize_t count = pread(cowfsck.disk, stored, pointer.bytes, (off_t)pointer.sector * SECTOR);
	if (count != (ssize_t)pointer.bytes)
		cowfsck_problem("%s at sector %u cannot be read", what, pointer.sector);
	else if (ext4_crc32c(~0u, stored, pointer.bytes) != pointer.checksum)
		cowfsck_problem("%s at sector %u: wrong checksum", what, pointer.sector);
	else if (pointer.flags & COMPRESSED ? !inflate(stored, pointer.bytes, block) : pointer.bytes != BLOCK)
		cowfsck_problem("%s at sector %u is no block", what, pointer.sector);
	else {
		if (!(pointer.flags & COMPRESSED))
			memcpy(block, stored, BLOCK);
		return true;
	}
	return false;
}

struct run *cowfsck_claim(struct pointer pointer, unsigned height, const char *what, bool *is_new)
{
	unsigned length = cowfsck_length(pointer);
	if (!length || length > BLOCK_SECTORS || pointer.sector < SLOTS * BLOCK_SECTORS || pointer.sector + (uint64_t)length > cowfsck.sectors) {
		cowfsck_problem("%s points to sectors %u and %u more", what, pointer.sector, length);
		return NULL;
	}
	struct run *run = cowfsck.runs + pointer.sector;
	*is_new = run->sectors == 0;
	if (run->sectors == length && run->height == height)
		return run;
	bool is_free = true;
	for (unsigned i = 0; i < length; i++)
		is_free &= !run[i].sectors && !run[i].is_inside;
	if (!is_free) {
		cowfsck_problem("%s at sector %u overlaps another's", what, pointer.sector);
		return NULL;
	}
	run->sectors = (uint8_t)length;
	run->height = (uint8_t)height;
	for (unsigned i = 1; i < length; i++)
		run[i].is_inside = true;
	return run;
}
