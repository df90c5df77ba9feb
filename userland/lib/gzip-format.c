/* The gzip format: members with a header, the compressed data, and the sum of what was compressed. */
#include <errno.h>
#include <string.h>

#include "files.h"
#include "gzip.h"

/* RFC 1952, 2.3.1 */
enum { FTEXT = 1, FHCRC = 2, FEXTRA = 4, FNAME = 8, FCOMMENT = 16, METHOD_DEFLATE = 8, OS_UNIX = 3 };

static void put_number(FILE *out, uint32_t value)
{
	for (int i = 0; i < 4; i++)
		putc((int)(value >> 8 * i & 255), out);
}

static bool get_number(FILE *in, uint32_t *value)
{
	unsigned char bytes[4];
	if (fread(bytes, 1, 4, in) != 4)
		return false;
	*value = bytes[0] | (uint32_t)bytes[1] << 8 | (uint32_t)bytes[2] << 16 | (uint32_t)bytes[3] << 24;
	return true;
}

bool gzip_compress(FILE *in, FILE *out, const char *name, uint32_t time, int level, struct gzip_sum *sum)
{
	bool is_named = name != NULL;
	fputs("\x1f\x8b", out);
	putc(METHOD_DEFLATE, out);
	putc(is_named ? FNAME : 0, out);
	put_number(out, is_named ? time : 0);
	putc(level == 9 ? 2 : level == 1 ? 4 : 0, out);
	putc(OS_UNIX, out);
	if (is_named)
		fwrite(path_name(name), 1, strlen(path_name(name)) + 1, out);
	if (!gzip_deflate(in, out, level, sum))
		return false;
	put_number(out, sum->crc);
	put_number(out, (uint32_t)sum->length);
	return true;
}

static void skip_text(FILE *in, char *text, size_t room)
{
	size_t length = 0;
	for (int byte; (byte = getc(in)) > 0;)
		if (length + 1 < room)
			text[length++] = (char)byte;
	if (room)
		text[length] = 0;
}

const char *gzip_read_header(FILE *in, struct gzip_header *header)
{
	int first = getc(in), second = getc(in);
	if (first == EOF)
		return ferror(in) ? strerror(errno) : "";
	if (first != 0x1f || second != 0x8b)
		return "not in gzip format";
	int method = getc(in), flags = getc(in);
	if (method != METHOD_DEFLATE || flags & ~(FTEXT | FHCRC | FEXTRA | FNAME | FCOMMENT))
		return "unknown method -- not supported";
	if (!get_number(in, &header->time) || getc(in) == EOF || getc(in) == EOF)
		return ferror(in) ? strerror(errno) : "unexpected end of file";
	if (flags & FEXTRA) {
		int length = getc(in);
		length |= getc(in) << 8;
		for (; length > 0; length--)
			getc(in);
	}
	header->name[0] = 0;
	if (flags & FNAME)
		skip_text(in, header->name, sizeof header->name);
	if (flags & FCOMMENT)
		skip_text(in, NULL, 0);
	if (flags & FHCRC) {
		getc(in);
		getc(in);
	}
	return ferror(in) ? strerror(errno) : feof(in) ? "unexpected end of file" : NULL;
}

const char *gzip_expand(FILE *in, FILE *out, struct gzip_header *header, struct gzip_sum *sum)
{
	uint64_t total = 0;
	for (bool is_first = true;; is_first = false) {
		struct gzip_header member;
		const char *problem = is_first && header->time == UINT32_MAX ? NULL : gzip_read_header(in, &member);
		if (problem && !is_first && !ferror(in))
			break; /* zeros or garbage behind the last member */
		if (problem)
			return *problem ? problem : "unexpected end of file";
		*sum = (struct gzip_sum){0};
		problem = gzip_inflate(in, out, sum);
		if (problem)
			return problem;
		uint32_t crc, length;
		if (!get_number(in, &crc) || !get_number(in, &length))
			return ferror(in) ? strerror(errno) : "unexpected end of file";
		if (crc != sum->crc)
			return "invalid compressed data--crc error";
		if (length != (uint32_t)sum->length)
			return "invalid compressed data--length error";
		total += sum->length;
	}
	sum->length = total;
	return NULL;
}
