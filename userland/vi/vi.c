/*
 * vi: edit text on the whole screen
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/vi.html
 *
 * Usage: vi [+COMMAND | -c COMMAND] [-R] [FILE]...
 * Edits FILE. COMMAND is an ex command to begin with, as +12 (line 12) or +/PATTERN.
 *   -R  read only: writing needs w!
 * Leave with :wq (or ZZ), or with :q! to drop the changes. i a o begin to insert, Escape ends it.
 * Move: h j k l w b e 0 ^ $ gg G f t % { } / ? n N ^F ^B.  Change: x dd dw D cc cw C s r J ~ > < .
 * Copy: yy yw p P "a. Undo: u, redo: ^R. Ex: :w :q :e :r :s///g :g// :d :m :set nu ic ai sw= ts=
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
} recorded, repeated, pending;
static int pending_index;
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

int get_key(void)
{
	if (pending_index < pending.count)
		return pending.items[pending_index++];
	if (is_repeating)
		return KEY_ESCAPE; /* what is repeated ends here */
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
}

void complain(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	vsnprintf(editor.message, sizeof editor.message, format, arguments);
	va_end(arguments);
	editor.is_error = true;
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
	       strchr("iaoOIAxXdDcCsSrRJpP~<>&", keys->items[i]);
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
	for (int option; (option = next_option(kept, argv, "c:R")) != -1;) {
		if (option == 'c')
			command = optarg;
		else
			set_read_only();
	}
	if (!isatty(0) || !isatty(1))
		errx(1, "standard input and output must be a terminal");
	buffer_insert(0, "", 0);
	buffer.has_no_lines = true;
	buffer.modified = false;
	set_files(argv + optind, kept - optind);
	signal(SIGTERM, stop);
	signal(SIGHUP, stop);
	start_screen();
	open_first(argv[optind], command);
	while (!editor.done) {
		run_typed_command();
		keep_cursor_inside();
	}
	end_screen();
	return editor.status;
}
