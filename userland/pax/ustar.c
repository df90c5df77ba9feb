/* Members in the formats ustar and pax, and those of GNU's tar. */
#include "ustar.h"

#include <stdlib.h>
#include <string.h>
#include <sys/sysmacros.h>
#include <time.h>
#include <unistd.h>

#include "pax.h"
#include "tools.h"

/* No extended header is near this; a hostile one may not have all memory. */
enum { RECORDS_LIMIT = 1 << 24 };

static char *read_text(long long size)
{
	if (size < 0 || size > RECORDS_LIMIT)
		errx(1, "an extended header has %lld bytes", size);
	char *text = allocate((size_t)size + 1);
	pax_get(text, (size_t)size);
	pax_skip(-size & (TAR_BLOCK - 1));
	text[size] = 0;
	return text;
}

static mode_t type_of(char flag)
{
	switch (flag) {
	case '2': return S_IFLNK;
	case '3': return S_IFCHR;
	case '4': return S_IFBLK;
	case '5': return S_IFDIR;
	case '6': return S_IFIFO;
	default: return S_IFREG;
	}
}

/* A header block; false at the end: a block of zeros, or nothing more. */
static bool read_header(struct tar_header *header)
{
	static const struct tar_header zeros;
	static bool is_first = true;
	int next = getc(pax_archive);
	if (next == EOF) {
		if (ferror(pax_archive))
			err(1, "the archive cannot be read");
		if (is_first)
			errx(1, "the archive is empty");
		return false;
	}
	ungetc(next, pax_archive);
	pax_get(header, sizeof *header);
	if (!memcmp(header, &zeros, sizeof zeros))
		return false;
	if (!ustar_is_header(header))
		errx(1, is_first ? "this is no archive of a known format" : "the archive is damaged: no header where one must be");
	is_first = false;
	return true;
}

static void take_header(const struct tar_header *header, struct pax_member *member)
{
	bool has_link = header->type == '1' || header->type == '2';
	member->status = (struct stat){.st_mode = type_of(header->type) | ((mode_t)ustar_number(header->mode, 8) & 07777), .st_uid = (uid_t)ustar_number(header->uid, 8),
		.st_gid = (gid_t)ustar_number(header->gid, 8), .st_nlink = header->type == '1' ? 2 : 1, .st_size = ustar_number(header->size, 12), .st_mtim.tv_sec = ustar_number(header->mtime, 12),
		.st_rdev = makedev((unsigned)ustar_number(header->major, 8), (unsigned)ustar_number(header->minor, 8))};
	member->status.st_atim = member->status.st_mtim;
	member->is_hard_link = header->type == '1';
	if (!member->name)
		member->name = ustar_name(header);
	if (has_link && !member->link)
		member->link = duplicate_range(header->link, strnlen(header->link, sizeof header->link));
	if (!has_link) {
		free(member->link);
		member->link = NULL;
	}
	bool is_named = !memcmp(header->magic, "ustar", 5);
	member->user = duplicate_range(header->user, is_named ? strnlen(header->user, sizeof header->user) : 0);
	member->group = duplicate_range(header->group, is_named ? strnlen(header->group, sizeof header->group) : 0);
	member->content = S_ISREG(member->status.st_mode) ? member->status.st_size : 0;
}

bool pax_read_ustar(struct pax_member *member)
{
	struct tar_header header;
	for (;;) {
		if (!read_header(&header)) {
			free(member->name);
			free(member->link);
			return false;
		}
		long long size = ustar_number(header.size, sizeof header.size);
		if (!strchr("LKxXg", header.type) || !header.type)
			break;
		char *text = read_text(size);
		if (header.type == 'L' || header.type == 'K') {
			char **target = header.type == 'L' ? &member->name : &member->link;
			free(*target);
			*target = text;
			continue;
		}
		pax_read_records(text, (size_t)size, header.type == 'g');
		free(text);
	}
	take_header(&header, member);
	pax_apply_records(member);
	if (member->content < 0)
		errx(1, "%s: its size is negative", member->name);
	/* Before POSIX a folder was a file whose name ends so. */
	size_t length = strlen(member->name);
	if (S_ISREG(member->status.st_mode) && !member->is_hard_link && length && member->name[length - 1] == '/')
		member->status.st_mode = S_IFDIR | (member->status.st_mode & 07777);
	while (length > 1 && member->name[length - 1] == '/')
		member->name[--length] = 0;
	return true;
}

