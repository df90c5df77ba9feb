/* The ex commands that read and write files. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "ex.h"

static char **files;
static int file_count, file_index;
static char *alternate; /* the file that was edited before this one */

void set_files(char **names, int count)
{
	files = names;
	file_count = count;
}

char *expand_names(const char *text, bool is_command)
{
	struct text result = {0};
	text_clear(&result);
	for (; *text; text++) {
		bool is_name = *text == '%' || *text == '#' || (is_command && *text == '!');
		const char *value = *text == '%' ? buffer.name : *text == '#' ? alternate : last_command();
		if (*text == '\\' && text[1] && strchr("%#!", text[1])) {
			text_char(&result, *++text);
		} else if (!is_name) {
			text_char(&result, *text);
		} else if (value) {
			text_string(&result, value);
		} else {
			complain(*text == '!' ? "No command before this one" : "No file name for %c", *text);
			text_free(&result);
			return NULL;
		}
	}
	return text_take(&result);
}

/* The files of a list with blanks between them become those to be edited. */
static void set_list(const char *arguments)
{
	char *copy = expand_names(arguments, false), **names = NULL;
	int count = 0;
	for (char *word = copy ? strtok(copy, " \t") : NULL; word; word = strtok(NULL, " \t")) {
		names = reallocate(names, (size_t)(count + 2) * sizeof *names);
		names[count++] = word;
		names[count] = NULL;
	}
	if (count)
		set_files(names, count);
	file_index = 0;
}

bool write_file(const char *name, struct range range, bool append, bool forced)
{
	int lines;
	long bytes;
	bool own = buffer.name && !strcmp(name, buffer.name);
	bool exists = access(name, F_OK) == 0;
	if (own && editor.options.read_only && !forced) {
		complain("The file is read only: use w! to write it");
		return false;
	}
	if (!own && exists && !forced && !append && !editor.options.write_any) {
		complain("%.150s exists: use w! to overwrite it", name);
		return false;
	}
	if (!range.given)
		range = (struct range){0, buffer.count - 1, true};
	if (!buffer_save(name, range.first, range.last, append, &lines, &bytes)) {
		complain("%.150s: %s", name, strerror(errno));
		return false;
	}
	if (!buffer.modified)
		drop_copy();
	tell("\"%.150s\" %s%d lines, %ld bytes", name, exists ? "" : "[New] ", lines, bytes);
	return true;
}

bool write_automatically(void)
{
	if (!editor.options.auto_write || !buffer.modified || !buffer.name)
		return true;
	return write_file(buffer.name, (struct range){0}, false, false);
}

void edit_file(const char *name, bool forced)
{
	int lines;
	long bytes;
	if (buffer.modified && !forced) {
		complain("No write since the last change: use e! to drop it");
		return;
	}
	char *copy = *name ? duplicate(name) : buffer.name ? duplicate(buffer.name) : NULL;
	if (!copy) {
		complain("No file name");
		return;
	}
	drop_copy();
	buffer_clear();
	bool loaded = buffer_load(copy, 0, &lines, &bytes);
	int error = errno;
	if (buffer.name && strcmp(buffer.name, copy)) {
		free(alternate);
		alternate = buffer.name;
	} else {
		free(buffer.name);
	}
	buffer.name = copy;
	bool is_empty = buffer.count == 0;
	if (is_empty)
		buffer_insert(0, "", 0);
	buffer.has_no_lines = is_empty;
	buffer.modified = false;
	forget_changes();
	editor.cursor = (struct position){0, first_nonblank(0)};
	editor.top = 0;
	if (!editor.is_read_only_chosen || !editor.options.read_only)
		editor.options.read_only = editor.is_viewing || (loaded && access(copy, W_OK) < 0);
	editor.is_read_only_chosen &= editor.options.read_only;
	if (loaded)
		tell("\"%.150s\"%s%s %d lines, %ld bytes", copy, buffer.lacks_newline ? " [No newline at the end]" : "",
			 editor.options.read_only && !editor.is_viewing ? " [Read only]" : "", lines, bytes);
	else if (error == ENOENT)
		tell("\"%.150s\" [New file]", copy);
	else
		complain("%.150s: %s", copy, strerror(error));
	if (!editor.is_error)
		tell_of_copy(copy);
}

