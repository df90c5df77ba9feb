/* export, readonly, unset, local and getopts: builtins that set variables. */
#include <stdlib.h>
#include <string.h>

#include "builtins.h"

static void collect(struct variable *variable, void *words)
{
	add_word(words, (char *)variable);
}

static void print_flagged(const char *command, int flag)
{
	struct words words = {0};
	for_each_variable(collect, &words);
	if (words.count)
		qsort(words.items, (size_t)words.count, sizeof(char *), compare_variables);
	for (int i = 0; i < words.count; i++) {
		struct variable *variable = (struct variable *)words.items[i];
		if (!(variable->flags & flag))
			continue;
		printf("%s %s", command, variable->name);
		if (variable->value) {
			putchar('=');
			print_quoted(variable->value);
		}
		putchar('\n');
	}
}

/* name or name=value */
static void set_from_word(const char *command, const char *word, int flags)
{
	size_t length = name_length(word);
	if (!length || (word[length] && word[length] != '='))
		shell_error(2, "%s: %s: bad variable name", command, word);
	char *name = arena_string(&scratch, word, length);
	set_variable(name, word[length] ? word + length + 1 : NULL, flags);
}

static int set_flags(int argc, char **argv, int flag)
{
	int first = 1;
	bool prints = argc < 2;
	for (; first < argc && argv[first][0] == '-' && argv[first][1]; first++) {
		if (!strcmp(argv[first], "-p")) {
			prints = true;
		} else if (!strcmp(argv[first], "--")) {
			first++;
			break;
		} else {
			shell_error(2, "%s: illegal option %s", argv[0], argv[first]);
		}
	}
	if (prints && first >= argc)
		print_flagged(argv[0], flag);
	for (; first < argc; first++)
		set_from_word(argv[0], argv[first], flag);
	return 0;
}

int builtin_export(int argc, char **argv)
{
	return set_flags(argc, argv, VARIABLE_EXPORT);
}

int builtin_readonly(int argc, char **argv)
{
	return set_flags(argc, argv, VARIABLE_READONLY);
}

int builtin_local(int argc, char **argv)
{
	if (!shell.function_depth)
		shell_error(2, "local: not in a function");
	for (int i = 1; i < argc; i++) {
		size_t length = name_length(argv[i]);
		char *name = arena_string(&scratch, argv[i], length);
		if (length)
			make_local(name);
		set_from_word("local", argv[i], 0);
	}
	return 0;
}

int builtin_unset(int argc, char **argv)
{
	bool functions = false, variables = false;
	int first = 1;
	for (; first < argc && argv[first][0] == '-' && argv[first][1]; first++) {
		if (!strcmp(argv[first], "--")) {
			first++;
			break;
		}
		functions |= !strcmp(argv[first], "-f");
		variables |= !strcmp(argv[first], "-v");
		if (strcmp(argv[first], "-f") && strcmp(argv[first], "-v"))
			shell_error(2, "unset: illegal option %s", argv[first]);
	}
	for (; first < argc; first++) {
		if (functions) {
			unset_function(argv[first]);
			continue;
		}
		if (!is_name(argv[first]))
			shell_error(2, "unset: %s: bad variable name", argv[first]);
		if (find_variable(argv[first]) || variables)
			unset_variable(argv[first]);
		else
			unset_function(argv[first]);
	}
	return 0;
}

static int letter_index; /* in the word argv[OPTIND - 1]; 0: at its start */
static int next_index = 1;

void reset_getopts(int index)
{
	letter_index = 0;
	next_index = index > 0 ? index : 1;
}

static void set_index(int index)
{
	char text[16];
	int letter = letter_index;
	snprintf(text, sizeof text, "%d", index);
	set_variable("OPTIND", text, 0);
	letter_index = letter;
}

static int end_of_options(const char *name, int index, int count)
{
	letter_index = 0;
	set_index(index <= count ? index : count + 1); /* there were more words the last time */
	set_variable(name, "?", 0);
	return 1;
}

/* What an option letter means for OPTARG, `name` and the messages. */
static int take_option(const char *options, const char *name, char **words, int count)
{
	const char *word = words[next_index - 1];
	char letter[2] = {word[letter_index]};
	bool silent = *options == ':';
	const char *known = letter[0] == ':' ? NULL : strchr(options, letter[0]);
	const char *rest = word + ++letter_index;
	int index = *rest ? next_index : next_index + 1;
	if (!*rest)
		letter_index = 0;
	if (known && known[1] == ':') {
		letter_index = 0;
		if (*rest) {
			set_variable("OPTARG", rest, 0);
			index = next_index + 1;
		} else if (index <= count) {
			set_variable("OPTARG", words[index - 1], 0);
			index++;
		} else {
			if (!silent)
				shell_warning("no arg for -%s option", letter);
			if (silent)
				set_variable("OPTARG", letter, 0);
			else
				unset_variable("OPTARG");
			set_variable(name, silent ? ":" : "?", 0);
			set_index(index);
			return 0;
		}
	} else if (known || !silent) {
		unset_variable("OPTARG");
	} else {
		set_variable("OPTARG", letter, 0);
	}
	if (!known && !silent)
		shell_warning("illegal option -%s", letter);
	set_variable(name, known ? letter : "?", 0);
	set_index(index);
	return 0;
}

int builtin_getopts(int argc, char **argv)
{
	if (argc < 3) {
		shell_warning("getopts: usage: getopts OPTIONS NAME [WORD]...");
		return 2;
	}
	if (!is_name(argv[2]))
		shell_error(2, "getopts: %s: bad variable name", argv[2]);
	char **words = argc > 3 ? argv + 3 : shell.parameters;
	int count = argc > 3 ? argc - 3 : shell.parameter_count;
	const char *word = next_index <= count ? words[next_index - 1] : NULL;
	if (!letter_index) {
		if (!word || *word != '-' || !word[1])
			return end_of_options(argv[2], next_index, count);
		if (!strcmp(word, "--"))
			return end_of_options(argv[2], next_index + 1, count);
		letter_index = 1;
	} else if (!word || (size_t)letter_index >= strlen(word)) {
		return end_of_options(argv[2], next_index, count);
	}
	return take_option(argv[1], argv[2], words, count);
}
