/*
 * Copies of what is being edited, for the case that the editor is killed: a file in the folder vi.recover of the option directory, a
 * header with the name and then the text. It is written while nobody types, and goes when the text is written or given up.
 * The editor that owns a copy holds a lock on it: those without are to be recovered.
 */
#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <time.h>
#include <unistd.h>

#include "ex.h"
#include "files.h"

static const char MAGIC[] = "vi recovery 1\n"; /* then the whole path, a NUL, and the lines */

static int copy_fd = -1;
static char *copy_path;
static unsigned long copied_version;
static bool is_kept; /* by preserve: it stays when the editor ends */

static char *recovery_folder(void)
{
	return path_join(editor.options.directory, "vi.recover");
}

/* The path from the root, on the heap. */
static char *whole_path(const char *name)
{
	char folder[PATH_MAX];
	if (*name == '/' || !getcwd(folder, sizeof folder))
		return duplicate(name);
	return path_join(folder, name);
}

static bool open_copy(void)
{
	char *folder = recovery_folder();
	if (mkdir(folder, 0777) == 0)
		chmod(folder, 01777);
	copy_path = format_text("%s/%u-XXXXXX", folder, getuid());
	free(folder);
	copy_fd = mkostemp(copy_path, O_CLOEXEC);
	if (copy_fd >= 0 && flock(copy_fd, LOCK_EX | LOCK_NB) == 0)
		return true;
	free(copy_path);
	copy_path = NULL;
	return false;
}

/* Writes the copy anew. False with errno. */
static bool write_copy(void)
{
	struct text text = {0};
	char *name = whole_path(buffer.name ? buffer.name : "");
	if (copy_fd < 0 && !open_copy()) {
		free(name);
		return false;
	}
	text_string(&text, MAGIC);
	text_add(&text, name, strlen(name) + 1);
	free(name);
	for (int i = 0; i < buffer.count && !buffer.has_no_lines; i++) {
		text_add(&text, buffer.lines[i].bytes, (size_t)buffer.lines[i].length);
		text_char(&text, '\n');
	}
	bool done = lseek(copy_fd, 0, SEEK_SET) == 0 && write_all(copy_fd, text.data, text.length) == 0 && ftruncate(copy_fd, (off_t)text.length) == 0;
	text_free(&text);
	copied_version = buffer.version;
	return done;
}

void keep_copy(void)
{
	bool is_needed = buffer.modified && buffer.version != copied_version;
	if (is_needed)
		write_copy();
	else if (!buffer.modified)
		drop_copy();
}

bool is_copy_old(void)
{
	return buffer.modified && buffer.version != copied_version;
}

void drop_copy(void)
{
	if (copy_fd < 0)
		return;
	if (!is_kept)
		unlink(copy_path);
	close(copy_fd);
	free(copy_path);
	copy_fd = -1;
	copy_path = NULL;
	is_kept = false;
}

/* As XCU wants it: the name, the time, and the command to recover it with. */
static void mail_user(void)
{
	char *name = buffer.name ? whole_path(buffer.name) : duplicate(""), date[64];
	time_t now = time(NULL);
	FILE *mail = access("/bin/sendmail", X_OK) == 0 ? popen("exec sendmail -i \"$(id -un)\" 2>/dev/null", "we") : NULL;
	strftime(date, sizeof date, "%a %b %e %T %Y", localtime(&now));
	if (mail) {
		fprintf(mail, "Subject: vi kept %s\n\nThe text of %s as it was edited was kept on %s.\nvi -r %s (or :recover %s in vi) gets it back.\n", *name ? name : "a text without a name",
				*name ? name : "a file without a name", date, name, name);
		pclose(mail);
	}
	free(name);
}

bool preserve(void)
{
	if (!write_copy())
		return false;
	is_kept = true;
	mail_user();
	return true;
}

void command_preserve(struct range range, const char *arguments, bool forced)
{
	(void)range, (void)arguments, (void)forced;
	if (preserve())
		tell("Kept: vi -r %.150s gets it back", buffer.name ? buffer.name : "\"\"");
	else
		complain("%.100s: %s", editor.options.directory, strerror(errno));
}

/* A copy that no editor owns any more; `path` and `data` are on the heap. */
struct copy {
	char *path, *data;
	const char *name, *text; /* in data */
	size_t length;           /* of the text */
	time_t time;
};

