/*
 * vi: edit text on the whole screen
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/vi.html
 *
 * Aliases: ex
 *
 * Usage: vi [+COMMAND | -c COMMAND] [-eR] [-w SIZE] [FILE]...
 *        ex [+COMMAND | -c COMMAND] [-Rs | -v] [FILE]...
 * Edits FILE. COMMAND is an ex command to begin with, as +12 (line 12) or +/PATTERN.
 *   -e  as ex: commands from standard input, line by line; a, i and c take text up to a line with a period
 *   -R  read only: writing needs w!
 *   -s  ex for scripts: no messages but those of errors, no settings from EXINIT or .exrc
 *   -v  as vi
 *   -w  (vi) is taken and ignored
 * Leave with :wq (or ZZ), or with :q! to drop the changes. i a o begin to insert, Escape ends it.
 * Move: h j k l w b e 0 ^ $ gg G f t % { } ( ) [[ ]] / ? n N ^F ^B.  Change: x dd dw D cc cw C s r R J ~ > < ! .
 * Copy: yy yw p P "a, "1 to "9 are what was deleted. Undo: u, the line: U, redo: ^R. @a: the keys in register a.
 * Ex: :w :q :e :n :rew :args :r :w !cmd :!cmd :1,3!cmd :s///gc :& :~ :g// :d :m :t :j :pu :p :l :nu := :map :ab :so :cd :sh
 * :set nu ic ai ws et list sw= ts=. Commands at the start: EXINIT, or ~/.exrc. % and # are the names of this file and the last.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "vi.h"

struct editor editor = {
	.wanted = -1,
	.options = {.wrap_scan = true, .shift_width = 8, .tab_stop = 8},
};

/* Keys of the command that runs, for `.`, and keys to be read before the terminal's. */
static struct keys {
	int *items;
	int count, capacity;
} recorded, repeated, pending, typed; /* typed: what maps and @ stand for, as if it came from the terminal */
static int pending_index, typed_index;
static bool is_repeating;

static void add_key(struct keys *keys, int key)
{
	if (keys->count == keys->capacity) {
		keys->capacity = keys->capacity * 2 + 32;
		keys->items = reallocate(keys->items, (size_t)keys->capacity * sizeof(int));
	}
	keys->items[keys->count++] = key;
}

void push_keys(const int *keys, int count)
{
	struct keys rest = {0};
	for (int i = 0; i < count; i++)
		add_key(&rest, keys[i]);
	for (; pending_index < pending.count; pending_index++)
		add_key(&rest, pending.items[pending_index]);
	free(pending.items);
	pending = rest;
	pending_index = 0;
}

void drop_pushed_keys(void)
{
	pending.count = pending_index = 0;
}

void type_keys(const int *keys, int count)
{
	if (typed_index == typed.count)
		typed.count = typed_index = 0;
	for (int i = 0; i < count; i++)
		add_key(&typed, keys[i]);
}

static int read_terminal(void)
{
	static int held = KEY_NONE; /* what followed an Escape at once */
	int key = held;
	held = KEY_NONE;
	while (key == KEY_NONE) {
		if (editor.mode != MODE_COMMAND || !recorded.count)
			draw_screen();
		key = read_key(0, NULL);
		measure_screen();
	}
	if (key > KEY_ALT) {
		held = key - KEY_ALT;
		key = KEY_ESCAPE;
	}
	return key;
}

/* Keys of the terminal, until they are a map's or can be none. */
static int read_mapped(void)
{
	int keys[64], count = 0, result_count;
	bool more = true, begins_command = editor.mode == MODE_COMMAND && !recorded.count;
	bool takes_maps = begins_command || editor.mode == MODE_INSERT;
	while (count < 64 && more) {
		keys[count++] = read_terminal();
		const int *result = takes_maps ? find_map(editor.mode == MODE_INSERT, keys, count, &result_count, &more) : NULL;
		more &= takes_maps;
		if (result) {
			type_keys(result, result_count);
			return KEY_NONE;
		}
	}
	type_keys(keys + 1, count - 1);
	return keys[0];
}

