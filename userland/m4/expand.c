/* Calls: arguments are collected, with the macros in them expanded; what a macro gives is read again. */
#include <ctype.h>
#include <stdlib.h>
#include <string.h>

#include "m4.h"

int m4_status;
long m4_most_levels = M4_MOST_LEVELS;
static long level;

static void print_place(void)
{
	fprintf(stderr, "%s:%s:%ld: ", program_name(), m4_file(), m4_line());
}

void m4_warn(const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	print_place();
	fputs("Warning: ", stderr);
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
}

void m4_fail(const char *format, ...)
{
	va_list arguments;
	fflush(stdout);
	print_place();
	va_start(arguments, format);
	vfprintf(stderr, format, arguments);
	va_end(arguments);
	fputc('\n', stderr);
	m4_status = 1;
}

void m4_end(int status)
{
	m4_divert(0);
	m4_undivert_all();
	m4_flush();
	exit(status);
}

const char *m4_text(const struct m4_call *call, size_t number)
{
	const char *text = number <= call->count ? call->arguments[number - 1].text.data : NULL;
	return text ? text : "";
}

/* Arguments from `first` on, each quoted if asked for, with commas between them. */
static void add_arguments(struct text *text, const struct m4_call *call, bool is_quoted)
{
	for (size_t i = 1; i <= call->count; i++) {
		text_format(text, "%s%s%s%s", i > 1 ? "," : "", is_quoted ? m4_quote_open : "", m4_text(call, i), is_quoted ? m4_quote_close : "");
	}
}

/* The text of a macro of the user with $0, $1... $#, $* and $@ filled in. */
static void substitute(const char *body, const struct m4_call *call)
{
	struct text text = {0};
	for (; *body; body++) {
		if (*body != '$') {
			text_char(&text, *body);
		} else if (isdigit((unsigned char)body[1])) {
			char *end;
			unsigned long number = strtoul(body + 1, &end, 10);
			text_string(&text, number ? m4_text(call, number) : call->name);
			body = end - 1;
		} else if (body[1] == '#') {
			text_format(&text, "%zu", call->count);
			body++;
		} else if (body[1] == '*' || body[1] == '@') {
			add_arguments(&text, call, *++body == '@');
		} else {
			text_char(&text, *body);
		}
	}
	if (text.data)
		m4_push_text(text.data, text.length);
	text_free(&text);
}

static void trace(const struct m4_call *call, const struct m4_definition *definition)
{
	fprintf(stderr, "m4trace: -%ld- %s", level + 1, call->name);
	for (size_t i = 1; i <= call->count; i++)
		fprintf(stderr, "%s%s%s%s", i > 1 ? ", " : "(", m4_quote_open, m4_text(call, i), m4_quote_close);
	fputs(call->count ? ")" : "", stderr);
	if (definition->text)
		fprintf(stderr, " -> %s%s%s", m4_quote_open, definition->text, m4_quote_close);
	fputc('\n', stderr);
}

void m4_apply(struct m4_definition *definition, const struct m4_call *call)
{
	if (definition->is_traced || m4_traces_all)
		trace(call, definition);
	if (definition->builtin)
		definition->builtin->act(call);
	else
		substitute(definition->text, call);
}

static void expand_word(const struct text *word, struct text *sink, long line);

/* What a token gives in an argument, or (no sink) in the output. */
static void take(enum m4_token token, const struct text *text, struct text *sink, long line)
{
	if (token == M4_WORD)
		expand_word(text, sink, line);
	else if (sink)
		text_add(sink, text->data ? text->data : "", text->length);
	else
		m4_put(text->data ? text->data : "", text->length, line);
}

/* One argument; true if another one follows. */
static bool collect_argument(struct m4_argument *argument, const char *name)
{
	struct text text = {0};
	int depth = 0;
	const struct m4_builtin *builtin;
	*argument = (struct m4_argument){0};
	while (isspace(m4_peek()))
		m4_get();
	for (;;) {
		enum m4_token token = m4_next(&text, &builtin);
		if (token == M4_END) {
			m4_fail("end of file in argument list of %s", name);
			m4_end(1);
		}
		if (token == M4_BUILTIN) {
			argument->builtin = argument->text.length ? NULL : builtin;
			continue;
		}
		if (token == M4_CHARACTER) {
			char character = *text.data;
			if (!depth && (character == ',' || character == ')')) {
				text_free(&text);
				return character == ',';
			}
			depth += (character == '(') - (character == ')');
		}
		take(token, &text, &argument->text, 0);
		if (argument->text.length)
			argument->builtin = NULL;
	}
}

static void call_macro(struct m4_definition *definition, const char *name)
{
	struct m4_call call = {.name = name};
	if (++level > m4_most_levels) {
		m4_fail("recursion limit of %ld exceeded, use -L<N> to change it", m4_most_levels);
		m4_end(1);
	}
	definition->references++;
	if (m4_peek() == '(') {
		m4_get();
		bool has_more;
		do {
			call.arguments = reallocate(call.arguments, (call.count + 1) * sizeof *call.arguments);
			has_more = collect_argument(&call.arguments[call.count], name);
			call.count++;
		} while (has_more);
	}
	level--;
	m4_apply(definition, &call);
	m4_release(definition);
	for (size_t i = 0; i < call.count; i++)
		text_free(&call.arguments[i].text);
	free(call.arguments);
}

static void expand_word(const struct text *word, struct text *sink, long line)
{
	struct m4_definition *definition = m4_find(word->data);
	if (!definition || (definition->builtin && definition->builtin->needs_arguments && m4_peek() != '(')) {
		if (sink)
			text_add(sink, word->data, word->length);
		else
			m4_put(word->data, word->length, line);
		return;
	}
	char *name = duplicate(word->data);
	call_macro(definition, name);
	free(name);
}

void m4_expand_input(void)
{
	struct text text = {0};
	const struct m4_builtin *builtin;
	for (;;) {
		long line = m4_next_line();
		enum m4_token token = m4_next(&text, &builtin);
		if (token == M4_END)
			break;
		if (token != M4_BUILTIN)
			take(token, &text, NULL, line);
	}
	text_free(&text);
}
