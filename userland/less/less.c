/*
 * less: show text a screen at a time
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/more.html (less does more)
 *
 * Usage: less [-FiNRSX] [+LINE | +/PATTERN | +F] [FILE]...
 * Shows the files, or standard input. If standard output is no terminal, copies them.
 *   -F  leave at once if all fits on one screen     -N  line numbers
 *   -i  searches ignore case                        -S  cut long lines, do not wrap them
 *   -R  let colours through                         -X  leave the last screen visible
 *   -e, -E  accepted    -I  as -i    -r  as -R
 * Keys: h shows them all; the most important: space b j k g G /PATTERN n N q.
 */
#include <ctype.h>
#include <fcntl.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "keys.h"
#include "pager.h"

enum { STEP = 16 };

static struct {
	struct view view;
	int terminal; /* where keys come from */
	char **files;
	int file_count, file;
	int number; /* typed before a command; 0: none */
	bool backwards; /* the last search */
	char message[200];
	bool on_other_screen;
} pager;

static void measure(void)
{
	int rows;
	terminal_size(1, &pager.view.columns, &rows);
	pager.view.rows = rows > 1 ? rows - 1 : 1;
}

static void leave_screen(void)
{
	const char *sequence = pager.on_other_screen ? "\033[?1049l" : "\r\033[K";
	if (write(1, sequence, strlen(sequence)) < 0)
		warn("write error");
	end_raw_mode();
}

static void enter_screen(void)
{
	start_raw_mode(pager.terminal);
	pager.on_other_screen = !pager.view.options.stays_on_screen;
	const char *sequence = pager.on_other_screen ? "\033[?1049h" : "\033[2J";
	if (write(1, sequence, strlen(sequence)) < 0)
		warn("write error");
}

static void scroll_to(struct place place)
{
	pager.view.top = place;
}

static void scroll(int rows)
{
	struct view *view = &pager.view;
	for (; rows > 0 && !at_end(view); rows--)
		move_down(view, &view->top);
	for (; rows < 0 && move_up(view, &view->top); rows++)
		continue;
}

static void go_to_line(int line)
{
	struct view *view = &pager.view;
	if (line < 0)
		line = 0;
	if (!has_line(&view->document, line)) {
		scroll_to(last_top(view));
		return;
	}
	scroll_to((struct place){line, 0});
}

static void go_to_percent(int percent)
{
	read_to_end(&pager.view.document);
	go_to_line((int)((long long)pager.view.document.count * percent / 100));
}

static bool line_matches(int line)
{
	size_t length;
	const char *text = line_text(&pager.view.document, line, &length);
	char *copy = duplicate_range(text, length);
	bool matches = regular_find(&pager.view.pattern, copy, 0, NULL, 0) == 0;
	free(copy);
	return matches;
}

static void find_match(bool backwards, int count)
{
	struct view *view = &pager.view;
	int step = backwards ? -1 : 1;
	if (!view->has_pattern) {
		snprintf(pager.message, sizeof pager.message, "No previous regular expression");
		return;
	}
	for (int line = view->top.line + step; line >= 0 && has_line(&view->document, line);
		 line += step) {
		if (!line_matches(line) || --count > 0)
			continue;
		scroll_to((struct place){line, 0});
		return;
	}
	snprintf(pager.message, sizeof pager.message, "Pattern not found");
}

static void set_pattern(const char *pattern)
{
	char reason[100];
	struct view *view = &pager.view;
	if (view->has_pattern)
		regfree(&view->pattern);
	int flags = REG_EXTENDED | (view->options.ignores_case ? REG_ICASE : 0);
	int error = regular_compile(&view->pattern, pattern, flags);
	view->has_pattern = error == 0;
	if (error) {
		regerror(error, &view->pattern, reason, sizeof reason);
		snprintf(pager.message, sizeof pager.message, "%s", reason);
	}
}

static void search(bool backwards)
{
	char *pattern = prompt_line(pager.terminal, pager.view.rows + 1, backwards ? "?" : "/");
	if (pattern && *pattern)
		set_pattern(pattern);
	if (pattern && pager.view.has_pattern) {
		pager.backwards = backwards;
		bool here = !backwards && has_line(&pager.view.document, pager.view.top.line) &&
		            pager.view.top.line == 0 && line_matches(0);
		if (!here)
			find_match(backwards, pager.number ? pager.number : 1);
	}
	free(pattern);
}