int get_key(void)
{
	if (pending_index < pending.count)
		return pending.items[pending_index++];
	if (is_repeating)
		return KEY_ESCAPE; /* what is repeated ends here */
	int key = KEY_NONE;
	while (key == KEY_NONE)
		key = typed_index < typed.count ? typed.items[typed_index++] : read_mapped();
	add_key(&recorded, key);
	return key;
}

void tell(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(editor.message, sizeof editor.message, format, arguments);
	va_end(arguments);
	editor.is_error = false;
	if (editor.is_line_mode)
		say_line(editor.message, false);
}

void complain(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(editor.message, sizeof editor.message, format, arguments);
	va_end(arguments);
	editor.is_error = true;
	if (editor.is_line_mode)
		say_line(editor.message, true);
}

void keep_cursor_inside(void)
{
	struct position *at = &editor.cursor;
	if (at->line >= buffer.count)
		at->line = buffer.count - 1;
	int length = buffer.lines[at->line].length;
	if (at->column >= length) {
		struct position end = {at->line, length};
		at->column = length ? previous_character(end) : 0;
	}
}

/* True for keys whose command `.` repeats. */
static bool is_change(const struct keys *keys)
{
	int i = 0;
	while (i < keys->count &&
		   ((keys->items[i] >= '0' && keys->items[i] <= '9') || keys->items[i] == '"'))
		i += keys->items[i] == '"' ? 2 : 1;
	return i < keys->count && keys->items[i] < 128 && keys->items[i] &&
	       strchr("iaoOIAxXdDcCsSrRJpP~<>&!", keys->items[i]);
}

static void repeat_change(void)
{
	push_keys(repeated.items, repeated.count);
	is_repeating = true;
	run_command();
	is_repeating = false;
	drop_pushed_keys();
}

/* One command from the keyboard. */
static void run_typed_command(void)
{
	recorded.count = 0;
	int key = get_key();
	if (key == '.' && repeated.count) {
		repeat_change();
		return;
	}
	push_keys(&key, 1);
	run_command();
	if (is_change(&recorded)) {
		struct keys swap = repeated;
		repeated = recorded;
		recorded = swap;
	}
}

static void stop(int number)
{
	end_screen();
	_exit(128 + number);
}

/* What EXINIT says, or the file .exrc in the home folder. */
static void read_settings(void)
{
	const char *commands = getenv("EXINIT"), *home = getenv("HOME");
	char *file = home ? format_text("%s/.exrc", home) : NULL, *line = NULL;
	if (commands)
		run_ex(commands);
	else if (file && access(file, R_OK) == 0)
		run_ex(line = format_text("source %s", file));
	free(line);
	free(file);
}

static void open_first(const char *name, const char *command)
{
	char *line = name ? format_text("e %s", name) : NULL;
	if (line)
		run_ex(line);
	free(line);
	if (command)
		run_ex(*command ? command : "$");
	keep_cursor_inside();
}

int main(int argc, char **argv)
{
	const char *command = NULL;
	int kept = 1;
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '+')
			command = argv[i] + 1;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	editor.is_line_mode = !strcmp(program_name(), "ex");
	for (int option; (option = next_option(kept, argv, "c:eRsvw:")) != -1;) {
		switch (option) {
		case 'c': command = optarg; break;
		case 'e': editor.is_line_mode = true; break;
		case 'R': set_read_only(); break;
		case 's': editor.is_silent = true; break;
		case 'v': editor.is_line_mode = false; break;
		default: break;
		}
	}
	if (!editor.is_line_mode && (!isatty(0) || !isatty(1)))
		errx(1, "standard input and output must be a terminal");
	buffer_insert(0, "", 0);
	buffer.has_no_lines = true;
	buffer.modified = false;
	set_files(argv + optind, kept - optind);
	signal(SIGTERM, stop);
	signal(SIGHUP, stop);
	if (!editor.is_line_mode)
		start_screen();
	if (!editor.is_silent)
		read_settings();
	open_first(argv[optind], command);
	if (editor.is_line_mode && !command && !buffer.has_no_lines)
		editor.cursor.line = buffer.count - 1;
	while (!editor.done) {
		if (editor.is_line_mode) {
			run_line_command();
		} else {
			run_typed_command();
			keep_cursor_inside();
		}
	}
	if (!editor.is_line_mode)
		end_screen();
	return editor.status;
}
