/* The actions of find: printing, deleting, running commands. */
#include "actions.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

#include "files.h"
#include "mode.h"
#include "owner.h"
#include "tools.h"

enum { BATCH_BYTES = 100000 };

static struct find_node *batches;

bool find_print(struct find_node *node, struct find_file *file)
{
	FILE *output = node->output ? node->output : stdout;
	fprintf(output, "%s\n", file->path);
	return true;
}

bool find_print0(struct find_node *node, struct find_file *file)
{
	(void)node;
	printf("%s%c", file->path, 0);
	return true;
}

bool find_list(struct find_node *node, struct find_file *file)
{
	char mode[11], date[32];
	struct tm local;
	const struct stat *status = find_status_of(file);
	(void)node;
	localtime_r(&status->st_mtime, &local);
	bool recent = time(NULL) - status->st_mtime < 31556952 / 2;
	strftime(date, sizeof date, recent ? "%b %e %H:%M" : "%b %e  %Y", &local);
	printf("%9llu %6llu %s %3lu %-8s %-8s %8lld %s %s", (unsigned long long)status->st_ino, (unsigned long long)status->st_blocks / 2,
		mode_string(status->st_mode, mode), (unsigned long)status->st_nlink, user_name(status->st_uid),
		group_name(status->st_gid), (long long)status->st_size, date, file->path);
	char target[4096];
	ssize_t length = S_ISLNK(status->st_mode) ? readlink(file->path, target, sizeof target) : -1;
	if (length >= 0)
		printf(" -> %.*s", (int)length, target);
	putchar('\n');
	return true;
}

bool find_delete(struct find_node *node, struct find_file *file)
{
	(void)node;
	if (!strcmp(file->path, "."))
		return true;
	if (!(S_ISDIR(find_type_of(file)) ? rmdir(file->path) : unlink(file->path)))
		return true;
	warn("cannot delete '%s'", file->path);
	find_status = 1;
	return false;
}

bool find_quit(struct find_node *node, struct find_file *file)
{
	(void)node;
	(void)file;
	find_finish();
	exit(fflush(stdout) ? 1 : find_status);
}

static void put_time(struct timespec when, const char **at)
{
	char text[64], format[] = {'%', *++*at, 0};
	struct tm local;
	localtime_r(&when.tv_sec, &local);
	if (**at == '@')
		snprintf(text, sizeof text, "%lld.%09ld0", (long long)when.tv_sec, (long)when.tv_nsec);
	else if (**at == '+')
		strftime(text, sizeof text, "%Y-%m-%d+%H:%M:%S", &local);
	else
		text[strftime(text, sizeof text, format, &local)] = 0;
	fputs(text, stdout);
}

static char type_letter(mode_t mode)
{
	char text[11];
	char letter = mode_string(mode, text)[0];
	return letter == '-' ? 'f' : letter;
}

static void put_field(const char **at, struct find_file *file)
{
	const struct stat *status = find_status_of(file);
	char mode[11], target[4096];
	ssize_t length;
	const char *name = path_name(file->path);
	switch (**at) {
	case '%': putchar('%'); break;
	case 'd': printf("%d", file->depth); break;
	case 'f': fputs(name, stdout); break;
	case 'g': fputs(group_name(status->st_gid), stdout); break;
	case 'G': printf("%u", status->st_gid); break;
	case 'h': printf("%.*s", name == file->path ? 1 : (int)(name - file->path) - 1, name == file->path ? "." : file->path); break;
	case 'H': fputs(file->top, stdout); break;
	case 'i': printf("%llu", (unsigned long long)status->st_ino); break;
	case 'k': printf("%llu", (unsigned long long)(status->st_blocks + 1) / 2); break;
	case 'b': printf("%llu", (unsigned long long)status->st_blocks); break;
	case 'l':
		length = S_ISLNK(status->st_mode) ? readlink(file->path, target, sizeof target) : 0;
		printf("%.*s", length < 0 ? 0 : (int)length, target);
		break;
	case 'm': printf("%o", status->st_mode & 07777); break;
	case 'M': fputs(mode_string(status->st_mode, mode), stdout); break;
	case 'n': printf("%lu", (unsigned long)status->st_nlink); break;
	case 'p': fputs(file->path, stdout); break;
	case 'P': {
		const char *rest = file->path + strlen(file->top);
		fputs(file->depth && *rest == '/' ? rest + 1 : rest, stdout);
		break;
	}
	case 's': printf("%lld", (long long)status->st_size); break;
	case 'u': fputs(user_name(status->st_uid), stdout); break;
	case 'U': printf("%u", status->st_uid); break;
	case 'y': putchar(type_letter(status->st_mode)); break;
	case 'T': put_time(status->st_mtim, at); break;
	case 'A': put_time(status->st_atim, at); break;
	case 'C': put_time(status->st_ctim, at); break;
	default: printf("%%%c", **at);
	}
}