static bool load_copy(const char *path, struct copy *copy)
{
	struct stat about;
	size_t length, head = sizeof MAGIC - 1;
	int fd = open(path, O_RDONLY | O_CLOEXEC | O_NOFOLLOW);
	bool is_free = fd >= 0 && fstat(fd, &about) == 0 && about.st_uid == geteuid() && flock(fd, LOCK_EX | LOCK_NB) == 0;
	if (fd >= 0)
		close(fd);
	char *data = is_free ? read_file(path, &length) : NULL;
	if (!data)
		return false;
	const char *end = length > head && !memcmp(data, MAGIC, head) ? memchr(data + head, 0, length - head) : NULL;
	if (!end) {
		free(data);
		return false;
	}
	*copy = (struct copy){duplicate(path), data, data + head, end + 1, length - (size_t)(end + 1 - data), about.st_mtime};
	return true;
}

static void free_copy(struct copy *copy)
{
	free(copy->path);
	free(copy->data);
	*copy = (struct copy){0};
}

/* Calls `visit` for each copy, which frees it. */
static void each_copy(void (*visit)(struct copy *copy, void *context), void *context)
{
	char *folder = recovery_folder(), **names = folder_names(folder);
	for (char **name = names; name && *name; name++) {
		char *path = path_join(folder, *name);
		struct copy copy;
		if (load_copy(path, &copy))
			visit(&copy, context);
		free(path);
	}
	if (names)
		free_names(names);
	free(folder);
}

struct wanted {
	char *name;
	struct copy newest;
	int count;
};

static void take_newest(struct copy *copy, void *context)
{
	struct wanted *wanted = context;
	bool is_it = !strcmp(copy->name, wanted->name);
	wanted->count += is_it;
	if (is_it && (!wanted->newest.path || copy->time > wanted->newest.time)) {
		free_copy(&wanted->newest);
		wanted->newest = *copy;
	} else {
		free_copy(copy);
	}
}

static struct wanted find_copies(const char *name)
{
	struct wanted wanted = {.name = whole_path(name)};
	each_copy(take_newest, &wanted);
	return wanted;
}

static void list_copy(struct copy *copy, void *context)
{
	char date[64];
	strftime(date, sizeof date, "%a %b %e %T %Y", localtime(&copy->time));
	printf("%s  %s\n", date, *copy->name ? copy->name : "(no name)");
	++*(int *)context;
	free_copy(copy);
}

void list_copies(void)
{
	int count = 0;
	each_copy(list_copy, &count);
	if (!count)
		puts("No files to recover");
}

void tell_of_copy(const char *name)
{
	struct wanted wanted = find_copies(name);
	if (wanted.count)
		tell("A copy of an edit of %.100s that did not end is kept: :recover or vi -r gets it back", name);
	free_copy(&wanted.newest);
	free(wanted.name);
}

/* The text of the copy in place of what is edited; the copy itself goes. */
static void take_copy(const struct wanted *wanted)
{
	const char *text = wanted->newest.text, *end = text + wanted->newest.length;
	buffer_clear();
	for (const char *newline; text < end && (newline = memchr(text, '\n', (size_t)(end - text))); text = newline + 1)
		buffer_insert(buffer.count, text, (int)(newline - text));
	bool is_empty = buffer.count == 0;
	if (is_empty)
		buffer_insert(0, "", 0);
	buffer.has_no_lines = is_empty;
	buffer.modified = true;
	forget_changes();
	editor.cursor = (struct position){0, first_nonblank(0)};
	if (write_copy()) /* of ours, before the other one goes */
		unlink(wanted->newest.path);
	tell("Recovered, %d lines%s: :w keeps it", buffer.has_no_lines ? 0 : buffer.count, wanted->count > 1 ? ", and there are older copies" : "");
}

void command_recover(struct range range, const char *arguments, bool forced)
{
	(void)range;
	const char *name = *arguments ? arguments : buffer.name;
	if (buffer.modified && !forced) {
		complain("No write since the last change: use rec! to drop it");
		return;
	}
	if (!name) {
		complain("No file name");
		return;
	}
	struct wanted wanted = find_copies(name);
	if (!buffer.name || strcmp(buffer.name, name))
		edit_file(name, true);
	editor.is_error = false; /* the file itself need not be there */
	if (wanted.newest.path)
		take_copy(&wanted);
	else
		tell("Nothing was kept of %.150s", name);
	free_copy(&wanted.newest);
	free(wanted.name);
}
