/* Letters that are written in mailx: lines of standard input, of which those that begin with ~ are commands. */
#include <signal.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "mailx.h"

static volatile sig_atomic_t interrupts;

static void on_interrupt(int number)
{
	(void)number;
	interrupts++;
}

void mailx_letter_free(struct letter *letter)
{
	text_free(&letter->to);
	text_free(&letter->cc);
	text_free(&letter->bcc);
	text_free(&letter->subject);
	text_free(&letter->body);
}

bool mailx_discards_empty(bool is_set)
{
	static bool discards;
	discards |= is_set;
	return discards;
}

static void set_text(struct text *text, const char *value)
{
	text_clear(text);
	text_string(text, value);
}

/* A line from the terminal behind a prompt, the newline left away. */
static void ask(const char *prompt, struct text *value, bool adds)
{
	char *line = NULL;
	size_t capacity = 0;
	printf("%s", prompt);
	fflush(stdout);
	if (read_line(stdin, &line, &capacity, NULL) >= 0) {
		if (adds)
			mailx_add_addresses(value, line);
		else
			set_text(value, line);
	}
	free(line);
}

static void show_letter(const struct letter *letter, FILE *output)
{
	static const char *const names[] = {"To", "Subject", "Cc", "Bcc"};
	const struct text *const fields[] = {&letter->to, &letter->subject, &letter->cc, &letter->bcc};
	for (int i = 0; i < 4; i++)
		if (fields[i]->length)
			fprintf(output, "%s: %s\n", names[i], fields[i]->data);
	fprintf(output, "\n%s", letter->body.length ? letter->body.data : "");
}

static void add_file(struct letter *letter, const char *name)
{
	FILE *file = *name == '!' ? popen(name + 1, "re") : fopen(name, "re");
	char *line = NULL;
	size_t capacity = 0;
	long lines = 0;
	if (!file) {
		warn("%s", name);
		return;
	}
	for (ssize_t length; (length = getline(&line, &capacity, file)) > 0; lines++)
		text_add(&letter->body, line, (size_t)length);
	free(line);
	if (*name == '!')
		pclose(file);
	else
		fclose(file);
	printf("\"%s\" %ld lines\n", name, lines);
}

/* ~f and ~m: messages that are read, ~m with a text in front of each line. */
static void add_messages(struct letter *letter, const char *list, bool indents, bool hides)
{
	if (!mailx_mailbox.count || !mailx_select_messages(list, false))
		return;
	for (int i = 0; i < mailx_mailbox.count; i++) {
		char *text = NULL;
		size_t size = 0;
		FILE *memory = mailx_is_selected[i] ? open_memstream(&text, &size) : NULL;
		if (!memory)
			continue;
		mailx_message_write(&mailx_mailbox.messages[i], memory, true, hides);
		fclose(memory);
		for (const char *at = text, *next; *at && (next = strchr(at, '\n')); at = next + 1) {
			if (indents && next > at)
				text_string(&letter->body, mailx_variable("indentprefix"));
			text_add(&letter->body, at, (size_t)(next + 1 - at));
		}
		free(text);
		printf("Interpolating: %d\n", i + 1);
	}
}

static char *write_body(const struct letter *letter)
{
	char *name = duplicate("/tmp/mailXXXXXX");
	int fd = mkstemp(name);
	bool is_good = fd >= 0 && write_all(fd, letter->body.length ? letter->body.data : "", letter->body.length) == 0;
	if (fd >= 0)
		close(fd);
	if (is_good)
		return name;
	warn("%s", name);
	free(name);
	return NULL;
}

