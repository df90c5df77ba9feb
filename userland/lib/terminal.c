/* The size of the terminal, and the width of UTF-8 text on it. */
#include <stdlib.h>
#include <sys/ioctl.h>
#include <wchar.h>

#include "tools.h"

static int number_from(const char *name, int fallback)
{
	const char *value = getenv(name);
	int number = value ? atoi(value) : 0;
	return number > 0 ? number : fallback;
}

void terminal_size(int fd, int *columns, int *rows)
{
	struct winsize size = {0};
	if (ioctl(fd, TIOCGWINSZ, &size) < 0)
		size.ws_col = size.ws_row = 0;
	*columns = size.ws_col ? size.ws_col : number_from("COLUMNS", 80);
	*rows = size.ws_row ? size.ws_row : number_from("LINES", 24);
}

/* Bytes of the character that begins with `first`; 0 if none does. */
static size_t utf8_size(unsigned char first)
{
	if (first < 0x80)
		return 1;
	if (first < 0xc2)
		return 0;
	return first < 0xe0 ? 2 : first < 0xf0 ? 3 : first < 0xf5 ? 4 : 0;
}

uint32_t utf8_decode(const char *bytes, size_t length, size_t *size)
{
	static const uint32_t smallest[] = {0, 0, 0x80, 0x800, 0x10000};
	unsigned char first = (unsigned char)bytes[0];
	size_t need = utf8_size(first);
	*size = 1;
	if (need == 1)
		return first;
	if (!need || need > length)
		return 0xfffd;
	uint32_t code = first & (0x7fu >> need);
	for (size_t i = 1; i < need; i++) {
		if ((bytes[i] & 0xc0) != 0x80)
			return 0xfffd;
		code = code << 6 | (bytes[i] & 0x3f);
	}
	if (code < smallest[need] || code > 0x10ffff || (code >= 0xd800 && code < 0xe000))
		return 0xfffd;
	*size = need;
	return code;
}

int utf8_columns(uint32_t code_point)
{
	if (code_point < 32 || code_point == 127)
		return 2;
	if (code_point < 127)
		return 1;
	int width = wcwidth((wchar_t)code_point);
	return width < 0 ? 1 : width;
}
