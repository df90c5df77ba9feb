/* The options of vi and ex: their values, and `set`. */
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ex.h"

/* Options that are on or off have a flag; others a number, or a text on the heap. */
static const struct option_row {
	const char *name, *short_name;
	bool *flag;
	int *number;
	char **text;
} options[] = {
	{"autoindent", "ai", &editor.options.auto_indent, NULL, NULL},
	{"autoprint", "ap", &editor.options.auto_print, NULL, NULL},
	{"autowrite", "aw", &editor.options.auto_write, NULL, NULL},
	{"beautify", "bf", &editor.options.beautify, NULL, NULL},
	{"directory", "dir", NULL, NULL, &editor.options.directory},
	{"edcompatible", "ed", &editor.options.ed_compatible, NULL, NULL},
	{"errorbells", "eb", &editor.options.error_bells, NULL, NULL},
	{"expandtab", "et", &editor.options.expand_tab, NULL, NULL},
	{"exrc", "exrc", &editor.options.exrc, NULL, NULL},
	{"ignorecase", "ic", &editor.options.ignore_case, NULL, NULL},
	{"list", "list", &editor.options.list, NULL, NULL},
	{"magic", "magic", &editor.options.magic, NULL, NULL},
	{"mesg", "mesg", &editor.options.mesg, NULL, NULL},
	{"number", "nu", &editor.options.number, NULL, NULL},
	{"paragraphs", "para", NULL, NULL, &editor.options.paragraphs},
	{"prompt", "prompt", &editor.options.prompt, NULL, NULL},
	{"readonly", "ro", &editor.options.read_only, NULL, NULL},
	{"redraw", "redraw", &editor.options.redraw, NULL, NULL},
	{"remap", "remap", &editor.options.remap, NULL, NULL},
	{"report", "report", NULL, &editor.options.report, NULL},
	{"scroll", "scr", NULL, &editor.options.scroll, NULL},
	{"sections", "sect", NULL, NULL, &editor.options.sections},
	{"shell", "sh", NULL, NULL, &editor.options.shell},
	{"shiftwidth", "sw", NULL, &editor.options.shift_width, NULL},
	{"showmatch", "sm", &editor.options.show_match, NULL, NULL},
	{"showmode", "smd", &editor.options.show_mode, NULL, NULL},
	{"slowopen", "slow", &editor.options.slow_open, NULL, NULL},
	{"tabstop", "ts", NULL, &editor.options.tab_stop, NULL},
	{"taglength", "tl", NULL, &editor.options.tag_length, NULL},
	{"tags", "tag", NULL, NULL, &editor.options.tags},
	{"term", "term", NULL, NULL, &editor.options.term},
	{"terse", "terse", &editor.options.terse, NULL, NULL},
	{"warn", "warn", &editor.options.warn, NULL, NULL},
	{"window", "wi", NULL, &editor.options.window, NULL},
	{"wrapmargin", "wm", NULL, &editor.options.wrap_margin, NULL},
	{"wrapscan", "ws", &editor.options.wrap_scan, NULL, NULL},
	{"writeany", "wa", &editor.options.write_any, NULL, NULL},
};
enum { OPTIONS = sizeof options / sizeof *options };

static char *defaults[OPTIONS]; /* as show() wrote each at the start */

static char *show(const struct option_row *option)
{
	if (option->flag)
		return format_text("%s%s", *option->flag ? "" : "no", option->name);
	if (option->number)
		return format_text("%s=%d", option->name, *option->number);
	return format_text("%s=%s", option->name, *option->text);
}

void start_options(void)
{
	const char *shell = getenv("SHELL"), *term = getenv("TERM"), *lines = getenv("LINES");
	editor.options.shell = duplicate(shell && *shell ? shell : "/bin/sh");
	editor.options.term = duplicate(term && *term ? term : "dumb");
	editor.options.directory = duplicate("/var/tmp");
	editor.options.tags = duplicate("tags /usr/lib/tags");
	editor.options.paragraphs = duplicate("IPLPPPQPP LIpplpipbp");
	editor.options.sections = duplicate("NHSHH HUnhsh");
	editor.options.window = lines && atoi(lines) > 0 ? atoi(lines) : editor.rows - 1;
	editor.options.scroll = editor.rows > 2 ? (editor.rows - 1) / 2 : 1;
	for (int i = 0; i < OPTIONS; i++)
		defaults[i] = show(&options[i]);
}

