/*
 * file: what kind of file it is
 * https://pubs.opengroup.org/onlinepubs/9799919799/utilities/file.html
 *
 * Usage: file [-biL] FILE...
 *   -b            without the name
 *   -i, --mime    the type and the character set as in mail, as file(1) of Debian has it (for POSIX: regular file)
 *   --mime-type, --mime-encoding   one of the two
 *   -L            follow symbolic links
 *   -h            links themselves (default)
 */
#include <ctype.h>
#include <elf.h>
#include <getopt.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <unistd.h>

#include "files.h"
#include "tools.h"

enum { MIME_TYPE = 256, MIME_ENCODING };

static bool shows_type, shows_encoding;

static bool is_mime(void)
{
	return shows_type || shows_encoding;
}

static void put_mime(const char *type, const char *encoding)
{
	if (shows_type)
		fputs(type, stdout);
	if (shows_type && shows_encoding)
		fputs("; charset=", stdout);
	if (shows_encoding)
		fputs(encoding, stdout);
}

static unsigned short half(const unsigned char *at, bool big)
{
	return (unsigned short)(big ? at[0] << 8 | at[1] : at[1] << 8 | at[0]);
}

static void put_elf(const unsigned char *data, bool interpreted)
{
	static const struct {
		unsigned short number;
		const char *name;
	} machines[] = {{EM_RISCV, "UCB RISC-V"}, {EM_X86_64, "x86-64"}, {EM_386, "Intel 80386"}, {EM_AARCH64, "ARM aarch64"}, {EM_ARM, "ARM"}};
	static const char *const types[] = {"no file type", "relocatable", "executable", "shared object", "core file"};
	bool big = data[EI_DATA] == ELFDATA2MSB;
	unsigned type = half(data + 16, big), machine = half(data + 18, big);
	static const char *const mimes[] = {"octet-stream", "x-object", "x-executable", "x-sharedlib", "x-coredump"};
	const char *name = "unknown machine", *kind = type < 5 ? types[type] : "unknown type";
	for (size_t i = 0; i < sizeof machines / sizeof *machines; i++)
		if (machines[i].number == machine)
			name = machines[i].name;
	if (type == ET_DYN && interpreted)
		kind = "pie executable";
	if (is_mime()) {
		char *mime = format_text("application/%s", type == ET_DYN && interpreted ? "x-pie-executable" : mimes[type < 5 ? type : 0]);
		put_mime(mime, "binary");
		free(mime);
		return;
	}
	printf("ELF %s %s %s, %s", data[EI_CLASS] == ELFCLASS64 ? "64-bit" : "32-bit", big ? "MSB" : "LSB", kind, name);
	if (type == ET_EXEC || type == ET_DYN)
		printf(interpreted ? ", dynamically linked" : ", statically linked");
}

static bool has_interpreter(const unsigned char *data, size_t length)
{
	Elf64_Ehdr header;
	if (length < sizeof header || data[EI_CLASS] != ELFCLASS64 || data[EI_DATA] != ELFDATA2LSB)
		return false;
	memcpy(&header, data, sizeof header);
	for (size_t i = 0; i < header.e_phnum; i++) {
		Elf64_Phdr segment;
		size_t at = header.e_phoff + i * header.e_phentsize;
		if (at + sizeof segment > length)
			return false;
		memcpy(&segment, data + at, sizeof segment);
		if (segment.p_type == PT_INTERP)
			return true;
	}
	return false;
}

static const struct {
	size_t at;
	const char *bytes;
	size_t length;
	const char *text, *mime;
} signatures[] = {
	{0, "\x1f\x8b", 2, "gzip compressed data", "application/gzip"}, {0, "BZh", 3, "bzip2 compressed data", "application/x-bzip2"},
	{0, "\xfd" "7zXZ", 5, "XZ compressed data", "application/x-xz"}, {0, "(\xb5/\xfd", 4, "Zstandard compressed data", "application/zstd"},
	{0, "PK\3\4", 4, "Zip archive data", "application/zip"}, {257, "ustar", 5, "POSIX tar archive", "application/x-tar"},
	{0, "!<arch>\n", 8, "current ar archive", "application/x-archive"}, {0, "\x89PNG\r\n", 6, "PNG image data", "image/png"},
	{0, "\xff\xd8\xff", 3, "JPEG image data", "image/jpeg"}, {0, "GIF8", 4, "GIF image data", "image/gif"},
	{0, "%PDF-", 5, "PDF document", "application/pdf"}, {0, "\0asm", 4, "WebAssembly (wasm) binary module", "application/wasm"},
	{1080, "\x53\xef", 2, "Linux ext2 filesystem data", "application/octet-stream"},
};

static const struct {
	const char *word, *mime;
} scripts[] = {{"sh", "text/x-shellscript"}, {"bash", "text/x-shellscript"}, {"dash", "text/x-shellscript"}, {"ksh", "text/x-shellscript"},
	{"awk", "text/x-awk"}, {"perl", "text/x-perl"}, {"python", "text/x-script.python"}, {"python3", "text/x-script.python"}, {"make", "text/x-makefile"}};

