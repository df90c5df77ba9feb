/* Completion by Tab: commands, files, variables. */
#include <dirent.h>
#include <pwd.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "editor.h"

enum { ASK_FROM = 100 };

/* The word before the cursor, as it is meant and as it stands there. */
struct request {
	size_t start;  /* in the line */
	char *text;    /* without quotes and backslashes; in scratch */
	char quote;    /* open at the cursor, or 0 */
	bool command;  /* it stands where a command does */
	bool folders;  /* only folders make sense: cd, rmdir */
	char *name;    /* of the command whose operand it is; in scratch */
};

static bool ends_command(const char *line, size_t end)
{
	static const char *const openers[] = {"then",  "do",      "else", "elif",  "if",
										  "while", "until",   "!",    "{",     "time",
										  "exec",  "command", "env",  "xargs", "strace"};
	while (end && line[end - 1] == ' ')
		end--;
	if (!end || strchr("|&;(`\n", line[end - 1]))
		return true;
	size_t start = end;
	while (start && !strchr(" |&;(`", line[start - 1]))
		start--;
	for (size_t i = 0; i < sizeof openers / sizeof *openers; i++)
		if (strlen(openers[i]) == end - start && !strncmp(openers[i], line + start, end - start))
			return true;
	return false;
}

/* The first word of the command that ends at `end`. */
static char *command_name(const char *line, size_t end)
{
	size_t start = end;
	while (start && !strchr("|&;(`\n", line[start - 1]))
		start--;
	start += strspn(line + start, " ");
	return arena_string(&scratch, line + start, strcspn(line + start, " \n"));
}

static void find_word(const char *line, size_t cursor, struct request *request)
{
	struct text text = {0};
	text_clear(&text);
	*request = (struct request){0};
	for (size_t i = 0; i < cursor; i++) {
		char c = line[i];
		if (request->quote) {
			if (c == request->quote) {
				request->quote = 0;
				continue;
			}
		} else if (c == '\'' || c == '"') {
			request->quote = c;
			continue;
		} else if (c == '\\' && i + 1 < cursor) {
			c = line[++i];
		} else if (strchr(" \t\n|&;()<>`", c) || (c == '=' && !request->command)) {
			request->start = i + 1;
			text_clear(&text);
			continue;
		}
		text_char(&text, c);
	}
	request->text = arena_string(&scratch, text.data, text.length);
	request->command = ends_command(line, request->start);
	request->name = command_name(line, request->start);
	request->folders = !strcmp(request->name, "cd") || !strcmp(request->name, "rmdir");
	text_free(&text);
}

static void add_matching(const char *name, const struct request *request, struct words *found)
{
	if (!strncmp(name, request->text, strlen(request->text)))
		add_word(found, arena_string(&scratch, name, strlen(name)));
}

/* ~ and ~user at the front of a path, for looking into the folder. */
static char *real_folder(const char *path, size_t length)
{
	char *folder = arena_string(&scratch, path, length);
	if (*folder != '~')
		return *folder ? folder : ".";
	size_t name = strcspn(folder, "/");
	char *user = arena_string(&scratch, folder + 1, name - 1);
	const struct passwd *entry = *user ? getpwnam(user) : NULL;
	const char *home = *user ? entry ? entry->pw_dir : NULL : get_variable("HOME");
	if (!home)
		return folder;
	struct text text = {0};
	text_format(&text, "%s%s", home, folder + name);
	folder = arena_string(&scratch, text.data, text.length);
	text_free(&text);
	return folder;
}

static void add_files(const struct request *request, bool only_programs, struct words *found)
{
	const char *slash = strrchr(request->text, '/');
	const char *name = slash ? slash + 1 : request->text;
	size_t length = (size_t)(name - request->text), prefix = strlen(name);
	DIR *folder = opendir(real_folder(request->text, length));
	if (!folder)
		return;
	for (struct dirent *entry; (entry = readdir(folder));) {
		struct stat status = {0};
		const char *file = entry->d_name;
		if (strncmp(file, name, prefix) || (*file == '.' && *name != '.'))
			continue;
		if (!strcmp(file, ".") || !strcmp(file, ".."))
			continue;
		bool known = fstatat(dirfd(folder), file, &status, 0) == 0;
		bool is_folder = known && S_ISDIR(status.st_mode);
		bool is_program = known && status.st_mode & 0111;
		if ((request->folders && !is_folder) || (only_programs && !is_folder && !is_program))
			continue;
		struct text text = {0};
		text_format(&text, "%.*s%s%s", (int)length, request->text, file, is_folder ? "/" : "");
		add_word(found, arena_string(&scratch, text.data, text.length));
		text_free(&text);
	}
	closedir(folder);
}

