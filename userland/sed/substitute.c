/* s, y and e of sed: what they make of pattern space. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "characters.h"
#include "sed.h"
#include "tools.h"

static void add_replacement(struct text *result, const char *replacement, const char *base, const regmatch_t *groups)
{
	char once = 0, lasting = 0;
	for (const char *c = replacement; *c;) {
		int group = *c == '&' ? 0 : -1;
		if (*c == '\\' && c[1]) {
			c += 2;
			if (isdigit((unsigned char)c[-1])) {
				group = c[-1] - '0';
			} else if (c[-1] == 'u' || c[-1] == 'l') {
				once = c[-1];
				continue;
			} else if (c[-1] == 'U' || c[-1] == 'L' || c[-1] == 'E') {
				lasting = c[-1] == 'E' ? 0 : c[-1];
				continue;
			} else {
				text_char(result, c[-1]);
				continue;
			}
		} else if (group < 0) {
			size_t plain = once || lasting ? 0 : strcspn(c, "\\&");
			text_add(result, c, plain);
			c += plain ? plain : add_cased(result, c, strlen(c), &once, lasting);
			continue;
		} else {
			c++;
		}
		if (groups[group].rm_so >= 0 && !once && !lasting) {
			text_add(result, base + groups[group].rm_so, (size_t)(groups[group].rm_eo - groups[group].rm_so));
			continue;
		}
		for (regoff_t i = groups[group].rm_so; groups[group].rm_so >= 0 && i < groups[group].rm_eo;)
			i += (regoff_t)add_cased(result, base + i, (size_t)(groups[group].rm_eo - i), &once, lasting);
	}
}

/* What a command prints, added to `result`. */
void sed_run(const char *command, struct text *result)
{
	char buffer[4096];
	fflush(NULL);
	FILE *pipe = popen(command, "re");
	if (!pipe)
		err(4, "cannot run %s", command);
	for (size_t got; (got = fread(buffer, 1, sizeof buffer, pipe)) > 0;)
		text_add(result, buffer, got);
	pclose(pipe);
}

/* Pattern space becomes what it prints as a command, without the last newline. */
void sed_execute_space(struct text *space)
{
	struct text result = {0};
	text_string(&result, "");
	sed_run(space->data, &result);
	if (result.length && result.data[result.length - 1] == '\n')
		result.data[--result.length] = 0;
	text_free(space);
	*space = result;
}

bool sed_substitute(struct sed_command *command, struct text *space)
{
	const struct pattern *pattern = sed_resolve(command->pattern);
	regmatch_t groups[10];
	struct text result = {0};
	const char *line = space->data;
	size_t at = 0, length = space->length;
	unsigned long count = 0;
	bool changed = false, after_match = false;
	text_string(&result, "");
	while (at <= length && pattern_find(pattern, line, at, 10, groups)) {
		size_t start = (size_t)groups[0].rm_so, end = (size_t)groups[0].rm_eo;
		text_add(&result, line + at, start - at);
		/* An empty match right after a match is none. */
		bool counts = !(start == end && after_match && start == at);
		if (counts && ++count >= command->occurrence) {
			add_replacement(&result, command->replacement, line, groups);
			changed = true;
		} else {
			text_add(&result, line + start, end - start);
		}
		at = end;
		after_match = start != end;
		if (changed && !command->global)
			break;
		if (start == end && at < length) {
			size_t size = character_size(line + at, length - at);
			text_add(&result, line + at, size);
			at += size;
		} else if (start == end) {
			break;
		}
	}
	if (at < length)
		text_add(&result, line + at, length - at);
	if (!changed) {
		text_free(&result);
		return false;
	}
	text_free(space);
	*space = result;
	if (command->executes)
		sed_execute_space(space);
	if (command->print)
		sed_put(sed_out(), space->data, space->length, sed_line_ended);
	if (command->output)
		sed_put(command->output->file == stdout ? sed_out() : command->output->file, space->data, space->length, sed_line_ended);
	return true;
}

/* y: one character for another. */
void sed_map(const struct sed_pair *map, struct text *space)
{
	struct text result = {0};
	text_string(&result, "");
	for (size_t at = 0, size; at < space->length; at += size) {
		const char *character = space->data + at;
		size = character_size(character, space->length - at);
		const struct sed_pair *pair = map;
		while (pair->from && !(pair->from_size == size && !memcmp(pair->from, character, size)))
			pair++;
		text_add(&result, pair->from ? pair->to : character, pair->from ? pair->to_size : size);
	}
	text_free(space);
	*space = result;
}
