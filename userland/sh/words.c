/* The parts of a word: quoting (POSIX XCU 2.2) and where expansions begin and end (2.6). */
#include <ctype.h>
#include <string.h>

#include "shell.h"

/* The list that is being built, and the literal text at its end. */
struct builder {
	struct part *first, **last;
	struct text literal;
	bool quoted;      /* the literal text is */
	bool has_literal; /* also when it is empty: "" */
	bool quotes_empty; /* nothing yet since the double quote */
};

struct word *new_word(struct part *parts)
{
	struct word *word = arena_allocate(lexer.arena, sizeof *word);
	word->parts = parts;
	if (parts && !parts->next && parts->kind == PART_LITERAL && !parts->quoted)
		word->plain = parts->text;
	word->is_fixed = word->plain && *word->plain != '~' && !has_glob(word->plain);
	return word;
}

static struct part *add_part(struct builder *builder, enum part_kind kind, bool quoted)
{
	struct part *part = arena_allocate(lexer.arena, sizeof *part);
	part->kind = kind;
	part->quoted = quoted;
	builder->quotes_empty = false;
	*builder->last = part;
	builder->last = &part->next;
	return part;
}

static void end_literal(struct builder *builder)
{
	if (!builder->has_literal)
		return;
	const char *text = builder->literal.data ? builder->literal.data : "";
	add_part(builder, PART_LITERAL, builder->quoted)->text =
		arena_string(lexer.arena, text, builder->literal.length);
	text_clear(&builder->literal);
	builder->has_literal = false;
}

static void begin_literal(struct builder *builder, bool quoted)
{
	if (builder->has_literal && builder->quoted != quoted)
		end_literal(builder);
	builder->has_literal = true;
	builder->quoted = quoted;
	builder->quotes_empty = false;
}

static void add_char(struct builder *builder, int c, bool quoted)
{
	begin_literal(builder, quoted);
	text_char(&builder->literal, (char)c);
}

static void read_single_quotes(struct builder *builder)
{
	begin_literal(builder, true);
	for (int c = next_char(); c != '\''; c = next_char()) {
		if (c == INPUT_END)
			syntax_error("unterminated quoted string");
		text_char(&builder->literal, (char)c);
	}
}

static int read_number(int base, int most)
{
	int value = 0;
	for (; most > 0; most--) {
		int c = next_char();
		int digit = c >= '0' && c <= '9' ? c - '0' : isxdigit(c) ? (c | 0x20) - 'a' + 10 : 99;
		if (digit >= base) {
			if (c != INPUT_END)
				unread_char();
			break;
		}
		value = value * base + digit;
	}
	return value;
}

/* $'...' of POSIX.1-2024, 2.2.4. */
static void read_dollar_quotes(struct builder *builder)
{
	static const char letters[] = "abefnrtv\\'\"", values[] = "\a\b\033\f\n\r\t\v\\'\"";
	begin_literal(builder, true);
	for (int c = next_char(); c != '\''; c = next_char()) {
		if (c == INPUT_END)
			syntax_error("unterminated quoted string");
		if (c != '\\') {
			text_char(&builder->literal, (char)c);
			continue;
		}
		c = next_char();
		const char *found = c > 0 ? strchr(letters, c) : NULL;
		if (found) {
			text_char(&builder->literal, values[found - letters]);
		} else if (c == 'x') {
			text_char(&builder->literal, (char)read_number(16, 2));
		} else if (c == 'c') {
			text_char(&builder->literal, (char)(next_char() & 0x1f));
		} else if (c >= '0' && c <= '7') {
			unread_char();
			text_char(&builder->literal, (char)read_number(8, 3));
		} else if (c != INPUT_END) {
			text_char(&builder->literal, '\\');
			text_char(&builder->literal, (char)c);
		}
	}
}

static bool is_special_parameter(int c)
{
	return c > 0 && strchr("@*#?-$!0123456789", c) != NULL;
}

