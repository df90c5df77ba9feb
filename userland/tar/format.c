/* Reading and writing of tar's headers. */
#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "owner.h"
#include "tar.h"
#include "tools.h"

static unsigned long long written; /* bytes of the archive */

void tar_copy_contents(long long size, FILE *output)
{
	char block[TAR_BLOCK];
	for (; size > 0; size -= TAR_BLOCK) {
		if (fread(block, 1, TAR_BLOCK, tar_archive) != TAR_BLOCK)
			errx(2, "Unexpected EOF in archive");
		if (output)
			fwrite(block, 1, size < TAR_BLOCK ? (size_t)size : TAR_BLOCK, output);
	}
}

static char *read_text(long long size)
{
	char *text = allocate((size_t)size + TAR_BLOCK), *at = text;
	for (long long left = size; left > 0; left -= TAR_BLOCK, at += TAR_BLOCK)
		if (fread(at, 1, TAR_BLOCK, tar_archive) != TAR_BLOCK)
			errx(2, "Unexpected EOF in archive");
	text[size] = 0;
	return text;
}

/* Records "length key=value\n" of pax headers. */
static void parse_records(char *text, long long size, char **name, char **link, long long *real_size)
{
	for (char *at = text; at < text + size;) {
		char *key;
		long length = strtol(at, &key, 10);
		if (length <= 0 || at + length > text + size)
			return;
		char *equals = strchr(++key, '=');
		at[length - 1] = 0;
		if (equals && !strncmp(key, "path=", 5))
			*name = duplicate(equals + 1);
		else if (equals && !strncmp(key, "linkpath=", 9))
			*link = duplicate(equals + 1);
		else if (equals && !strncmp(key, "size=", 5))
			*real_size = strtoll(equals + 1, NULL, 10);
		at += length;
	}
}

bool tar_read_member(struct tar_member *member)
{
	struct tar_header header;
	char *name = NULL, *link = NULL;
	long long real_size = -1;
	static const char zeros[TAR_BLOCK];
	for (;;) {
		size_t got = fread(&header, 1, TAR_BLOCK, tar_archive);
		if (got != TAR_BLOCK && ferror(tar_archive))
			err(2, "Cannot read the archive");
		if (got == 0 || !memcmp(&header, zeros, TAR_BLOCK))
			return false;
		if (got != TAR_BLOCK || !ustar_is_header(&header))
			errx(2, "This does not look like a tar archive");
		long long size = ustar_number(header.size, sizeof header.size);
		if (size < 0)
			errx(2, "A member's size is negative");
		if (header.type == 'L')
			name = read_text(size);
		else if (header.type == 'K')
			link = read_text(size);
		else if (header.type == 'x')
			parse_records(read_text(size), size, &name, &link, &real_size);
		else if (header.type == 'g')
			tar_copy_contents(size, NULL);
		else
			break;
	}
	*member = (struct tar_member){.type = header.type ? header.type : '0', .mode = (mode_t)ustar_number(header.mode, 8) & 07777};
	member->name = name ? name : ustar_name(&header);
	member->link = link ? link : duplicate_range(header.link, strnlen(header.link, 100));
	member->uid = (uid_t)ustar_number(header.uid, 8);
	member->gid = (gid_t)ustar_number(header.gid, 8);
	memcpy(member->user, header.user, 32);
	memcpy(member->group, header.group, 32);
	member->size = real_size >= 0 ? real_size : ustar_number(header.size, 12);
	member->mtime = ustar_number(header.mtime, 12);
	member->device = makedev((unsigned)ustar_number(header.major, 8), (unsigned)ustar_number(header.minor, 8));
	if (member->type == '0' && member->name[0] && member->name[strlen(member->name) - 1] == '/')
		member->type = '5';
	if (member->type != '0' && member->type != '7')
		member->size = 0;
	return true;
}

static void put_block(const void *block)
{
	if (fwrite(block, 1, TAR_BLOCK, tar_archive) != TAR_BLOCK)
		err(2, "Cannot write");
	written += TAR_BLOCK;
}

static void put_padded(const char *text, size_t size)
{
	char block[TAR_BLOCK];
	for (size_t at = 0; at < size; at += TAR_BLOCK) {
		size_t part = size - at < TAR_BLOCK ? size - at : TAR_BLOCK;
		memset(block, 0, TAR_BLOCK);
		memcpy(block, text + at, part);
		put_block(block);
	}
}

