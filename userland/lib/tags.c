/* Files of tags: "NAME FILE ADDRESS" with tabs between. */
#include "tags.h"
#include <ctype.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "tools.h"

/* What follows the name in its line: the file and the address; null: the line is of another name. */
static const char *match_line(const char *line, const char *name, size_t significant)
{
	size_t length = strcspn(line, " \t"), wanted = strlen(name), size = length;
	if (!line[length] || *line == '!')
		return NULL;
	if (significant && size > significant && wanted >= significant)
		size = wanted = significant;
	if (size != wanted || strncmp(line, name, size))
		return NULL;
	line += length;
	return line + strspn(line, " \t");
}

bool tag_find(const char *files, const char *name, int significant, struct tag_place *place)
{
	char *list = duplicate(files), *line = NULL;
	size_t capacity = 0;
	bool found = false;
	for (char *path = strtok(list, " \t"); path && !found; path = strtok(NULL, " \t")) {
		FILE *file = fopen(path, "re");
		for (ssize_t length; file && !found && (length = getline(&line, &capacity, file)) > 0;) {
			line[length - (line[length - 1] == '\n')] = 0;
			const char *rest = match_line(line, name, (size_t)significant);
			if (!rest)
				continue;
			size_t size = strcspn(rest, " \t");
			*place = (struct tag_place){duplicate_range(rest, size), duplicate(rest + size + strspn(rest + size, " \t"))};
			found = true;
		}
		if (file)
			fclose(file);
	}
	free(line);
	free(list);
	return found;
}

int tag_line_number(const char *address, const char *(*next_line)(void *context), void *context)
{
	char delimiter = *address;
	struct text text = {0};
	if (isdigit((unsigned char)*address))
		return atoi(address);
	if (delimiter != '/' && delimiter != '?')
		return 0;
	address++;
	bool at_start = *address == '^', is_escaped = false;
	text_clear(&text);
	for (address += at_start; *address && *address != delimiter; address++) {
		is_escaped = *address == '\\' && address[1];
		address += is_escaped;
		text_char(&text, *address);
	}
	bool at_end = text.length && text.data[text.length - 1] == '$' && !is_escaped;
	if (at_end)
		text.data[--text.length] = 0;
	int number = 0, found = 0;
	for (const char *line; !found && (line = next_line(context)); ) {
		size_t length = strlen(line);
		bool begins = !strncmp(line, text.data, text.length);
		bool ends = length >= text.length && !strcmp(line + length - text.length, text.data);
		bool matches = at_start && at_end ? begins && length == text.length : at_start ? begins : at_end ? ends : strstr(line, text.data) != NULL;
		number++;
		found = matches ? number : 0;
	}
	text_free(&text);
	return found;
}
