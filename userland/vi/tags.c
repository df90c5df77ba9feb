/* Tags in vi and ex: where a name is defined, from the files that ctags(1) writes. */
#include "tags.h"

#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "ex.h"

/* Where ^] and :tag came from, for ^T. */
static struct place {
	struct place *below;
	char *file;
	struct position at;
} *places;

static char *last_name;

static const char *next_buffer_line(void *context)
{
	int *line = context;
	return *line < buffer.count ? buffer.lines[(*line)++].bytes : NULL;
}

/* Goes to the file, unless it is the one that is edited. */
static bool enter_file(const char *file, bool forced)
{
	if (buffer.name && !strcmp(buffer.name, file))
		return true;
	edit_file(file, forced);
	return !editor.is_error;
}

static void go_to_tag(const char *name, bool forced)
{
	struct tag_place found;
	if (!tag_find(editor.options.tags, name, editor.options.tag_length, &found)) {
		complain("%.100s is in no file of tags (%.100s)", name, editor.options.tags);
		return;
	}
	struct place *place = allocate(sizeof *place);
	*place = (struct place){places, buffer.name ? duplicate(buffer.name) : NULL, editor.cursor};
	if (enter_file(found.file, forced)) {
		int from = 0, line = tag_line_number(found.address, next_buffer_line, &from) - 1;
		places = place;
		if (line < 0 || line >= buffer.count)
			complain("The line of %.100s is not there any more", name);
		else
			editor.cursor = (struct position){line, first_nonblank(line)};
	} else {
		free(place->file);
		free(place);
	}
	free(found.file);
	free(found.address);
}

void command_tag(struct range range, const char *arguments, bool forced)
{
	(void)range;
	if (*arguments) {
		free(last_name);
		last_name = duplicate_range(arguments, strcspn(arguments, " \t"));
	}
	if (!last_name)
		complain("No tag before this one");
	else if (forced || write_automatically())
		go_to_tag(last_name, forced);
}

static bool is_name(char c)
{
	return isalnum((unsigned char)c) || c == '_';
}

void follow_tag(void)
{
	const char *bytes = buffer.lines[editor.cursor.line].bytes;
	int start = editor.cursor.column, end;
	while (bytes[start] && !is_name(bytes[start]))
		start++;
	while (start > 0 && is_name(bytes[start - 1]))
		start--;
	for (end = start; is_name(bytes[end]);)
		end++;
	char *name = duplicate_range(bytes + start, (size_t)(end - start));
	if (*name)
		command_tag((struct range){0}, name, false);
	else
		complain("No name here");
	free(name);
}

void command_pop(struct range range, const char *arguments, bool forced)
{
	struct place *place = places;
	(void)range, (void)arguments;
	if (!place) {
		complain("This is where the first tag was asked for");
		return;
	}
	if ((!forced && !write_automatically()) || (place->file && !enter_file(place->file, forced)))
		return;
	places = place->below;
	editor.cursor = place->at;
	keep_cursor_inside();
	free(place->file);
	free(place);
}
