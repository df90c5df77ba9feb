/* Lines of roff that depend on a condition or define something. */
#include <string.h>

#include "renderer.h"

/* Passes over lines up to ".." or what ends the definition. */
void man_skip_definition(struct renderer *renderer)
{
	while (renderer->at < renderer->end) {
		const char *line = renderer->at, *end = memchr(line, '\n', (size_t)(renderer->end - line));
		end = end ? end : renderer->end;
		renderer->at = end < renderer->end ? end + 1 : renderer->end;
		if (end - line == 2 && !memcmp(line, "..", 2))
			return;
	}
}

/* Passes over a block \{ ... \}, whose first line is `line`. */
static void skip_block(struct renderer *renderer, const char *line, const char *end)
{
	int depth = 0;
	for (;;) {
		for (; line + 1 < end; line++) {
			if (line[0] == '\\')
				depth += (line[1] == '{') - (line[1] == '}');
		}
		if (depth <= 0 || renderer->at >= renderer->end)
			return;
		line = renderer->at;
		end = memchr(line, '\n', (size_t)(renderer->end - line));
		end = end ? end : renderer->end;
		renderer->at = end < renderer->end ? end + 1 : renderer->end;
	}
}

/* .if n ..., .ie t ..., .el ...: only "n" (nroff) and "!t" hold. */
void man_condition(struct renderer *renderer, const char *macro, const char *at, const char *end)
{
	static bool last_held;
	bool holds = !last_held;
	while (at < end && *at == ' ')
		at++;
	if (strcmp(macro, "el")) {
		const char *word = at;
		while (at < end && *at != ' ')
			at++;
		holds = at - word == 1 ? *word == 'n' : at - word == 2 && !memcmp(word, "!t", 2);
		last_held = holds;
		while (at < end && *at == ' ')
			at++;
	} else {
		last_held = true;
	}
	if (!holds) {
		skip_block(renderer, at, end);
		return;
	}
	if (end - at >= 2 && !memcmp(at, "\\{", 2))
		at += 2;
	if (at < end && *at == '\\' && at + 1 == end)
		at = end;
	if (at < end)
		man_take_line(renderer, at, end);
}
