/* The options of sh and of `set` (POSIX XCU 2.15, set). */
#include <stdlib.h>
#include <string.h>

#include "shell.h"

char option_set[256];

static const struct {
	char letter;
	const char *name;
} options[OPTION_COUNT] = {
	{'a', "allexport"}, {'b', "notify"},  {'C', "noclobber"}, {'e', "errexit"}, {'f', "noglob"},
	{'h', "hashall"},   {'i', "interactive"}, {'I', "ignoreeof"}, {'l', "login"}, {'m', "monitor"},
	{'n', "noexec"},    {'P', "pipefail"}, {'s', "stdin"},     {'u', "nounset"}, {'v', "verbose"},
	{'x', "xtrace"},    {'E', "emacs"},    {'V', "vi"},     {'N', "nolog"},
	{'H', "histexpand"},
};

void current_options(char letters[OPTION_COUNT + 1])
{
	for (int i = 0; i < OPTION_COUNT; i++)
		if (option_set[(unsigned char)options[i].letter] && !strchr("PIEVNlH", options[i].letter))
			*letters++ = options[i].letter;
	*letters = 0;
}

static void set_option(char letter, bool on)
{
	if (on && (letter == 'V' || letter == 'E'))
		option_set['V'] = option_set['E'] = 0; /* one mode of the line editor at a time */
	if (letter != 'm')
		option_set[(unsigned char)letter] = on;
	else if (!shell.has_started)
		shell.monitor = on ? 1 : -1;
	else if (on != option_set['m'])
		set_job_control(on);
}

static void set_named_option(const char *name, bool on)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		if (!strcmp(options[i].name, name)) {
			set_option(options[i].letter, on);
			return;
		}
	}
	shell_error(2, "set: illegal option -o %s", name);
}

static void print_options(bool as_commands)
{
	for (int i = 0; i < OPTION_COUNT; i++) {
		bool on = option_set[(unsigned char)options[i].letter];
		if (as_commands)
			printf("set %co %s\n", on ? '-' : '+', options[i].name);
		else
			printf("%-15s %s\n", options[i].name, on ? "on" : "off");
	}
}

static bool is_option(char letter, bool invocation)
{
	return strchr(invocation ? "abCefhHilmnsuvx" : "abCefhHmnuvx", letter) != NULL;
}

/* Returns the index of the first operand; *command_name: where -c's string is (at invocation). */
int parse_shell_options(char **words, int count, bool invocation, const char **command_name)
{
	int index = 0;
	bool wants_command = false;
	for (; index < count; index++) {
		const char *word = words[index];
		bool on = *word == '-';
		if (!strcmp(word, "+") && !invocation)
			continue;
		if ((*word != '-' && *word != '+') || !word[1]) {
			if (!strcmp(word, "-")) { /* the end of the options, as in other shells */
				index++;
				set_option('v', invocation && option_set['v']);
				set_option('x', invocation && option_set['x']);
			}
			break;
		}
		if (!strcmp(word, "--")) {
			index++;
			break;
		}
		for (const char *letter = word + 1; *letter; letter++) {
			if (*letter == 'o') {
				if (index + 1 < count)
					set_named_option(words[++index], on);
				else
					print_options(!on);
			} else if (*letter == 'c' && invocation) {
				wants_command = true;
			} else if (is_option(*letter, invocation)) {
				set_option(*letter, on);
			} else {
				if (*letter == '-')
					shell_error(2, "illegal option %s", word);
				shell_error(2, "%sillegal option %c%c", invocation ? "" : "set: ", *word, *letter);
			}
		}
	}
	if (wants_command && index >= count)
		shell_error(2, "-c requires an argument");
	if (wants_command)
		*command_name = words[index++];
	return index;
}

static void print_variable(struct variable *variable, void *data)
{
	if (variable->value)
		add_word(data, (char *)variable);
}

static int print_variables(void)
{
	struct words words = {0};
	for_each_variable(print_variable, &words);
	if (words.count)
		qsort(words.items, (size_t)words.count, sizeof(char *), compare_variables);
	for (int i = 0; i < words.count; i++) {
		struct variable *variable = (struct variable *)words.items[i];
		printf("%s=", variable->name);
		print_quoted(variable->value);
		putchar('\n');
	}
	return 0;
}

int builtin_set(int argc, char **argv)
{
	if (argc < 2)
		return print_variables();
	int index = parse_shell_options(argv + 1, argc - 1, false, NULL) + 1;
	bool ended = !strcmp(argv[index - 1], "--");
	if (index < argc || ended)
		set_parameters(argv + index, argc - index);
	return 0;
}