static void filter(void)
{
	char *pattern = prompt_line(pager.terminal, pager.view.rows + 1, "&/");
	const char *problem = pattern ? show_matching(&pager.view, pattern) : NULL;
	if (problem)
		snprintf(pager.message, sizeof pager.message, "%s", problem);
	free(pattern);
}

static bool open_file(int index)
{
	struct document document;
	if (!open_document(&document, pager.file_count ? pager.files[index] : NULL))
		return false;
	show_all_lines(&pager.view);
	close_document(&pager.view.document);
	pager.view.document = document;
	pager.view.top = (struct place){0, 0};
	pager.file = index;
	return true;
}

static void switch_file(int step)
{
	int index = pager.file + step;
	if (index < 0 || index >= pager.file_count)
		snprintf(pager.message, sizeof pager.message, "No %s file", step > 0 ? "next" : "previous");
	else if (!open_file(index))
		snprintf(pager.message, sizeof pager.message, "%s: cannot be read", pager.files[index]);
	else
		snprintf(pager.message, sizeof pager.message, "%s (file %d of %d)", pager.files[index],
				 index + 1, pager.file_count);
}

/* False if `:q`. */
static bool colon_command(void)
{
	fprintf(stderr, "\r\033[%d;1H:\033[K", pager.view.rows + 1);
	int key = read_key(pager.terminal, NULL);
	if (key == 'n' || key == 'p')
		switch_file(key == 'n' ? 1 : -1);
	return key != 'q';
}

static void switch_option(void)
{
	struct options *options = &pager.view.options;
	fprintf(stderr, "\r\033[%d;1H-\033[K", pager.view.rows + 1);
	int key = read_key(pager.terminal, NULL);
	bool *option = key == 'N' ? &options->numbers
	             : key == 'S' ? &options->chops
	             : key == 'R' ? &options->raw
	             : key == 'i' ? &options->ignores_case
	                          : NULL;
	if (!option) {
		snprintf(pager.message, sizeof pager.message, "There is no such option");
		return;
	}
	*option = !*option;
	pager.view.top.row = pager.view.left = 0;
	snprintf(pager.message, sizeof pager.message, "-%c is %s", key, *option ? "on" : "off");
}

static void tell_place(void)
{
	struct view *view = &pager.view;
	int last = last_line_shown(view);
	read_to_end(&view->document);
	int count = view->document.count;
	snprintf(pager.message, sizeof pager.message, "%.100s lines %d-%d/%d %d%%",
			 view->document.name ? view->document.name : "(standard input)", view->top.line + 1,
			 last + 1, count, count ? (last + 1) * 100 / count : 100);
}

static void edit_file(void)
{
	if (!pager.view.document.name)
		return;
	leave_screen();
	char *command =
		format_text("${EDITOR:-vi} +%d '%s'", pager.view.top.line + 1, pager.view.document.name);
	struct place top = pager.view.top;
	int status = system(command);
	free(command);
	enter_screen();
	open_file(pager.file);
	go_to_line(top.line);
	if (status)
		snprintf(pager.message, sizeof pager.message, "the editor ended with status %d",
				 status >> 8);
}

/* False: leave. */
static bool run_key(int key)
{
	struct view *view = &pager.view;
	int count = pager.number ? pager.number : 1;
	int screen = pager.number ? pager.number : view->rows,
		half = pager.number ? pager.number : view->rows / 2;
	switch (key) {
	case ' ':
	case 'f':
	case CONTROL('f'):
	case CONTROL('v'):
	case KEY_PAGE_DOWN: scroll(screen); break;
	case 'b': case CONTROL('b'): case KEY_ALT + 'v': case KEY_PAGE_UP: scroll(-screen); break;
	case 'j': case 'e': case '\r': case '\n': case CONTROL('e'): case CONTROL('n'): case KEY_DOWN:
		scroll(count);
		break;
	case 'k': case 'y': case CONTROL('y'): case CONTROL('p'): case CONTROL('k'): case KEY_UP:
		scroll(-count);
		break;
	case 'd': case CONTROL('d'): scroll(half); break;
	case 'u': case CONTROL('u'): scroll(-half); break;
	case 'g': case '<': case KEY_HOME: case KEY_ALT + '<': go_to_line(count - 1); break;
	case 'G': case '>': case KEY_END: case KEY_ALT + '>':
		if (pager.number)
			go_to_line(count - 1);
		else
			scroll_to(last_top(view));
		break;
	case 'p': case '%': go_to_percent(pager.number); break;
	case KEY_RIGHT: view->left += view->options.chops ? STEP : 0; break;
	case KEY_LEFT: view->left -= view->left > STEP ? STEP : view->left; break;
	case '/': case '?': search(key == '?'); break;
	case '&': filter(); break;
	case 'F': follow_file(view, pager.terminal); break;
	case 'n': find_match(pager.backwards, count); break;
	case 'N': find_match(!pager.backwards, count); break;
	case '-': switch_option(); break;
	case '=': case CONTROL('g'): tell_place(); break;
	case CONTROL('z'):
		leave_screen();
		kill(0, SIGTSTP);
		enter_screen();
		break;
	case 'h': case 'H': show_help(pager.terminal); break;
	case 'v': edit_file(); break;
	case ':': return colon_command();
	case 'q': case 'Q': case CONTROL('c'): case KEY_END_OF_INPUT: return false;
	case 'Z': return read_key(pager.terminal, NULL) != 'Z';
	default: break;
	}
	return true;
}

