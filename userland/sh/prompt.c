/* Prompts: bash's backslash sequences, then parameter expansion (POSIX XCU 2.5.3, PS1). */
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "shell.h"

/* The working directory with ~ for the home folder; `last`: its last component only. */
static void add_directory(struct text *text, bool last)
{
	const char *directory = get_variable("PWD"), *home = get_variable("HOME");
	if (!directory)
		directory = "?";
	size_t length = home ? strlen(home) : 0;
	bool at_home = length > 1 && !strncmp(directory, home, length) &&
	               (!directory[length] || directory[length] == '/');
	if (last && !(at_home && !directory[length])) {
		const char *slash = strrchr(directory, '/');
		text_string(text, slash && slash[1] ? slash + 1 : directory);
		return;
	}
	if (at_home)
		text_char(text, '~');
	text_string(text, directory + (at_home ? length : 0));
}

static void add_time(struct text *text, const char *format)
{
	char buffer[32];
	time_t now = time(NULL);
	strftime(buffer, sizeof buffer, format, localtime(&now));
	text_string(text, buffer);
}

static void add_host(struct text *text, bool whole)
{
	char host[65] = "";
	gethostname(host, sizeof host - 1);
	if (!whole)
		host[strcspn(host, ".")] = 0;
	text_string(text, host);
}

static const char *user_name(void)
{
	const char *name = get_variable("USER");
	if (!name)
		name = get_variable("LOGNAME");
	return name ? name : geteuid() ? "user" : "root";
}

/* One sequence behind a backslash. Returns what follows it. */
static const char *add_sequence(struct text *text, const char *sequence)
{
	switch (*sequence) {
	case 'w': add_directory(text, false); break;
	case 'W': add_directory(text, true); break;
	case 'u': text_string(text, user_name()); break;
	case 'h': add_host(text, false); break;
	case 'H': add_host(text, true); break;
	case '$': text_char(text, geteuid() ? '$' : '#'); break;
	case 'n': text_char(text, '\n'); break;
	case 'r': text_char(text, '\r'); break;
	case 'a': text_char(text, '\a'); break;
	case 'e': text_char(text, '\033'); break;
	case 's': text_string(text, "sh"); break;
	case 'j': text_format(text, "%d", job_count()); break;
	case '!':
	case '#': text_format(text, "%d", history_count() + 1); break;
	case 't': add_time(text, "%H:%M:%S"); break;
	case 'T': add_time(text, "%I:%M:%S"); break;
	case '@': add_time(text, "%I:%M %p"); break;
	case 'A': add_time(text, "%H:%M"); break;
	case 'd': add_time(text, "%a %b %d"); break;
	case '[': text_char(text, '\001'); break; /* between these nothing takes place on the line */
	case ']': text_char(text, '\002'); break;
	case '\\': text_string(text, "\\\\"); break;
	case 0: text_char(text, '\\'); return sequence;
	default:
		if (*sequence >= '0' && *sequence <= '7') {
			char *end, digits[4] = {sequence[0]};
			size_t count = strspn(sequence, "01234567");
			memcpy(digits, sequence, count < 3 ? count : 3);
			text_char(text, (char)strtol(digits, &end, 8));
			return sequence + (end - digits);
		}
		text_char(text, '\\');
		text_char(text, *sequence);
	}
	return sequence + 1;
}

/* "$name" and the like, as in a here-document. An error in it leaves the text as it is. */
static char *expand_text(const char *text)
{
	if (!strpbrk(text, "$`\\"))
		return duplicate(text);
	void *state = input_state();
	struct lexer outer_lexer = lexer;
	struct text outer_source = input_source;
	int status = shell.status;
	struct handler here = {.outer = handler};
	char *volatile result = NULL;
	struct arena_mark mark = arena_mark(&scratch);
	struct arena *arena = arena_new();
	input_source = (struct text){0};
	if (!setjmp(here.jump)) {
		handler = &here;
		lexer = (struct lexer){.arena = arena};
		push_string_input(text, strlen(text), true);
		struct word *word = new_word(read_parts(CONTEXT_DOCUMENT));
		result = duplicate(expand_single(word, 0));
	}
	handler = here.outer;
	restore_input(state);
	text_free(&input_source);
	input_source = outer_source;
	lexer = outer_lexer;
	arena_drop(arena);
	arena_release(&scratch, mark);
	shell.status = status;
	return result ? result : duplicate(text);
}

char *expand_prompt(const char *prompt)
{
	struct text text = {0};
	text_clear(&text);
	while (*prompt) {
		if (*prompt == '\\')
			prompt = add_sequence(&text, prompt + 1);
		else
			text_char(&text, *prompt++);
	}
	char *result = expand_text(text.data);
	text_free(&text);
	return result;
}