/* A name, a number (`all_digits`) or one special character; empty if there is none. */
static char *read_parameter_name(bool all_digits)
{
	struct text name = {0};
	text_clear(&name);
	int c = next_joined_char();
	if (c == '_' || isalpha(c)) {
		for (; c == '_' || isalnum(c); c = next_joined_char())
			text_char(&name, (char)c);
		if (c != INPUT_END)
			unread_char();
	} else if (isdigit(c) && all_digits) {
		for (; isdigit(c); c = next_joined_char())
			text_char(&name, (char)c);
		if (c != INPUT_END)
			unread_char();
	} else if (is_special_parameter(c)) {
		text_char(&name, (char)c);
	} else if (c != INPUT_END) {
		unread_char();
	}
	char *copy = arena_string(lexer.arena, name.data, name.length);
	text_free(&name);
	return copy;
}

static int peek_joined(void)
{
	int c = next_joined_char();
	if (c != INPUT_END)
		unread_char();
	return c;
}

/* Behind the name in ${name...}: operator, word and the closing brace. */
static void read_operator_and_word(struct part *part, bool in_quotes)
{
	int c = next_joined_char();
	if (c == '}')
		return;
	if (c == ':') {
		part->colon = true;
		c = next_joined_char();
	}
	bool affix = c == '#' || c == '%';
	if (c == INPUT_END)
		syntax_error("missing }");
	if (!strchr("-=?+#%", c) || (affix && part->colon)) {
		part->operator = OPERATOR_BAD;
		read_parts(in_quotes ? CONTEXT_QUOTED_BRACE : CONTEXT_BRACE);
	} else {
		part->operator = c;
		if (affix && peek_joined() == c) {
			next_joined_char();
			part->operator += 256;
		}
		enum word_context context = in_quotes && !affix ? CONTEXT_QUOTED_BRACE : CONTEXT_BRACE;
		part->word = new_word(read_parts(context));
	}
	if (next_char() != '}')
		syntax_error("missing }");
}

/* Behind "${". */
static void read_braces(struct builder *builder, bool quoted)
{
	struct part *part = add_part(builder, PART_PARAMETER, quoted);
	if (peek_joined() == '#') {
		next_joined_char();
		int c = peek_joined();
		if (c == '_' || isalnum(c) || (c > 0 && strchr("@*#?-$!", c))) {
			part->text = read_parameter_name(true);
			if (peek_joined() == '}') {
				next_joined_char();
				part->operator = OPERATOR_LENGTH;
				return;
			}
			if (*part->text && !strchr("#?-", *part->text))
				syntax_error("bad substitution");
			/* ${#-word}, ${#?word}, ${##pattern}: the parameter is # */
			part->operator = *part->text;
			part->text = "#";
			if (part->operator == '#' && peek_joined() == '#') {
				next_joined_char();
				part->operator = OPERATOR_LONG_PREFIX;
			}
			part->word = new_word(read_parts(quoted ? CONTEXT_QUOTED_BRACE : CONTEXT_BRACE));
			if (next_char() != '}')
				syntax_error("missing }");
			return;
		}
		part->text = "#";
	} else {
		part->text = read_parameter_name(true);
	}
	if (!*part->text)
		part->operator = OPERATOR_BAD;
	read_operator_and_word(part, quoted);
	if (!*part->text)
		part->operator = OPERATOR_BAD;
}

/* Behind a dollar sign. */
static void read_dollar(struct builder *builder, enum word_context context, bool quoted)
{
	int c = next_joined_char();
	if (c == '{') {
		end_literal(builder);
		read_braces(builder, quoted);
	} else if (c == '(') {
		end_literal(builder);
		if (next_joined_char() == '(') {
			struct part *part = add_part(builder, PART_ARITHMETIC, quoted);
			part->word = new_word(read_parts(CONTEXT_ARITHMETIC));
			if (next_char() != ')' || next_joined_char() != ')')
				syntax_error("missing '))'");
			return;
		}
		unread_char();
		add_part(builder, PART_COMMAND, quoted)->command = parse_substitution();
	} else if (c == '\'' && (context == CONTEXT_WORD || context == CONTEXT_BRACE) && !quoted) {
		read_dollar_quotes(builder);
	} else if (c == '_' || isalpha(c) || is_special_parameter(c)) {
		unread_char();
		end_literal(builder);
		struct part *part = add_part(builder, PART_PARAMETER, quoted);
		part->text = read_parameter_name(false);
	} else {
		if (c != INPUT_END)
			unread_char();
		add_char(builder, '$', quoted);
	}
}

