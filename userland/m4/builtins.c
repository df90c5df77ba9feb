/* The table of built-in macros, and those about definitions and the flow of text. */
#include <stdlib.h>
#include <string.h>

#include "m4.h"

static void give_meaning(const struct m4_call *call, bool push)
{
	static const struct m4_argument nothing;
	if (call->count && call->arguments[0].builtin)
		m4_warn("%s: invalid macro name ignored", call->name);
	else if (call->count)
		m4_define(m4_text(call, 1), call->count > 1 ? &call->arguments[1] : &nothing, push);
}

static void do_define(const struct m4_call *call)
{
	give_meaning(call, false);
}

static void do_pushdef(const struct m4_call *call)
{
	give_meaning(call, true);
}

static void do_undefine(const struct m4_call *call)
{
	for (size_t i = 1; i <= call->count; i++)
		m4_undefine(m4_text(call, i), true);
}

static void do_popdef(const struct m4_call *call)
{
	for (size_t i = 1; i <= call->count; i++)
		m4_undefine(m4_text(call, i), false);
}

static void push_quoted(const char *text)
{
	char *quoted = format_text("%s%s%s", m4_quote_open, text, m4_quote_close);
	m4_push_string(quoted);
	free(quoted);
}

static void do_defn(const struct m4_call *call)
{
	for (size_t i = call->count; i >= 1; i--) {
		const struct m4_definition *definition = m4_find(m4_text(call, i));
		if (!definition)
			continue;
		if (definition->text)
			push_quoted(definition->text);
		else
			m4_push_builtin(definition->builtin);
	}
}

static void do_ifdef(const struct m4_call *call)
{
	m4_push_string(m4_text(call, m4_find(m4_text(call, 1)) ? 2 : 3));
}

static void do_ifelse(const struct m4_call *call)
{
	size_t left = call->count, at = 1;
	for (; left > 2; at += 3, left -= 3) {
		if (!strcmp(m4_text(call, at), m4_text(call, at + 1))) {
			m4_push_string(m4_text(call, at + 2));
			return;
		}
		if (left == 4 || left == 5) {
			m4_push_string(m4_text(call, at + 3));
			return;
		}
	}
}

static void do_shift(const struct m4_call *call)
{
	struct text text = {0};
	for (size_t i = 2; i <= call->count; i++)
		text_format(&text, "%s%s%s%s", i > 2 ? "," : "", m4_quote_open, m4_text(call, i), m4_quote_close);
	if (text.data)
		m4_push_text(text.data, text.length);
	text_free(&text);
}

static void do_changequote(const struct m4_call *call)
{
	m4_quote_open = call->count ? duplicate(m4_text(call, 1)) : "`";
	m4_quote_close = call->count > 1 && *m4_text(call, 2) ? duplicate(m4_text(call, 2)) : "'";
}

static void do_changecom(const struct m4_call *call)
{
	m4_comment_open = duplicate(m4_text(call, 1));
	m4_comment_close = call->count > 1 && *m4_text(call, 2) ? duplicate(m4_text(call, 2)) : "\n";
}

static void do_dnl(const struct m4_call *call)
{
	(void)call;
	m4_discard_line();
}

static void dump(const char *name)
{
	const struct m4_definition *definition = m4_find(name);
	if (!definition)
		m4_warn("undefined macro `%s'", name);
	else if (definition->text)
		fprintf(stderr, "%s:\t%s%s%s\n", name, m4_quote_open, definition->text, m4_quote_close);
	else
		fprintf(stderr, "%s:\t<%s>\n", name, definition->builtin->name);
}

static void do_dumpdef(const struct m4_call *call)
{
	for (size_t i = 1; i <= call->count; i++)
		dump(m4_text(call, i));
	if (call->count)
		return;
	size_t count;
	const char **names = m4_names(&count);
	for (size_t i = 0; i < count; i++)
		dump(names[i]);
	free(names);
}

static void set_trace(const struct m4_call *call, bool is_traced)
{
	if (!call->count)
		m4_traces_all = is_traced;
	for (size_t i = 1; i <= call->count; i++) {
		struct m4_definition *definition = m4_find(m4_text(call, i));
		if (definition)
			definition->is_traced = is_traced;
	}
}

static void do_traceon(const struct m4_call *call)
{
	set_trace(call, true);
}

static void do_traceoff(const struct m4_call *call)
{
	set_trace(call, false);
}

/* The call without its first argument, which is the name of the macro that is meant. */
static struct m4_call inner_call(const struct m4_call *call)
{
	return (struct m4_call){.name = m4_text(call, 1), .count = call->count - 1, .arguments = call->arguments + 1};
}

static void do_indir(const struct m4_call *call)
{
	struct m4_definition *definition = call->count ? m4_find(m4_text(call, 1)) : NULL;
	if (!definition) {
		m4_warn("undefined macro `%s'", m4_text(call, 1));
		return;
	}
	struct m4_call inner = inner_call(call);
	definition->references++;
	m4_apply(definition, &inner);
	m4_release(definition);
}

static void do_builtin(const struct m4_call *call)
{
	const struct m4_builtin *builtin = call->count ? m4_builtin_named(m4_text(call, 1)) : NULL;
	struct m4_call inner = inner_call(call);
	if (builtin)
		builtin->act(&inner);
	else
		m4_warn("undefined builtin `%s'", m4_text(call, 1));
}

static void do_file(const struct m4_call *call)
{
	(void)call;
	push_quoted(m4_file());
}

static void do_line(const struct m4_call *call)
{
	(void)call;
	char *number = format_text("%ld", m4_line());
	m4_push_string(number);
	free(number);
}

const struct m4_builtin m4_builtins[] = {
	{"__file__", do_file, false}, {"__line__", do_line, false}, {"builtin", do_builtin, true}, {"changecom", do_changecom, false},
	{"changequote", do_changequote, false}, {"decr", m4_do_decr, true}, {"define", do_define, true}, {"defn", do_defn, true},
	{"divert", m4_do_divert, false}, {"divnum", m4_do_divnum, false}, {"dnl", do_dnl, false}, {"dumpdef", do_dumpdef, false},
	{"errprint", m4_do_errprint, true}, {"esyscmd", m4_do_esyscmd, true}, {"eval", m4_do_eval, true}, {"format", m4_do_format, true},
	{"ifdef", do_ifdef, true}, {"ifelse", do_ifelse, true}, {"include", m4_do_include, true}, {"incr", m4_do_incr, true},
	{"index", m4_do_index, true}, {"indir", do_indir, true}, {"len", m4_do_len, true}, {"m4exit", m4_do_m4exit, false},
	{"m4wrap", m4_do_m4wrap, true}, {"maketemp", m4_do_maketemp, true}, {"mkstemp", m4_do_maketemp, true}, {"patsubst", m4_do_patsubst, true},
	{"popdef", do_popdef, true}, {"pushdef", do_pushdef, true}, {"regexp", m4_do_regexp, true}, {"shift", do_shift, true},
	{"sinclude", m4_do_sinclude, true}, {"substr", m4_do_substr, true}, {"syscmd", m4_do_syscmd, true}, {"sysval", m4_do_sysval, false},
	{"traceoff", do_traceoff, false}, {"traceon", do_traceon, false}, {"translit", m4_do_translit, true}, {"undefine", do_undefine, true},
	{"undivert", m4_do_undivert, false}, {NULL, NULL, false}};