void find_check_format(const char *format)
{
	for (const char *at = format; (at = strchr(at, '%')); at += 2)
		if (!at[1])
			errx(1, "error: %% at end of format string");
}

bool find_printf(struct find_node *node, struct find_file *file)
{
	static const char letters[] = "abfnrtv0\\", values[] = "\a\b\f\n\r\t\v\0\\";
	for (const char *at = node->text; *at; at++) {
		const char *found = *at == '\\' && at[1] ? strchr(letters, at[1]) : NULL;
		if (found) {
			putchar(values[found - letters]);
			at++;
		} else if (*at == '%' && at[1]) {
			at++;
			put_field(&at, file);
		} else {
			putchar(*at);
		}
	}
	return true;
}

/* Runs a command, in `folder` if it is given; true if it exits with 0. */
static bool run(char **words, const char *folder)
{
	int status;
	fflush(stdout);
	pid_t child = fork();
	if (child < 0)
		err(1, "cannot fork");
	if (child == 0) {
		if (folder && chdir(folder))
			err(1, "%s", folder);
		execvp(words[0], words);
		warn("'%s'", words[0]);
		_exit(127);
	}
	while (waitpid(child, &status, 0) < 0 && errno == EINTR)
		continue;
	return status == 0;
}

static char *replace(const char *word, const char *path)
{
	struct text result = {0};
	text_string(&result, "");
	for (const char *found; (found = strstr(word, "{}")); word = found + 2) {
		text_add(&result, word, (size_t)(found - word));
		text_string(&result, path);
	}
	text_string(&result, word);
	return result.data;
}

static void run_batch(struct find_node *node)
{
	char **line = allocate(sizeof *line * ((size_t)node->word_count + node->batch_count + 1));
	memcpy(line, node->words, sizeof *line * (size_t)node->word_count);
	memcpy(line + node->word_count, node->batch, sizeof *line * node->batch_count);
	line[(size_t)node->word_count + node->batch_count] = NULL;
	if (!run(line, NULL))
		find_status = 1;
	for (size_t i = 0; i < node->batch_count; i++)
		free(node->batch[i]);
	node->batch_count = node->batch_bytes = 0;
	free(line);
}

static bool gather(struct find_node *node, const char *path)
{
	if (node->batch_bytes + strlen(path) > BATCH_BYTES)
		run_batch(node);
	node->batch = reallocate(node->batch, sizeof *node->batch * (node->batch_count + 1));
	node->batch[node->batch_count++] = duplicate(path);
	node->batch_bytes += strlen(path) + sizeof path;
	return true;
}

bool find_execute(struct find_node *node, struct find_file *file)
{
	if (node->letter == '+')
		return gather(node, file->path);
	const char *name = path_name(file->path);
	bool in_folder = node->letter == 'd';
	char *folder = !in_folder ? NULL : name == file->path ? duplicate(".") : duplicate_range(file->path, (size_t)(name - file->path));
	char *path = in_folder ? format_text("./%s", name) : duplicate(file->path);
	char **line = allocate(sizeof *line * ((size_t)node->word_count + 1));
	for (int i = 0; i < node->word_count; i++)
		line[i] = replace(node->words[i], path);
	line[node->word_count] = NULL;
	bool result = false;
	if (node->letter == '?')
		fprintf(stderr, "< %s ... %s > ? ", node->words[0], file->path);
	int answer = node->letter == '?' ? getchar() : 'y';
	for (int c = answer; node->letter == '?' && c != '\n' && c != EOF;)
		c = getchar();
	if (answer == 'y' || answer == 'Y')
		result = run(line, folder);
	for (int i = 0; i < node->word_count; i++)
		free(line[i]);
	free(line);
	free(path);
	free(folder);
	return result;
}

void find_parse_command(struct find_node *node, const char *name, char ***argv)
{
	char **word = *argv;
	for (; *word; word++) {
		bool batch = !strcmp(*word, "+") && word > *argv && !strcmp(word[-1], "{}") && node->letter == ';';
		if (strcmp(*word, ";") && !batch)
			continue;
		node->words = *argv;
		node->word_count = (int)(word - *argv) - batch;
		if (node->word_count < 1)
			errx(1, "missing argument to `%s'", name);
		if (batch) {
			node->letter = '+';
			node->next_batch = batches;
			batches = node;
		}
		*argv = word + 1;
		return;
	}
	errx(1, "missing argument to `%s'", name);
}

void find_finish(void)
{
	for (struct find_node *node = batches; node; node = node->next_batch)
		if (node->batch_count)
			run_batch(node);
}
