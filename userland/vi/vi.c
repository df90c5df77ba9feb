/*
 * vi: edit text on the whole screen
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/vi.html
 *
 * Aliases: ex
 *
 * Usage: vi [+COMMAND | -c COMMAND] [-eR] [-r | -t NAME] [-w SIZE] [FILE]...
 *        ex [+COMMAND | -c COMMAND] [-R] [-s | -v] [-r | -t NAME] [-w SIZE] [FILE]...
 * Edits FILE. COMMAND is an ex command to begin with, as +12 (line 12) or +/PATTERN.
 *   -e  as ex: commands from standard input, line by line; a, i and c take text up to a line with a period
 *   -R  read only: writing needs w!
 *   -r  FILE as it was edited when the editor was killed; without FILE: which files there are of these
 *   -s  ex for scripts: no messages but those of errors, no settings from EXINIT or .exrc
 *   -t  begin where NAME is defined, as the file tags says (see ctags)
 *   -v  as vi
 *   -w  lines that ^F and ^B move by
 * Leave with :wq (or ZZ), or with :q! to drop the changes. i a o begin to insert, Escape ends it.
 * Move: h j k l w b e 0 ^ $ gg G f t % { } ( ) [[ ]] / ? n N ^F ^B.  Change: x dd dw D cc cw C s r R J ~ > < ! .
 * Copy: yy yw p P "a, "1 to "9 are what was deleted. Undo: u, the line: U, redo: ^R.
 * Keys that are typed again: qa to q keeps them in register a, @a types them, @@ once more; :reg shows the registers.
 * ^] goes to where the name at the cursor is defined, ^T back (ctags).
 * Ex: :w :q :e :n :rew :args :r :w !cmd :!cmd :1,3!cmd :s///gc :& :~ :g// :d :m :t :j :pu :p :l :nu := :z :map :ab :so :cd :sh :ta :pre :rec
 * :set all shows the options: nu ic ai sm ws aw list ro sw= ts= wm= tags= and more. Commands at the start: EXINIT, or ~/.exrc. % and # are
 * the names of this file and the last.
 */
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "vi.h"

struct editor editor = {
	.wanted = -1,
	.options = {.wrap_scan = true, .auto_print = true, .magic = true, .mesg = true, .prompt = true, .remap = true, .show_mode = true,
				.warn = true, .shift_width = 8, .tab_stop = 8, .report = 5},
};

static void put_message(const char *format, va_list arguments, bool is_error)
{
	vsnprintf(editor.message, sizeof editor.message, format, arguments);
	editor.is_error = is_error;
	if (editor.is_line_mode)
		say_line(editor.message, is_error);
}

void tell(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	put_message(format, arguments, false);
	va_end(arguments);
}

void complain(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	put_message(format, arguments, true);
	va_end(arguments);
	if (editor.options.error_bells && !editor.is_line_mode && write(1, "\a", 1) < 0)
		editor.done = true;
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

static bool is_same_file(const char *a, const char *b)
{
	struct stat first, second;
	return stat(a, &first) == 0 && stat(b, &second) == 0 && first.st_ino == second.st_ino && first.st_dev == second.st_dev;
}

static bool is_own_file(const char *name)
{
	struct stat about;
	return stat(name, &about) == 0 && about.st_uid == geteuid() && !(about.st_mode & (S_IWGRP | S_IWOTH));
}

static void read_file_of_settings(const char *name)
{
	char *line = format_text("source %s", name);
	if (access(name, R_OK) == 0)
		run_ex(line);
	free(line);
}

/* What EXINIT says, or the file .exrc in the home folder; with exrc also that of the current folder, if nobody else can write it. */
static void read_settings(void)
{
	const char *commands = getenv("EXINIT"), *home = getenv("HOME");
	char *file = home ? format_text("%s/.exrc", home) : duplicate("");
	if (commands)
		run_ex(commands);
	else
		read_file_of_settings(file);
	bool is_home = home && is_same_file(home, ".");
	if (editor.options.exrc && !is_home && is_own_file(".exrc"))
		read_file_of_settings(".exrc");
	free(file);
}

/* The first file, what was kept of it, or that of a tag. */
static void open_first(const char *name, const char *command, const char *tag, bool recovers)
{
	char *line = tag ? format_text("tag! %s", tag) : name ? format_text(recovers ? "recover! %s" : "e %s", name) : NULL;
	if (line)
		run_ex(line);
	free(line);
	if (command)
		run_ex(*command ? command : "$");
	keep_cursor_inside();
}

static void start(void)
{
	struct sigaction action = {.sa_handler = stop_by_signal}; /* read() is to end */
	sigaction(SIGTERM, &action, NULL);
	sigaction(SIGHUP, &action, NULL);
	terminal_size(1, &editor.columns, &editor.rows);
	start_options();
	if (!editor.is_line_mode)
		start_screen();
	if (!editor.is_silent)
		read_settings();
	editor.options.read_only |= editor.is_viewing;
}

int main(int argc, char **argv)
{
	const char *command = NULL, *tag = NULL, *window = NULL;
	int kept = 1;
	bool recovers = false;
	for (int i = 1; i < argc; i++) {
		if (argv[i][0] == '+')
			command = argv[i] + 1;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	editor.is_line_mode = !strcmp(program_name(), "ex");
	buffer_insert(0, "", 0);
	buffer.has_no_lines = true;
	buffer.modified = false;
	for (int option; (option = next_option(kept, argv, "c:eRrst:vw:")) != -1;) {
		switch (option) {
		case 'c': command = optarg; break;
		case 'e': editor.is_line_mode = true; break;
		case 'R': editor.is_viewing = true; break;
		case 'r': recovers = true; break;
		case 's': editor.is_silent = true; break;
		case 't': tag = optarg; break;
		case 'v': editor.is_line_mode = false; break;
		default: window = optarg; break;
		}
	}
	if (recovers && !argv[optind]) {
		editor.is_line_mode = editor.is_silent = true;
		start_options();
		read_settings();
		list_copies();
		return 0;
	}
	if (!editor.is_line_mode && (!isatty(0) || !isatty(1)))
		errx(1, "standard input and output must be a terminal");
	set_files(argv + optind, kept - optind);
	start();
	char *line = window ? format_text("set window=%s", window) : NULL;
	if (line)
		run_ex(line);
	free(line);
	open_first(argv[optind], command, tag, recovers);
	if (editor.is_line_mode && !command && !tag && !buffer.has_no_lines)
		editor.cursor.line = buffer.count - 1;
	while (!editor.done) {
		if (editor.is_line_mode) {
			run_line_command();
		} else {
			run_typed_command();
			keep_cursor_inside();
		}
	}
	drop_copy();
	if (!editor.is_line_mode)
		end_screen();
	return editor.status;
}