static void read_backquotes(struct builder *builder, bool quoted)
{
	struct text text = {0};
	text_clear(&text);
	end_literal(builder);
	for (int c = next_char(); c != '`'; c = next_char()) {
		if (c == INPUT_END)
			syntax_error("unterminated backquotes");
		if (c == '\\') {
			c = next_char();
			if (c == INPUT_END)
				continue;
			if (!strchr("$`\\", c) && !(quoted && c == '"'))
				text_char(&text, '\\');
		}
		text_char(&text, (char)c);
	}
	char *copy = arena_string(lexer.arena, text.data, text.length);
	size_t length = text.length;
	text_free(&text);
	add_part(builder, PART_COMMAND, quoted)->command = parse_text(copy, length);
}

/* Behind a backslash; `special` are the characters that it quotes, null for all. */
static void read_backslash(struct builder *builder, const char *special, bool quoted)
{
	int c = next_char();
	if (c == '\n')
		return;
	if (c == INPUT_END) {
		add_char(builder, '\\', true);
	} else if (special && !strchr(special, c)) {
		add_char(builder, '\\', quoted);
		unread_char();
	} else {
		add_char(builder, c, true);
	}
}

static bool ends_word(int c)
{
	return strchr(" \t\n;&|<>()", c) != NULL;
}

/* One character (or what it begins) in an unquoted place. False at the end of the word. */
static bool read_unquoted(struct builder *builder, enum word_context context, bool *in_quotes)
{
	int c = next_char();
	if (c == INPUT_END)
		return false;
	if ((context == CONTEXT_WORD && ends_word(c)) || (context == CONTEXT_BRACE && c == '}')) {
		unread_char();
		return false;
	}
	if (c == '\\') {
		read_backslash(builder, NULL, false);
	} else if (c == '\'') {
		read_single_quotes(builder);
	} else if (c == '"') {
		*in_quotes = true;
		builder->quotes_empty = true;
	} else if (c == '$') {
		read_dollar(builder, context, false);
	} else if (c == '`') {
		read_backquotes(builder, false);
	} else {
		add_char(builder, c, false);
	}
	return true;
}

/* The same between double quotes, in a here-document or in an arithmetic expression. */
static bool read_quoted(struct builder *builder, enum word_context context, bool *in_quotes,
						int *parens)
{
	int c = next_char();
	if (c == INPUT_END) {
		if (context != CONTEXT_DOCUMENT)
			syntax_error("unterminated quoted string");
		return false;
	}
	if (c == '"' && context == CONTEXT_QUOTED_BRACE) {
		*in_quotes = !*in_quotes; /* "${x-"word"}": quotes are removed, all of it stays quoted */
	} else if (c == '"' && context != CONTEXT_DOCUMENT) {
		*in_quotes = false;
		if (builder->quotes_empty)
			begin_literal(builder, true); /* "" makes a field, "$@" need not */
	} else if (c == '}' && context == CONTEXT_QUOTED_BRACE && !*in_quotes) {
		unread_char();
		return false;
	} else if (c == ')' && context == CONTEXT_ARITHMETIC && --*parens < 0) {
		unread_char();
		return false;
	} else if (c == '\\') {
		read_backslash(builder,
		               context == CONTEXT_DOCUMENT       ? "$`\\"
		               : context == CONTEXT_QUOTED_BRACE ? "$`\"\\}"
		                                                 : "$`\"\\",
		               true);
	} else if (c == '$') {
		read_dollar(builder, context, true);
	} else if (c == '`') {
		read_backquotes(builder, true);
	} else {
		*parens += context == CONTEXT_ARITHMETIC && c == '(';
		add_char(builder, c, true);
	}
	return true;
}

struct part *read_parts(enum word_context context)
{
	struct builder builder = {.last = NULL};
	builder.last = &builder.first;
	bool always_quoted = context != CONTEXT_WORD && context != CONTEXT_BRACE;
	bool in_quotes = false;
	int parens = 0;
	for (bool more = true; more;) {
		if (always_quoted)
			more = read_quoted(&builder, context, &in_quotes, &parens);
		else if (in_quotes)
			more = read_quoted(&builder, CONTEXT_QUOTES, &in_quotes, &parens);
		else
			more = read_unquoted(&builder, context, &in_quotes);
	}
	end_literal(&builder);
	text_free(&builder.literal);
	return builder.first;
}