/* A name that does not fit goes before the member, as GNU's tar does it. */
static void put_long(char type, const char *text)
{
	struct tar_header header = {.type = type};
	strcpy(header.name, "././@LongLink");
	snprintf(header.size, sizeof header.size, "%011llo", (strlen(text) + 1) & 0777777777ULL);
	memcpy(header.mode, "0000644", 8);
	ustar_seal(&header);
	put_block(&header);
	put_padded(text, strlen(text) + 1);
}

/* Files with several links, to write the second as a link. */
static struct linked {
	dev_t device;
	ino_t inode;
	char *name;
} *links;
static size_t link_count;

static const char *earlier_link(const struct stat *status, const char *name)
{
	for (size_t i = 0; i < link_count; i++)
		if (links[i].device == status->st_dev && links[i].inode == status->st_ino)
			return links[i].name;
	links = reallocate(links, (link_count + 1) * sizeof *links);
	links[link_count++] = (struct linked){status->st_dev, status->st_ino, duplicate(name)};
	return NULL;
}

static void put_contents(const char *path, long long size)
{
	FILE *input = size > 0 ? fopen(path, "r") : NULL; /* a pipe would wait */
	char block[TAR_BLOCK];
	for (; size > 0; size -= TAR_BLOCK) {
		memset(block, 0, TAR_BLOCK);
		if (input && fread(block, 1, size < TAR_BLOCK ? (size_t)size : TAR_BLOCK, input) == 0 && ferror(input)) {
			warn("%s: Read error", path);
			tar_status = 2;
		}
		put_block(block);
	}
	if (input)
		fclose(input);
}

static void put_member(const char *path, const char *name, const struct stat *status)
{
	struct tar_header header = {.type = ustar_type(status->st_mode)};
	char target[4096] = "";
	const char *link = header.type == '0' && status->st_nlink > 1 ? earlier_link(status, name) : NULL;
	if (link)
		header.type = '1';
	if (header.type == '2') {
		ssize_t length = readlink(path, target, sizeof target - 1);
		target[length < 0 ? 0 : length] = 0;
		link = target;
	}
	if (link && strlen(link) > sizeof header.link)
		put_long('K', link);
	if (link)
		memcpy(header.link, link, strlen(link) < sizeof header.link ? strlen(link) : sizeof header.link);
	if (!ustar_put_name(&header, name))
		put_long('L', name);
	long long size = header.type == '0' ? status->st_size : 0;
	ustar_put_status(&header, status, size);
	if (!tar_flag.numeric) {
		snprintf(header.user, 32, "%s", user_name(status->st_uid));
		snprintf(header.group, 32, "%s", group_name(status->st_gid));
	}
	ustar_seal(&header);
	put_block(&header);
	put_contents(path, size);
}

void tar_add(const char *path)
{
	struct stat status;
	if (lstat(path, &status)) {
		warn("%s: Cannot stat", path);
		tar_status = 2;
		return;
	}
	if (S_ISSOCK(status.st_mode))
		return;
	if (S_ISREG(status.st_mode) && access(path, R_OK)) {
		warn("%s: Cannot open", path);
		tar_status = 2;
		return;
	}
	const char *relative = path;
	while (!tar_flag.absolute && *relative == '/')
		relative++;
	if (relative != path) {
		static bool told;
		if (!told)
			warnx("Removing leading `/' from member names");
		told = true;
	}
	bool folder = S_ISDIR(status.st_mode);
	size_t length = strlen(relative);
	char *name = folder && (!length || relative[length - 1] != '/') ? format_text("%s/", length ? relative : ".") : duplicate(relative);
	bool is_old = tar_flag.updates && !tar_is_newer(name, (long long)status.st_mtime);
	if (tar_flag.verbose && !is_old)
		fprintf(tar_archive == stdout ? stderr : stdout, "%s\n", name);
	if (!is_old)
		put_member(path, name, &status);
	free(name);
	char **names = folder ? folder_names(path) : NULL;
	for (char **inner = names; inner && *inner; inner++) {
		char *inside = path_join(path, *inner);
		if (!tar_is_excluded(inside))
			tar_add(inside);
		free(inside);
	}
	if (names)
		free_names(names);
}

void tar_begin_at(long offset)
{
	written = (unsigned long long)offset;
}

void tar_finish(void)
{
	static const char zeros[TAR_BLOCK];
	put_block(zeros);
	put_block(zeros);
	while (written % TAR_RECORD)
		put_block(zeros);
}