static const struct option_row *find_option(const char *name, size_t length)
{
	for (int i = 0; i < OPTIONS; i++) {
		const char *names[] = {options[i].name, options[i].short_name};
		for (int n = 0; n < 2; n++)
			if (strlen(names[n]) == length && !strncmp(names[n], name, length))
				return &options[i];
	}
	return NULL;
}

void hold_messages(bool holds)
{
	static mode_t before;
	static bool held;
	struct stat about;
	if (holds == held || fstat(1, &about) < 0 || !S_ISCHR(about.st_mode))
		return;
	held = holds;
	if (holds)
		before = about.st_mode & (S_IWGRP | S_IWOTH);
	fchmod(1, holds ? about.st_mode & 07777 & ~(mode_t)(S_IWGRP | S_IWOTH) : (about.st_mode & 07777) | before);
}

static void set_number(const struct option_row *option, const char *text)
{
	char *end;
	long value = strtol(text, &end, 10);
	bool may_be_zero = option->number == &editor.options.wrap_margin || option->number == &editor.options.tag_length ||
					   option->number == &editor.options.report || option->number == &editor.options.window;
	if (end == text || *end || value < !may_be_zero || value > 10000) {
		complain("set: %s takes a number: %.100s", option->name, text);
		return;
	}
	*option->number = (int)value;
	bool is_too_high = option->number == &editor.options.window && (value == 0 || value > editor.rows - 1) && !editor.is_line_mode;
	if (is_too_high)
		editor.options.window = editor.rows - 1;
}

/* A backslash keeps a blank in the text. */
static void set_text(const struct option_row *option, const char *text)
{
	bool takes_pairs = option->text == &editor.options.paragraphs || option->text == &editor.options.sections;
	struct text value = {0};
	text_clear(&value);
	for (; *text; text++) {
		text += *text == '\\' && text[1];
		text_char(&value, *text);
	}
	if (takes_pairs && value.length % 2) {
		complain("set: %s takes pairs of characters", option->name);
		text_free(&value);
		return;
	}
	free(*option->text);
	*option->text = text_take(&value);
}

static void set_option(const char *word)
{
	size_t length = strcspn(word, "=?!");
	bool off = false;
	const struct option_row *option = find_option(word, length);
	if (!option && !strncmp(word, "no", 2)) {
		option = find_option(word + 2, length - 2);
		off = true;
	}
	if (!option || (off && !option->flag)) {
		complain("set: no such option: %.100s", word);
	} else if (word[length] == '?' || (!option->flag && word[length] != '=')) {
		char *shown = show(option);
		tell("%s", shown);
		free(shown);
	} else if (option->flag) {
		*option->flag = word[length] == '!' ? !*option->flag : !off;
		if (option->flag == &editor.options.mesg)
			hold_messages(!editor.options.mesg && !editor.is_line_mode);
		editor.is_read_only_chosen |= option->flag == &editor.options.read_only;
	} else if (option->number) {
		set_number(option, word + length + 1);
	} else {
		set_text(option, word + length + 1);
	}
}

/* All of them, or those that are not as they were at the start. */
static void show_options(bool all)
{
	struct text text = {0};
	text_clear(&text);
	for (int i = 0; i < OPTIONS; i++) {
		char *shown = show(&options[i]);
		if (all || strcmp(shown, defaults[i]))
			text_format(&text, "%s%s", text.length ? " " : "", shown);
		free(shown);
	}
	show_text(text.data);
	text_free(&text);
}

/* Words with blanks between them, which a backslash keeps in one. */
void command_set(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)forced;
	if (!*arguments)
		show_options(false);
	while (*arguments) {
		size_t length = 0;
		while (arguments[length] && arguments[length] != ' ' && arguments[length] != '\t')
			length += arguments[length] == '\\' && arguments[length + 1] ? 2 : 1;
		char *word = duplicate_range(arguments, length);
		if (!strcmp(word, "all"))
			show_options(true);
		else
			set_option(word);
		free(word);
		arguments += length;
		arguments += strspn(arguments, " \t");
	}
}