void command_write(struct range range, const char *arguments, bool forced)
{
	if (*arguments == '!') {
		write_to_command(range, arguments + 1);
		return;
	}
	bool append = !strncmp(arguments, ">>", 2);
	const char *name = arguments + (append ? 2 : 0);
	name += strspn(name, " ");
	if (!*name && !buffer.name) {
		complain("No file name");
		return;
	}
	char *expanded = expand_names(name, false);
	if (!expanded)
		return;
	if (*expanded && !buffer.name)
		buffer.name = duplicate(expanded);
	write_file(*expanded ? expanded : buffer.name, range, append, forced);
	free(expanded);
}

void command_quit(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments;
	if (buffer.modified && !forced)
		complain("No write since the last change: use q! to drop it");
	else if (file_index + 1 < file_count && !forced)
		complain("%d more file(s) to edit: use n, or q!", file_count - file_index - 1),
			file_index = file_count;
	else
		editor.done = true;
}

void command_write_quit(struct range range, const char *arguments, bool forced)
{
	command_write(range, arguments, forced);
	if (!editor.is_error)
		editor.done = true;
}

void command_exit(struct range range, const char *arguments, bool forced)
{
	if (buffer.modified)
		command_write_quit(range, arguments, forced);
	else
		editor.done = true;
}

/* e: the argument may begin with a command behind a +. */
void command_edit(struct range range, const char *arguments, bool forced)
{
	char *command = NULL;
	(void)range;
	if (*arguments == '+') {
		size_t length = strcspn(++arguments, " \t");
		command = duplicate_range(length ? arguments : "$", length ? length : 1);
		arguments += length + strspn(arguments + length, " \t");
	}
	char *name = expand_names(arguments, false);
	if (name)
		edit_file(name, forced);
	free(name);
	if (command && !editor.is_error)
		run_ex(command);
	free(command);
}

void command_next(struct range range, const char *arguments, bool forced)
{
	(void)range;
	if (!forced && !write_automatically())
		return;
	if (*arguments && (forced || !buffer.modified)) {
		set_list(arguments);
		edit_file(files[0], forced);
	} else if (file_index + 1 >= file_count && !*arguments)
		complain("No more files to edit");
	else if (buffer.modified && !forced)
		complain("No write since the last change: use n! to drop it");
	else
		edit_file(files[++file_index], forced);
}

void command_rewind(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments;
	if (!forced && !write_automatically())
		return;
	if (!file_count) {
		complain("No files to edit");
	} else if (buffer.modified && !forced) {
		complain("No write since the last change: use rew! to drop it");
	} else {
		file_index = 0;
		edit_file(files[0], forced);
	}
}

void command_previous(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments;
	if (file_index <= 0 || !file_count)
		complain("No file before this one");
	else if (buffer.modified && !forced)
		complain("No write since the last change: use prev! to drop it");
	else
		edit_file(files[--file_index], forced);
}

void command_arguments(struct range range, const char *arguments, bool forced)
{
	struct text list = {0};
	(void)range, (void)arguments, (void)forced;
	text_clear(&list);
	for (int i = 0; i < file_count; i++)
		text_format(&list, i == file_index ? "%s[%s]" : "%s%s", i ? " " : "", files[i]);
	tell("%s", file_count ? list.data : "No files");
	text_free(&list);
}

void command_source(struct range range, const char *arguments, bool forced)
{
	static int depth;
	(void)range, (void)forced;
	FILE *file = depth < 20 ? fopen(arguments, "re") : NULL;
	if (!file) {
		complain("%.150s: %s", arguments, depth < 20 ? strerror(errno) : "files within files");
		return;
	}
	char *line = NULL;
	size_t size = 0;
	depth++;
	for (ssize_t length; !editor.is_error && (length = getline(&line, &size, file)) > 0;) {
		line[length - (line[length - 1] == '\n')] = 0;
		run_ex(line);
	}
	depth--;
	free(line);
	fclose(file);
}

void command_folder(struct range range, const char *arguments, bool forced)
{
	const char *home = getenv("HOME"), *folder = *arguments ? arguments : home ? home : "/";
	(void)range, (void)forced;
	if (chdir(folder) < 0)
		complain("%.150s: %s", folder, strerror(errno));
}