/* The body through a program that writes the file (~e, ~v) or, with a |, standard output. */
static void change_body(struct letter *letter, const char *program, bool is_filter)
{
	char *name = write_body(letter), *command = name ? format_text(is_filter ? "{ %s\n} <%s >%s.out" : "%s %s", program, name, name) : NULL;
	char *result = command ? (is_filter ? format_text("%s.out", name) : duplicate(name)) : NULL, *text = NULL;
	fflush(stdout);
	if (command && system(command) == 0)
		text = read_file(result, NULL);
	if (text && (*text || !is_filter))
		set_text(&letter->body, text);
	else
		puts("(unchanged)");
	if (result)
		unlink(result);
	if (name)
		unlink(name);
	free(text);
	free(result);
	free(command);
	free(name);
}

static void keep_dead_letter(const struct letter *letter)
{
	const char *dead = getenv("DEAD"), *home = getenv("HOME");
	char *path = dead ? duplicate(dead) : format_text("%s/dead.letter", home ? home : "/");
	FILE *file = mailx_variable("save") && letter->body.length ? fopen(path, "we") : NULL;
	if (file) {
		fputs(letter->body.data, file);
		fclose(file);
		fprintf(stderr, "(saved in %s)\n", path);
	}
	free(path);
}

static void add_value(struct letter *letter, const char *name)
{
	const char *value = mailx_variable(name);
	if (value)
		text_format(&letter->body, "%s\n", value);
}

static const char *program_of(const char *variable_name, const char *usual)
{
	const char *value = getenv(variable_name);
	return value && *value ? value : usual;
}

static void write_to(const struct letter *letter, const char *name)
{
	FILE *file = fopen(name, "ae");
	if (file)
		fputs(letter->body.length ? letter->body.data : "", file);
	if (!file || fclose(file) != 0)
		warn("%s", name);
}

static void run_and_say(const char *command)
{
	fflush(stdout);
	if (system(command) < 0)
		warn("sh");
	puts("!");
}

static const char help[] = "~.  send   ~q  give up, kept in dead.letter   ~x  give up   ~p  show   ~s TEXT  subject   ~t ~c ~b NAMES  To, Cc, Bcc   ~h  ask for them\n"
						   "~e ~v  edit   ~r FILE  read (~r !CMD)   ~w FILE  write   ~m ~f LIST  messages   ~| CMD  through a command   ~! CMD   ~: COMMAND   ~~  a line with ~\n";

enum outcome { GOES_ON, IS_DONE, IS_GIVEN_UP };

/* One command escape; `line` is behind the ~. */
static enum outcome run_escape(struct letter *letter, char *line)
{
	char *arguments = *line ? line + 1 + strspn(line + 1, " \t") : line;
	switch (*line) {
	case '.': return IS_DONE;
	case 'q': keep_dead_letter(letter); return IS_GIVEN_UP;
	case 'x': return IS_GIVEN_UP;
	case 'a': add_value(letter, "sign"); break;
	case 'A': add_value(letter, "Sign"); break;
	case 'i': add_value(letter, arguments); break;
	case 'b': mailx_add_addresses(&letter->bcc, arguments); break;
	case 'c': mailx_add_addresses(&letter->cc, arguments); break;
	case 't': mailx_add_addresses(&letter->to, arguments); break;
	case 's': set_text(&letter->subject, arguments); break;
	case 'd': {
		char *dead = getenv("DEAD") ? duplicate(getenv("DEAD")) : mailx_mail_path("~/dead.letter");
		add_file(letter, dead);
		free(dead);
		break;
	}
	case 'r': case '<': add_file(letter, arguments); break;
	case 'w': write_to(letter, arguments); break;
	case 'e': change_body(letter, program_of("EDITOR", "ed"), false); break;
	case 'v': change_body(letter, program_of("VISUAL", "vi"), false); break;
	case '|': change_body(letter, arguments, true); break;
	case 'f': add_messages(letter, arguments, false, true); break;
	case 'F': add_messages(letter, arguments, false, false); break;
	case 'm': add_messages(letter, arguments, true, true); break;
	case 'M': add_messages(letter, arguments, true, false); break;
	case 'h':
		ask("To: ", &letter->to, true);
		ask("Subject: ", &letter->subject, false);
		ask("Cc: ", &letter->cc, true);
		ask("Bcc: ", &letter->bcc, true);
		break;
	case 'p':
		puts("-------\nMessage contains:");
		show_letter(letter, stdout);
		puts("(continue)");
		break;
	case '!': run_and_say(arguments); break;
	case ':': case '_': mailx_run_mail_command(arguments); break;
	case '?': fputs(help, stdout); break;
	default: printf("~%c: unknown\n", *line);
	}
	return GOES_ON;
}

