/* The files that go into an archive or to another place. */
#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "pax.h"
#include "tools.h"

static void (*visit_file)(const char *path, const struct stat *status);

/* The folders that lead here, so that a link of -L into one of them does not go round. */
struct above {
	const struct above *next;
	dev_t device;
	ino_t inode;
};

static bool look(const char *path, bool is_operand, struct stat *status)
{
	bool follows = pax.follow == 'L' || (pax.follow == 'H' && is_operand);
	if (follows && stat(path, status) == 0)
		return true;
	/* A link that leads nowhere goes as a link. */
	if (lstat(path, status) == 0)
		return true;
	pax_fail("%s", path);
	return false;
}

static void visit(const char *path, bool is_operand, const struct above *above)
{
	struct stat status;
	if (!look(path, is_operand, &status))
		return;
	if (pax.one_device && above && above->device != status.st_dev)
		return;
	if (S_ISSOCK(status.st_mode)) {
		pax_failx("%s: a socket cannot be archived", path);
		return;
	}
	for (const struct above *one = above; one; one = one->next) {
		if (!S_ISDIR(status.st_mode) || one->device != status.st_dev || one->inode != status.st_ino)
			continue;
		pax_failx("%s: it leads back to a folder above it", path);
		return;
	}
	visit_file(path, &status);
	if (!S_ISDIR(status.st_mode) || pax.names_itself)
		return;
	struct above here = {above, status.st_dev, status.st_ino};
	char **names = folder_names(path);
	if (!names)
		pax_fail("%s", path);
	for (char **name = names; name && *name; name++) {
		char *inner = path_join(path, *name);
		visit(inner, false, &here);
		free(inner);
	}
	if (names)
		free_names(names);
}

void pax_walk(char **operands, void (*visitor)(const char *path, const struct stat *status))
{
	char *line = NULL;
	size_t capacity = 0;
	visit_file = visitor;
	for (char **path = operands; *path; path++)
		visit(*path, true, NULL);
	if (*operands)
		return;
	int delimiter = pax.null_names ? 0 : '\n';
	for (ssize_t length; (length = getdelim(&line, &capacity, delimiter, stdin)) > 0;) {
		line[length - (line[length - 1] == delimiter)] = 0;
		if (*line)
			visit(line, true, NULL);
	}
	if (ferror(stdin))
		pax_fail("standard input");
	free(line);
}

/* Files with several names that went already. */
static struct gone {
	dev_t device;
	ino_t inode;
	char *name;
} *gone;
static size_t gone_count;

static const char *earlier_name(const struct stat *status, const char *name)
{
	if (status->st_nlink < 2 || S_ISDIR(status->st_mode))
		return NULL;
	for (size_t i = 0; i < gone_count; i++)
		if (gone[i].device == status->st_dev && gone[i].inode == status->st_ino)
			return gone[i].name;
	gone = reallocate(gone, (gone_count + 1) * sizeof *gone);
	gone[gone_count++] = (struct gone){status->st_dev, status->st_ino, duplicate(name)};
	return NULL;
}

bool pax_describe(const char *path, const struct stat *status, const char *name, struct pax_member *member)
{
	char target[4096];
	const char *earlier = earlier_name(status, name);
	*member = (struct pax_member){.name = (char *)name, .is_hard_link = earlier != NULL, .status = *status, .user = duplicate(user_name(status->st_uid)), .group = duplicate(group_name(status->st_gid))};
	/* In an archive a link comes without content, but where it was asked for, or the format knows no links. */
	bool has_content = S_ISREG(status->st_mode) && (!earlier || (!pax.reads && (pax.format == PAX_CPIO || (pax.link_data && pax.format == PAX_PAX))));
	member->content = has_content ? status->st_size : 0;
	if (earlier) {
		member->link = duplicate(earlier);
	} else if (S_ISLNK(status->st_mode)) {
		ssize_t length = readlink(path, target, sizeof target - 1);
		if (length < 0) {
			pax_fail("%s", path);
			pax_free_member(member);
			return false;
		}
		member->link = duplicate_range(target, (size_t)length);
	}
	return true;
}
