/*
 * iconv: convert text from one encoding into another
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/iconv.html
 *
 * Usage: iconv [-cs] [-f FROM] [-t TO] [-o FILE] [FILE]...
 *        iconv -l
 *   -c                     leave out what cannot be converted
 *   -f, --from-code FROM   encoding of the input (that of the locale)
 *   -l, --list             the encodings that there are
 *   -o, --output FILE      instead of standard output
 *   -s, --silent           no messages about what cannot be converted
 *   -t, --to-code TO       encoding of the output (that of the locale); with //TRANSLIT a ? stands for what it lacks
 */
#include <errno.h>
#include <getopt.h>
#include <iconv.h>
#include <langinfo.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>

#include "files.h"
#include "tools.h"

enum { BUFFER = 65536 };

static bool omits, is_silent, replaces;
static iconv_t converter;
static const char *target;

/* What libc's iconv() knows, by the names that people use. */
static const char *const encodings[] = {"ASCII", "BIG5", "CP1250", "CP1251", "CP1252", "CP1253", "CP1254", "CP1255", "CP1256", "CP1257", "CP1258",
	"CP437", "CP850", "CP866", "EUC-JP", "EUC-KR", "GB18030", "GBK", "ISO-2022-JP", "ISO-8859-1", "ISO-8859-2", "ISO-8859-3", "ISO-8859-4",
	"ISO-8859-5", "ISO-8859-6", "ISO-8859-7", "ISO-8859-8", "ISO-8859-9", "ISO-8859-10", "ISO-8859-11", "ISO-8859-13", "ISO-8859-14",
	"ISO-8859-15", "ISO-8859-16", "KOI8-R", "KOI8-U", "SHIFT_JIS", "UCS-2", "UCS-4", "UTF-16", "UTF-16BE", "UTF-16LE", "UTF-32",
	"UTF-32BE", "UTF-32LE", "UTF-8"};

static int list(void)
{
	for (size_t i = 0; i < sizeof encodings / sizeof *encodings; i++) {
		iconv_t probe = iconv_open(encodings[i], "UTF-8");
		if (probe == (iconv_t)-1)
			continue;
		iconv_close(probe);
		printf("%s//\n", encodings[i]);
	}
	return 0;
}

/* Whether the target has the one character of UTF-8; musl's iconv() writes * for what it lacks, so the way back tells. */
static bool has_character(const char *character, size_t size)
{
	if (!strncasecmp(target, "UTF", 3) || !strncasecmp(target, "UCS", 3))
		return true;
	static iconv_t there = (iconv_t)-1, back = (iconv_t)-1;
	if (there == (iconv_t)-1) {
		there = iconv_open(target, "UTF-8");
		back = iconv_open("UTF-8", target);
	}
	if (there == (iconv_t)-1 || back == (iconv_t)-1)
		return true;
	char middle[32], end[32], *in = (char *)character, *out = middle;
	size_t in_size = size, out_size = sizeof middle;
	iconv(there, NULL, NULL, NULL, NULL);
	if (iconv(there, &in, &in_size, &out, &out_size) == (size_t)-1)
		return false;
	in = middle;
	in_size = sizeof middle - out_size;
	out = end;
	out_size = sizeof end;
	iconv(back, NULL, NULL, NULL, NULL);
	if (iconv(back, &in, &in_size, &out, &out_size) == (size_t)-1)
		return false;
	return sizeof end - out_size == size && !memcmp(end, character, size);
}

/* False after a message: the input ends there. */
static bool refuse(const char *name, size_t offset, const char *reason)
{
	if (omits)
		return true;
	if (!is_silent)
		warnx("%s: %s at byte %zu", strcmp(name, "-") ? name : "(stdin)", reason, offset);
	return false;
}

/* Writes UTF-8 in the target's encoding. False after a message. */
static bool write_text(iconv_t output, char *text, size_t size, const char *name)
{
	static size_t passed;
	char *question = "?";
	while (size) {
		size_t length;
		utf8_decode(text, size, &length);
		bool is_there = has_character(text, length);
		if (!is_there && !replaces && !refuse(name, passed, "cannot convert the character"))
			return false;
		char bytes[32], *in = is_there ? text : question, *out = bytes;
		size_t in_size = is_there ? length : 1, out_size = sizeof bytes;
		if ((is_there || replaces) && iconv(output, &in, &in_size, &out, &out_size) != (size_t)-1)
			fwrite(bytes, 1, sizeof bytes - out_size, stdout);
		text += length;
		size -= length;
		passed += length;
	}
	return true;
}

static bool convert(iconv_t output, char *data, size_t size, const char *name)
{
	char *in = data;
	char *buffer = allocate(BUFFER);
	size_t left = size;
	bool good = true;
	while (left && good) {
		char *out = buffer;
		size_t room = BUFFER;
		size_t result = iconv(converter, &in, &left, &out, &room);
		int error = errno;
		good = write_text(output, buffer, BUFFER - room, name);
		if (result != (size_t)-1 || error == E2BIG || !good)
			continue;
		if (error == EINVAL) {
			good = refuse(name, (size_t)(in - data), "incomplete character");
			break;
		}
		good = refuse(name, (size_t)(in - data), "cannot convert: illegal input sequence");
		in++;
		left--;
	}
	free(buffer);
	return good;
}

static iconv_t open_converter(const char *to, const char *from)
{
	iconv_t result = iconv_open(to, from);
	if (result == (iconv_t)-1)
		errx(1, "conversion from '%s' to '%s' is not supported", from, to);
	return result;
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"from-code", required_argument, NULL, 'f'}, {"list", no_argument, NULL, 'l'},
		{"output", required_argument, NULL, 'o'}, {"silent", no_argument, NULL, 's'}, {"to-code", required_argument, NULL, 't'}, {0}};
	const char *from = nl_langinfo(CODESET);
	char *to = duplicate(from);
	for (int option; (option = next_long_option(argc, argv, "cf:lo:st:", longs)) != -1;) {
		switch (option) {
		case 'c': omits = true; break;
		case 'f': from = optarg; break;
		case 'l': return list();
		case 'o':
			if (!freopen(optarg, "w", stdout))
				err(1, "%s", optarg);
			break;
		case 's': is_silent = true; break;
		default:
			free(to);
			to = duplicate(optarg);
		}
	}
	char *slashes = strstr(to, "//");
	if (slashes) {
		replaces = strcasestr(slashes, "TRANSLIT");
		omits |= strcasestr(slashes, "IGNORE") != NULL;
		*slashes = 0;
	}
	target = to;
	converter = open_converter("UTF-8", from);
	iconv_t output = open_converter(to, "UTF-8");
	static char *standard[] = {"-", NULL};
	char **names = argv[optind] ? argv + optind : standard;
	int status = 0;
	for (; *names && status == 0; names++) {
		size_t size;
		char *data = read_file(strcmp(*names, "-") ? *names : "/dev/stdin", &size);
		if (!data) {
			warn("%s", *names);
			return 1;
		}
		if (!convert(output, data, size, *names))
			status = 1;
		free(data);
	}
	return status;
}