/* The name of an extended header: %d folder and %f name of the member, %p process, %n how many there were. */
static char *header_name(const char *format, const char *member)
{
	static unsigned count;
	const char *slash = strrchr(member, '/');
	struct text name = {0};
	count++;
	for (const char *at = format; *at; at++) {
		if (*at != '%' || !at[1]) {
			text_char(&name, *at);
			continue;
		}
		switch (*++at) {
		case 'd': text_add(&name, slash ? member : ".", slash && slash > member ? (size_t)(slash - member) : 1); break;
		case 'f': text_string(&name, slash ? slash + 1 : member); break;
		case 'p': text_format(&name, "%ld", (long)getpid()); break;
		case 'n': text_format(&name, "%u", count); break;
		default: text_char(&name, *at);
		}
	}
	text_add(&name, "", 0);
	return text_take(&name);
}

static void write_records(char type, const char *records, size_t size, const char *name)
{
	struct tar_header header = {.type = type};
	static const char zeros[TAR_BLOCK];
	struct stat status = {.st_mode = 0644, .st_uid = getuid() & 07777777, .st_gid = getgid() & 07777777, .st_mtim.tv_sec = time(NULL)};
	ustar_put_name(&header, name);
	ustar_put_status(&header, &status, (long long)size);
	ustar_seal(&header);
	pax_put(&header, sizeof header);
	pax_put(records, size);
	pax_put(zeros, -size & (TAR_BLOCK - 1));
}

static void write_global(void)
{
	static bool is_done;
	size_t size;
	char *records = is_done ? NULL : pax_make_records(NULL, true, &size);
	is_done = true;
	if (!records)
		return;
	const char *folder = getenv("TMPDIR");
	char *format = pax.global_name ? duplicate(pax.global_name) : format_text("%s/GlobalHead.%%p.%%n", folder ? folder : "/tmp");
	char *name = header_name(format, ".");
	write_records('g', records, size, name);
	free(name);
	free(format);
	free(records);
}

/* What ustar alone cannot say. */
static bool fits(const struct pax_member *member, bool has_name)
{
	const char *what = !has_name ? "its name is too long" : member->link && strlen(member->link) > sizeof((struct tar_header *)0)->link ? "the target of the link is too long" : member->content > 077777777777LL ? "it is too large" : NULL;
	if (what && pax.format == PAX_USTAR)
		pax_failx("%s: %s for the ustar format", member->name, what);
	return !what || pax.format != PAX_USTAR;
}

int pax_write_ustar(const struct pax_member *member)
{
	struct tar_header header = {.type = member->is_hard_link ? '1' : ustar_type(member->status.st_mode)};
	char *name = S_ISDIR(member->status.st_mode) ? format_text("%s/", member->name) : duplicate(member->name);
	size_t size = 0;
	bool has_name = ustar_put_name(&header, name);
	free(name);
	if (!fits(member, has_name))
		return -1;
	if (pax.format == PAX_PAX)
		write_global();
	char *records = pax.format == PAX_PAX ? pax_make_records(member, false, &size) : NULL;
	if (records) {
		char *record_name = header_name(pax.header_name ? pax.header_name : "%d/PaxHeaders.%p/%f", member->name);
		write_records('x', records, size, record_name);
		free(record_name);
		free(records);
	}
	if (member->link)
		memcpy(header.link, member->link, strnlen(member->link, sizeof header.link));
	ustar_put_status(&header, &member->status, member->content);
	snprintf(header.user, sizeof header.user, "%s", member->user);
	snprintf(header.group, sizeof header.group, "%s", member->group);
	ustar_seal(&header);
	pax_put(&header, sizeof header);
	return 0;
}
