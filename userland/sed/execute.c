/* The executor of sed scripts: cycles over input lines, pattern and hold space. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "files.h"
#include "sed.h"
#include "tools.h"

static struct text pattern_space, hold_space;
static struct pattern *last_pattern;

struct queued {
	struct queued *next;
	char *text;
	bool is_file;
};
static struct queued *queue, **queue_end = &queue;

struct pattern *sed_resolve(struct pattern *pattern)
{
	if (!pattern && !last_pattern)
		errx(1, "no previous regular expression");
	return last_pattern = pattern ? pattern : last_pattern;
}

static bool matches(const struct sed_address *address)
{
	switch (address->kind) {
	case SED_LINE: return sed_line_number == address->first;
	case SED_LAST: return sed_is_last();
	case SED_PATTERN: return pattern_find(sed_resolve(address->pattern), pattern_space.data, 0, 0, NULL);
	case SED_STEP: return address->step ? sed_line_number >= address->first && (sed_line_number - address->first) % address->step == 0 : sed_line_number == address->first;
	default: return false;
	}
}

/* True if the range goes on after this line; `starting` on its first line. */
static bool range_continues(struct sed_command *command, bool starting)
{
	const struct sed_address *end = command->addresses[1];
	switch (end->kind) {
	case SED_LINE: return sed_line_number < end->first;
	case SED_PLUS: return starting ? (command->range_end = sed_line_number + end->first, end->first > 0) : sed_line_number < command->range_end;
	case SED_MULTIPLE: return end->first && sed_line_number % end->first;
	case SED_PATTERN: return starting || !matches(end);
	default: return !sed_is_last();
	}
}

static bool is_selected(struct sed_command *command)
{
	if (!command->addresses[0])
		return true;
	if (!command->addresses[1])
		return matches(command->addresses[0]);
	if (command->addresses[0]->kind == SED_ZERO && sed_line_number == 1 && !command->range_end) {
		command->in_range = true;
		command->range_end = 1;
	}
	if (command->in_range) {
		const struct sed_address *end = command->addresses[1];
		if (end->kind == SED_LINE && sed_line_number > end->first) {
			command->in_range = false;
			return matches(command->addresses[0]);
		}
		command->in_range = range_continues(command, false);
		return true;
	}
	if (!matches(command->addresses[0]))
		return false;
	command->in_range = range_continues(command, true);
	return true;
}

/* l: unambiguous, folded at the width. */
static void list(int width)
{
	static const char plain[] = "\\\a\b\f\n\r\t\v", letters[] = "\\abfnrtv";
	int column = 0;
	for (size_t i = 0; i < pattern_space.length; i++) {
		unsigned char c = (unsigned char)pattern_space.data[i];
		char text[8];
		const char *found = c ? strchr(plain, c) : NULL;
		if (found)
			snprintf(text, sizeof text, "\\%c", letters[found - plain]);
		else
			snprintf(text, sizeof text, isprint(c) ? "%c" : "\\%03o", c);
		int length = (int)strlen(text);
		if (width > 1 && column + length > width - 1) {
			sed_put(sed_out(), "\\", 1, true);
			column = 0;
		}
		fputs(text, sed_out());
		column += length;
	}
	sed_put(sed_out(), "$", 1, true);
}

static void enqueue(const char *text, bool is_file)
{
	struct queued *entry = allocate(sizeof *entry);
	*entry = (struct queued){NULL, duplicate(text), is_file};
	*queue_end = entry;
	queue_end = &entry->next;
}

/* What a and r have left for the end of the cycle. */
static void flush_queue(void)
{
	while (queue) {
		struct queued *entry = queue;
		if (entry->is_file) {
			size_t length;
			char *data = read_file(entry->text, &length);
			if (data && length)
				sed_put(sed_out(), data, length - (data[length - 1] == '\n'), data[length - 1] == '\n');
			free(data);
		} else {
			sed_put(sed_out(), entry->text, strlen(entry->text) - 1, true);
		}
		queue = entry->next;
		free(entry->text);
		free(entry);
	}
	queue_end = &queue;
}

/* R: the next line of the file, if there is one. */
static void enqueue_line(const struct sed_input *input)
{
	char *line = NULL;
	size_t size = 0;
	ssize_t length = input->file ? getdelim(&line, &size, sed_flag.ending, input->file) : -1;
	if (length > 0) {
		bool has_ending = line[length - 1] == sed_flag.ending;
		char *text = format_text("%.*s\n", (int)length - has_ending, line);
		enqueue(text, false);
		free(text);
	}
	free(line);
}

/* e COMMAND: its output comes before all else. */
static void print_output_of(const char *command)
{
	struct text output = {0};
	text_string(&output, "");
	sed_run(command, &output);
	fwrite(output.data, 1, output.length, sed_out());
	text_free(&output);
}