static void show(void)
{
	struct view *view = &pager.view;
	char prompt[300];
	bool end = at_end(view), standout = end || *pager.message;
	if (*pager.message)
		snprintf(prompt, sizeof prompt, "%s", pager.message);
	else if (end)
		snprintf(prompt, sizeof prompt, "(END)");
	else
		snprintf(prompt, sizeof prompt, ":");
	draw(view, prompt, standout);
	*pager.message = 0;
}

static void page(bool follows)
{
	enter_screen();
	if (follows)
		follow_file(&pager.view, pager.terminal);
	bool goes_on = true;
	while (goes_on) {
		show();
		int key = read_key(pager.terminal, NULL);
		while (isdigit(key)) {
			pager.number = pager.number % 10000000 * 10 + key - '0';
			fprintf(stderr, "\r\033[%d;1H:%d\033[K", pager.view.rows + 1, pager.number);
			key = read_key(pager.terminal, NULL);
		}
		measure();
		goes_on = run_key(key);
		pager.number = 0;
	}
	leave_screen();
}

static void parse_options(int argc, char **argv)
{
	struct options *options = &pager.view.options;
	for (int option; (option = next_option(argc, argv, "FiINRrSXEe")) != -1;) {
		options->quits_if_short |= option == 'F';
		options->ignores_case |= option == 'i' || option == 'I';
		options->numbers |= option == 'N';
		options->raw |= option == 'R' || option == 'r';
		options->chops |= option == 'S';
		options->stays_on_screen |= option == 'X';
	}
}

static int copy_all(void)
{
	int status = 0;
	for (int i = 0; i == 0 || i < pager.file_count; i++) {
		if (!open_file(i)) {
			status = 1;
			continue;
		}
		print_text(&pager.view);
	}
	return status;
}

int main(int argc, char **argv)
{
	char *start = NULL;
	int kept = 1;
	for (int i = 1; i < argc; i++) { /* +LINE and +/PATTERN are no options of getopt */
		if (argv[i][0] == '+')
			start = argv[i] + 1;
		else
			argv[kept++] = argv[i];
	}
	argv[kept] = NULL;
	parse_options(kept, argv);
	pager.files = argv + optind;
	pager.file_count = kept - optind;
	if (!pager.file_count && isatty(0))
		usage_error("missing file name");
	if (!isatty(1))
		return copy_all();
	pager.terminal = isatty(0) ? 0 : open("/dev/tty", O_RDWR | O_CLOEXEC);
	if (pager.terminal < 0)
		pager.terminal = 2;
	int first = 0;
	while (!open_file(first))
		if (++first >= pager.file_count)
			return 1;
	measure();
	if (start && *start == '/') {
		set_pattern(start + 1);
		if (pager.view.has_pattern && !(has_line(&pager.view.document, 0) && line_matches(0)))
			find_match(false, 1);
	} else if (start) {
		go_to_line(*start == 'G' ? 1 << 30 : atoi(start) - 1);
	}
	if (pager.view.options.quits_if_short && pager.file_count < 2 && at_end(&pager.view) &&
		!start) {
		print_text(&pager.view);
		return 0;
	}
	page(start && *start == 'F');
	return 0;
}