static enum outcome add_line(struct letter *letter, char *line, bool has_escapes)
{
	char escape = *mailx_variable("escape");
	if (has_escapes && *line == escape && line[1] != escape)
		return run_escape(letter, line + 1);
	if (mailx_variable("dot") && isatty(0) && !strcmp(line, "."))
		return IS_DONE;
	text_format(&letter->body, "%s\n", line + (has_escapes && *line == escape));
	return GOES_ON;
}

static bool read_body(struct letter *letter)
{
	char *line = NULL;
	size_t capacity = 0;
	enum outcome outcome = GOES_ON;
	bool has_terminal = isatty(0);
	struct sigaction action = {.sa_handler = on_interrupt}, before;
	if (has_terminal)
		sigaction(SIGINT, &action, &before);
	interrupts = 0;
	text_clear(&letter->body);
	while (outcome == GOES_ON) {
		int seen = interrupts;
		long length = read_line(stdin, &line, &capacity, NULL);
		if (length >= 0) {
			interrupts = 0;
			outcome = add_line(letter, line, true);
		} else if (interrupts > seen) {
			clearerr(stdin);
			if (mailx_variable("ignore"))
				puts("@"), interrupts = 0;
			else if (interrupts == 1)
				puts("\n(Interrupt -- one more to kill letter)");
			else
				keep_dead_letter(letter), outcome = IS_GIVEN_UP;
		} else if (mailx_variable("ignoreeof") && has_terminal) {
			clearerr(stdin);
			puts("Use \"~.\" to end the letter");
		} else {
			outcome = IS_DONE;
		}
	}
	if (has_terminal)
		sigaction(SIGINT, &before, NULL);
	free(line);
	return outcome == IS_DONE;
}

/* To the file that keeps what was sent, as the variable record says. */
static void record(const struct letter *letter, const char *path)
{
	char date[64];
	time_t now = time(NULL);
	FILE *file = fopen(path, "ae");
	strftime(date, sizeof date, "%a %b %e %T %Y", localtime(&now));
	if (file) {
		fprintf(file, "From %s %s\n", getenv("LOGNAME") ? getenv("LOGNAME") : "-", date);
		show_letter(letter, file);
		fputc('\n', file);
		fclose(file);
	}
}

static bool send_letter(const struct letter *letter)
{
	const char *program = mailx_variable("sendmail"), *path = mailx_variable("record");
	char *file = path && *path ? mailx_mail_path(path) : NULL;
	FILE *pipe = popen(program && *program ? program : "exec sendmail -i -t", "we");
	if (pipe)
		show_letter(letter, pipe);
	if (!pipe || pclose(pipe) != 0) {
		keep_dead_letter(letter);
		free(file);
		return false;
	}
	if (file)
		record(letter, file);
	free(file);
	return true;
}

bool mailx_compose(struct letter *letter)
{
	bool asks = isatty(0) && mailx_variable("asksub") && !letter->subject.length;
	if (asks)
		ask("Subject: ", &letter->subject, false);
	if (isatty(0) && mailx_variable("askcc"))
		ask("Cc: ", &letter->cc, true);
	if (isatty(0) && mailx_variable("askbcc"))
		ask("Bcc: ", &letter->bcc, true);
	if (!read_body(letter))
		return false;
	if (isatty(0))
		puts("EOT");
	if (mailx_discards_empty(false) && !letter->body.length)
		return true;
	return send_letter(letter);
}