/* Of the interpreter behind #!, or behind env. */
static const char *script_mime(const char *line)
{
	char word[64] = "";
	for (int words = 0; words < 2; words++) {
		line += strspn(line, " \t");
		size_t length = strcspn(line, " \t\n");
		snprintf(word, sizeof word, "%.*s", (int)length, line);
		line += length;
		if (strcmp(path_name(word), "env"))
			break;
	}
	for (size_t i = 0; i < sizeof scripts / sizeof *scripts; i++)
		if (!strcmp(path_name(word), scripts[i].word))
			return scripts[i].mime;
	return "text/plain";
}

static void put_text(const unsigned char *data, size_t length)
{
	bool wide = false, crlf = false;
	for (size_t i = 0, size; i < length; i += size) {
		uint32_t code = utf8_decode((const char *)data + i, length - i, &size);
		bool control = code < 32 && !strchr("\t\n\r\f\b\033\a", (int)code);
		if (control || code == 127 || (code == 0xfffd && length - i > 4)) {
			if (is_mime())
				put_mime("application/octet-stream", "binary");
			else
				printf("data");
			return;
		}
		wide |= code >= 128;
		crlf |= code == '\r';
	}
	bool is_script = length > 2 && data[0] == '#' && data[1] == '!';
	if (is_mime()) {
		put_mime(is_script ? script_mime((const char *)data + 2) : "text/plain", wide ? "utf-8" : "us-ascii");
		return;
	}
	if (is_script) {
		size_t start = 2 + strspn((const char *)data + 2, " "), end = start + strcspn((const char *)data + start, "\n");
		printf("%.*s script, ", (int)(end - start), (const char *)data + start);
	}
	printf("%s text%s", wide ? "UTF-8 Unicode" : "ASCII", crlf ? ", with CRLF line terminators" : "");
}

static void put_contents(const char *path)
{
	static unsigned char data[8193];
	FILE *input = fopen(path, "r");
	if (!input) {
		printf("regular file, no read permission");
		return;
	}
	size_t length = fread(data, 1, sizeof data - 1, input);
	fclose(input);
	data[length] = 0;
	if (length > 20 && !memcmp(data, ELFMAG, SELFMAG)) {
		put_elf(data, has_interpreter(data, length));
		return;
	}
	for (size_t i = 0; i < sizeof signatures / sizeof *signatures; i++) {
		if (signatures[i].at + signatures[i].length > length || memcmp(data + signatures[i].at, signatures[i].bytes, signatures[i].length))
			continue;
		if (is_mime())
			put_mime(signatures[i].mime, "binary");
		else
			printf("%s", signatures[i].text);
		return;
	}
	put_text(data, length);
}

static void put_special(const struct stat *status, const char *path)
{
	char target[4096];
	ssize_t length;
	switch (status->st_mode & S_IFMT) {
	case S_IFDIR: printf("%sdirectory", status->st_mode & S_ISVTX ? "sticky, " : ""); break;
	case S_IFLNK:
		length = readlink(path, target, sizeof target);
		printf("symbolic link to %.*s", length < 0 ? 0 : (int)length, target);
		break;
	case S_IFCHR: printf("character special (%u/%u)", major(status->st_rdev), minor(status->st_rdev)); break;
	case S_IFBLK: printf("block special (%u/%u)", major(status->st_rdev), minor(status->st_rdev)); break;
	case S_IFIFO: printf("fifo (named pipe)"); break;
	case S_IFSOCK: printf("socket"); break;
	default: printf("empty");
	}
}

static const char *special_mime(mode_t mode)
{
	switch (mode & S_IFMT) {
	case S_IFDIR: return "inode/directory";
	case S_IFLNK: return "inode/symlink";
	case S_IFCHR: return "inode/chardevice";
	case S_IFBLK: return "inode/blockdevice";
	case S_IFIFO: return "inode/fifo";
	case S_IFSOCK: return "inode/socket";
	default: return "inode/x-empty";
	}
}

int main(int argc, char **argv)
{
	static const struct option longs[] = {{"brief", no_argument, NULL, 'b'}, {"dereference", no_argument, NULL, 'L'}, {"no-dereference", no_argument, NULL, 'h'},
		{"mime", no_argument, NULL, 'i'}, {"mime-type", no_argument, NULL, MIME_TYPE}, {"mime-encoding", no_argument, NULL, MIME_ENCODING}, {0}};
	bool brief = false, follow = false;
	for (int option; (option = next_long_option(argc, argv, "bihL", longs)) != -1;) {
		brief |= option == 'b';
		follow |= option == 'L';
		shows_type |= option == 'i' || option == MIME_TYPE;
		shows_encoding |= option == 'i' || option == MIME_ENCODING;
	}
	if (!argv[optind])
		usage_error("missing file operand");
	int widest = 0;
	for (char **path = argv + optind; *path; path++)
		widest = (int)strlen(*path) > widest ? (int)strlen(*path) : widest;
	for (char **path = argv + optind; *path; path++) {
		struct stat status;
		if (!brief)
			printf("%s:%*s", *path, widest - (int)strlen(*path) + 1, "");
		if (follow ? stat(*path, &status) : lstat(*path, &status)) {
			printf("cannot open `%s' (No such file or directory)\n", *path);
			continue;
		}
		if (S_ISREG(status.st_mode) && (status.st_size || status.st_blocks))
			put_contents(*path);
		else if (is_mime())
			put_mime(special_mime(status.st_mode), "binary");
		else
			put_special(&status, *path);
		putchar('\n');
	}
	return 0;
}