static void add_programs(const struct request *request, struct words *found)
{
	const char *path = get_variable("PATH");
	for (int i = 0; i < builtin_count; i++)
		add_matching(builtins[i].name, request, found);
	each_function(add_matching, request, found);
	each_alias(add_matching, request, found);
	while (path && *path) {
		size_t length = strcspn(path, ":");
		DIR *folder = opendir(arena_string(&scratch, path, length));
		for (struct dirent *entry; folder && (entry = readdir(folder));)
			if (*entry->d_name != '.')
				add_matching(entry->d_name, request, found);
		if (folder)
			closedir(folder);
		path += length + (path[length] == ':');
	}
}

struct variable_search {
	const char *prefix, *name;
	struct words *found;
};

static void add_variable(struct variable *variable, void *data)
{
	struct variable_search *search = data;
	if (!variable->value || strncmp(variable->name, search->name, strlen(search->name)))
		return;
	struct text text = {0};
	text_format(&text, "%s%s", search->prefix, variable->name);
	add_word(search->found, arena_string(&scratch, text.data, text.length));
	text_free(&text);
}

static bool add_variables(const struct request *request, struct words *found)
{
	const char *dollar = strrchr(request->text, '$');
	if (!dollar || request->quote == '\'')
		return false;
	size_t length = (size_t)(dollar + 1 - request->text) + (dollar[1] == '{');
	if (request->text[length] && !is_name(request->text + length))
		return false;
	struct variable_search search = {arena_string(&scratch, request->text, length),
									 request->text + length, found};
	for_each_variable(add_variable, &search);
	return true;
}

static int compare(const void *left, const void *right)
{
	return strcmp(*(char *const *)left, *(char *const *)right);
}

/* Sorts, and removes what stands there twice. */
static void sort_unique(struct words *words)
{
	int kept = 0;
	if (!words->count)
		return;
	qsort(words->items, (size_t)words->count, sizeof(char *), compare);
	for (int i = 1; i < words->count; i++)
		if (strcmp(words->items[kept], words->items[i]))
			words->items[++kept] = words->items[i];
	words->count = kept + 1;
}

static void find_candidates(const struct request *request, struct words *found)
{
	if (!add_variables(request, found)) {
		if (request->command && !strchr(request->text, '/'))
			add_programs(request, found);
		else
			add_files(request, request->command, found);
		if (!request->command && *request->text == '-')
			complete_options(request->name, request->text, found);
	}
	sort_unique(found);
}

static size_t common_length(const struct words *words)
{
	size_t length = strlen(words->items[0]);
	for (int i = 1; i < words->count; i++) {
		size_t same = 0;
		while (same < length && words->items[i][same] == words->items[0][same])
			same++;
		length = same;
	}
	while (length && (words->items[0][length] & 0xc0) == 0x80)
		length--;
	return length;
}

/* Puts `text` in place of the word, with the quotes or backslashes that it needs. */
static void replace_word(struct editor *editor, const struct request *request, const char *text,
                         size_t length, bool complete)
{
	struct text word = {0};
	text_clear(&word);
	if (request->quote)
		text_char(&word, request->quote);
	for (size_t i = 0; i < length; i++) {
		bool special = !request->quote && strchr(" \t'\"\\|&;()<>`*?[]#!", text[i]);
		if (special)
			text_char(&word, '\\');
		text_char(&word, text[i]);
	}
	if (complete && text[length - 1] != '/') {
		if (request->quote)
			text_char(&word, request->quote);
		text_char(&word, ' ');
	}
	delete_range(editor, request->start, editor->cursor);
	insert_text(editor, word.data, word.length);
	text_free(&word);
}

static void show_candidates(struct editor *editor, struct words *found)
{
	for (int i = 0; i < found->count; i++) {
		char *item = found->items[i], *slash = strrchr(item, '/');
		if (slash && !slash[1])
			for (slash--; slash > item && *slash != '/'; slash--)
				continue;
		if (slash && *slash == '/' && slash[1])
			found->items[i] = slash + 1;
	}
	if (found->count >= ASK_FROM) {
		size_t cursor = editor->cursor;
		finish_line(editor);
		editor->cursor = cursor;
		fprintf(stderr, "Display all %d possibilities? (y or n)", found->count);
		int key = next_key(editor);
		fputs("\r\n", stderr);
		if (key != 'y' && key != ' ')
			return;
	}
	list_candidates(editor, found);
}

void complete_at_cursor(struct editor *editor)
{
	struct arena_mark mark = arena_mark(&scratch);
	struct request request;
	struct words found = {0};
	find_word(editor->line.data, editor->cursor, &request);
	find_candidates(&request, &found);
	size_t length = found.count ? common_length(&found) : 0;
	if (!found.count) {
		beep();
	} else if (found.count == 1 || length > strlen(request.text)) {
		replace_word(editor, &request, found.items[0], length, found.count == 1);
	} else if (editor->last_was_tab) {
		show_candidates(editor, &found);
	} else {
		beep();
	}
	arena_release(&scratch, mark);
}
