/* Built-in macros about files, programs and diversions. */
#include <ctype.h>
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <unistd.h>

#include "m4.h"

static int command_status;
static struct text wrapped;

long m4_number(const char *macro, const char *text)
{
	char *end;
	while (isspace((unsigned char)*text))
		text++;
	if (!*text) {
		m4_warn("empty string treated as 0 in builtin `%s'", macro);
		return 0;
	}
	long number = strtol(text, &end, 10);
	if (*end)
		m4_warn("non-numeric argument to builtin `%s'", macro);
	return number;
}

static void include(const struct m4_call *call, bool may_miss)
{
	if (!m4_push_file(m4_text(call, 1)) && !may_miss)
		m4_fail("cannot open `%s': %s", m4_text(call, 1), strerror(errno));
}

void m4_do_include(const struct m4_call *call)
{
	include(call, false);
}

void m4_do_sinclude(const struct m4_call *call)
{
	include(call, true);
}

static int exit_status(int status)
{
	return status < 0 ? 127 : WIFSIGNALED(status) ? WTERMSIG(status) << 8 : WEXITSTATUS(status);
}

void m4_do_syscmd(const struct m4_call *call)
{
	m4_flush();
	command_status = *m4_text(call, 1) ? exit_status(system(m4_text(call, 1))) : 0;
}

void m4_do_esyscmd(const struct m4_call *call)
{
	struct text text = {0};
	char block[4096];
	m4_flush();
	command_status = 0;
	if (!*m4_text(call, 1))
		return;
	FILE *output = popen(m4_text(call, 1), "r");
	if (!output) {
		m4_fail("cannot run `%s': %s", m4_text(call, 1), strerror(errno));
		return;
	}
	for (size_t got; (got = fread(block, 1, sizeof block, output)) > 0;)
		text_add(&text, block, got);
	command_status = exit_status(pclose(output));
	if (text.data)
		m4_push_text(text.data, text.length);
	text_free(&text);
}

void m4_do_sysval(const struct m4_call *call)
{
	(void)call;
	char *number = format_text("%d", command_status);
	m4_push_string(number);
	free(number);
}

/* The file is made, so that nobody else takes the name. */
void m4_do_maketemp(const struct m4_call *call)
{
	const char *text = m4_text(call, 1);
	size_t length = strlen(text), wildcards = 0;
	while (wildcards < length && wildcards < 6 && text[length - 1 - wildcards] == 'X')
		wildcards++;
	char *name = format_text("%s%s", text, &"XXXXXX"[wildcards]); /* at least six X at its end */
	int fd = mkstemp(name);
	if (fd < 0) {
		m4_fail("cannot create temporary file: %s", strerror(errno));
	} else {
		close(fd);
		char *quoted = format_text("%s%s%s", m4_quote_open, name, m4_quote_close);
		m4_push_string(quoted);
		free(quoted);
	}
	free(name);
}

void m4_do_divert(const struct m4_call *call)
{
	m4_divert(call->count ? m4_number(call->name, m4_text(call, 1)) : 0);
}

void m4_do_divnum(const struct m4_call *call)
{
	(void)call;
	char *number = format_text("%ld", m4_diversion());
	m4_push_string(number);
	free(number);
}

static void put_file(const char *name)
{
	char block[4096];
	FILE *file = m4_open(name);
	if (!file) {
		m4_fail("cannot undivert `%s': %s", name, strerror(errno));
		return;
	}
	for (size_t got; (got = fread(block, 1, sizeof block, file)) > 0;)
		m4_put(block, got, m4_line());
	fclose(file);
}

void m4_do_undivert(const struct m4_call *call)
{
	if (!call->count)
		m4_undivert_all();
	for (size_t i = 1; i <= call->count; i++) {
		char *end;
		long number = strtol(m4_text(call, i), &end, 10);
		if (!*end)
			m4_undivert(number);
		else
			put_file(m4_text(call, i));
	}
}

/* At once: what is diverted is lost. */
void m4_do_m4exit(const struct m4_call *call)
{
	m4_flush();
	exit(call->count ? (int)m4_number(call->name, m4_text(call, 1)) & 0xff : m4_status);
}

void m4_do_m4wrap(const struct m4_call *call)
{
	for (size_t i = 1; i <= call->count; i++)
		text_format(&wrapped, "%s%s", i > 1 ? " " : "", m4_text(call, i));
}

bool m4_push_wrapped(void)
{
	struct text text = wrapped;
	bool is_any = text.length > 0;
	wrapped = (struct text){0};
	if (is_any)
		m4_push_text(text.data, text.length);
	text_free(&text);
	return is_any;
}

void m4_do_errprint(const struct m4_call *call)
{
	m4_flush();
	for (size_t i = 1; i <= call->count; i++)
		fprintf(stderr, "%s%s", i > 1 ? " " : "", m4_text(call, i));
}