static void put_first_line(FILE *file)
{
	char *newline = memchr(pattern_space.data, '\n', pattern_space.length);
	sed_put(file, pattern_space.data, newline ? (size_t)(newline - pattern_space.data) : pattern_space.length, true);
}

static void end_cycle(void)
{
	if (!sed_flag.quiet)
		sed_put(sed_out(), pattern_space.data, pattern_space.length, sed_line_ended);
	flush_queue();
}

static noreturn void quit(int status)
{
	sed_end();
	exit(fflush(stdout) ? 4 : status ? status : sed_status);
}

/* Deletes the first line of pattern space. */
static void delete_line(void)
{
	char *newline = memchr(pattern_space.data, '\n', pattern_space.length);
	size_t length = (size_t)(newline + 1 - pattern_space.data);
	memmove(pattern_space.data, newline + 1, pattern_space.length - length + 1);
	pattern_space.length -= length;
}

static void swap_spaces(void)
{
	struct text other = pattern_space;
	pattern_space = hold_space;
	hold_space = other;
}

/* Commands that only change or print the spaces. */
static void act(const struct sed_command *command)
{
	switch (command->name) {
	case '=': fprintf(sed_out(), "%lu\n", sed_line_number); break;
	case 'a': enqueue(command->text, false); break;
	case 'r': enqueue(command->text, true); break;
	case 'i': sed_put(sed_out(), command->text, strlen(command->text) - 1, true); break;
	case 'g': text_clear(&pattern_space), text_add(&pattern_space, hold_space.data, hold_space.length); break;
	case 'G': text_char(&pattern_space, '\n'), text_add(&pattern_space, hold_space.data, hold_space.length); break;
	case 'h': text_clear(&hold_space), text_add(&hold_space, pattern_space.data, pattern_space.length); break;
	case 'H': text_char(&hold_space, '\n'), text_add(&hold_space, pattern_space.data, pattern_space.length); break;
	case 'l': list(command->number); break;
	case 'p': sed_put(sed_out(), pattern_space.data, pattern_space.length, sed_line_ended); break;
	case 'P': put_first_line(sed_out()); break;
	case 'W': put_first_line(command->output->file == stdout ? sed_out() : command->output->file); break;
	case 'F': fprintf(sed_out(), "%s\n", sed_file_name()); break;
	case 'R': enqueue_line(command->input); break;
	case 'e':
		if (*command->text)
			print_output_of(command->text);
		else
			sed_execute_space(&pattern_space);
		break;
	case 'w': sed_put(command->output->file == stdout ? sed_out() : command->output->file, pattern_space.data, pattern_space.length, sed_line_ended); break;
	case 'x': swap_spaces(); break;
	case 'z': text_clear(&pattern_space); break;
	case 'y': sed_map(command->map, &pattern_space); break;
	default: break;
	}
}

enum outcome { PRINTED, DELETED, RESTARTED };

/* One pass of the script over pattern space. */
static enum outcome run_cycle(struct sed_program *program)
{
	bool substituted = false;
	for (size_t i = 0; i < program->count; i++) {
		struct sed_command *command = &program->commands[i];
		if (is_selected(command) == command->negated) {
			if (command->name == '{')
				i = command->target;
			continue;
		}
		switch (command->name) {
		case 'b': i = command->target; break;
		case 't':
		case 'T':
			if (substituted == (command->name == 't'))
				i = command->target;
			substituted = false;
			break;
		case 's': substituted |= sed_substitute(command, &pattern_space); break;
		case 'c':
			if (command->negated || !command->addresses[1] || !command->in_range)
				sed_put(sed_out(), command->text, strlen(command->text) - 1, true);
			return DELETED;
		case 'd': return DELETED;
		case 'D':
			if (!memchr(pattern_space.data, '\n', pattern_space.length))
				return DELETED;
			delete_line();
			return RESTARTED;
		case 'n':
			if (sed_is_last() && !sed_flag.separate) {
				end_cycle();
				quit(0);
			}
			end_cycle();
			if (!sed_take_line(&pattern_space, false))
				quit(0);
			break;
		case 'N':
			flush_queue();
			if (!sed_take_line(&pattern_space, true)) {
				end_cycle();
				if (!sed_flag.separate)
					quit(0);
				return DELETED;
			}
			break;
		case 'q':
			end_cycle();
			quit(command->number);
		case 'Q': quit(command->number);
		default: act(command);
		}
	}
	return PRINTED;
}

int sed_execute(struct sed_program *program, char **operands)
{
	enum outcome outcome = PRINTED;
	text_clear(&hold_space);
	sed_begin(operands);
	while (outcome == RESTARTED || sed_take_line(&pattern_space, false)) {
		outcome = run_cycle(program);
		if (outcome == PRINTED)
			end_cycle();
		else
			flush_queue();
	}
	sed_end();
	return sed_status;
}
