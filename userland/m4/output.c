/* Where m4's text goes: to standard output, or to a diversion that is put out later. */
#include <stdlib.h>
#include <string.h>

#include "m4.h"

struct diversion {
	struct diversion *next; /* by number */
	long number;
	struct text text;
};

static struct diversion *diversions, *current;
static long current_number;
bool m4_writes_lines;
static bool at_line_start = true;
static long output_line; /* that the reader would take the next line for */
static char *output_file; /* and of which file; null: it does not know */

static struct diversion *find(long number, bool make)
{
	struct diversion **place = &diversions;
	while (*place && (*place)->number < number)
		place = &(*place)->next;
	if (*place && (*place)->number == number)
		return *place;
	if (!make)
		return NULL;
	struct diversion *diversion = allocate(sizeof *diversion);
	*diversion = (struct diversion){.next = *place, .number = number};
	return *place = diversion;
}

void m4_divert(long number)
{
	current_number = number;
	current = number > 0 ? find(number, true) : NULL;
	free(output_file);
	output_file = NULL; /* what is put out later has to say it anew */
}

long m4_diversion(void)
{
	return current_number;
}

static void write_bytes(const char *text, size_t length)
{
	if (current_number < 0 || !length)
		return;
	if (current)
		text_add(&current->text, text, length);
	else if (fwrite(text, 1, length, stdout) != length)
		err(1, "write error");
}

/* #line where the next line of the output is not the one behind the last. */
static void write_directive(long line)
{
	bool is_new = !output_file || strcmp(output_file, m4_file());
	if (line == output_line && !is_new)
		return;
	char *directive = is_new ? format_text("#line %ld \"%s\"\n", line, m4_file()) : format_text("#line %ld\n", line);
	write_bytes(directive, strlen(directive));
	free(directive);
	if (is_new) {
		free(output_file);
		output_file = duplicate(m4_file());
	}
	output_line = line;
}

void m4_put(const char *text, size_t length, long line)
{
	if (!m4_writes_lines || current_number < 0) {
		write_bytes(text, length);
		return;
	}
	for (size_t i = 0; i < length; i++) {
		if (at_line_start)
			write_directive(line);
		write_bytes(text + i, 1);
		at_line_start = text[i] == '\n';
		output_line += at_line_start;
		line += at_line_start;
	}
}

void m4_undivert(long number)
{
	struct diversion *diversion = find(number, false);
	if (number <= 0 || !diversion || diversion == current)
		return;
	struct text text = diversion->text;
	diversion->text = (struct text){0};
	write_bytes(text.data ? text.data : "", text.length);
	text_free(&text);
}

void m4_undivert_all(void)
{
	for (struct diversion *diversion = diversions; diversion; diversion = diversion->next)
		m4_undivert(diversion->number);
}

void m4_flush(void)
{
	if (fflush(stdout))
		err(1, "write error");
}
