/* The lines of a stream, last one first. */
#include <stdio.h>

#include "tools.h"

void put_lines_reversed(FILE *input, long long count)
{
	struct text data = {0};
	char buffer[4096];
	for (size_t length; (length = fread(buffer, 1, sizeof buffer, input)) > 0;)
		text_add(&data, buffer, length);
	for (size_t end = data.length; end > 0 && count; count--) {
		size_t start = end - 1;
		while (start > 0 && data.data[start - 1] != '\n')
			start--;
		fwrite(data.data + start, 1, end - start, stdout);
		end = start;
	}
	text_free(&data);
}
