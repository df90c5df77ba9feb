/*
 * cowfsck: check a cowfs
 * https://man7.org/linux/man-pages/man8/fsck.8.html
 *
 * Aliases: fsck.cowfs
 *
 * Usage: cowfsck [-nvy] DEVICE
 *   -n  only look: so it does without -y, too
 *   -v  say how many files each version has
 *   -y  where the newest superblock's trees are damaged, and those of the other are whole, go back to these
 * Checksums, owners of sectors, inodes, names and counts of links are looked at, of the live version and of all snapshots. Of what is
 * encrypted only the superblocks are. The disk must not be mounted. Layout: src/fs/cowfs.
 * Status: 0 all is well, 1 it went back, 4 damaged, 8 not to be checked.
 */
#include <fcntl.h>
#include <inttypes.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "ext4.h"
#include "gzip.h"
#include "tools.h"

enum { BLOCK = 4096, SECTOR = 512, BLOCK_SECTORS = 8, MAGIC_BYTES = 8, SLOTS = 2, POINTER = 32, POINTERS = BLOCK / POINTER, RECORD = 256, RECORDS = BLOCK / RECORD };
enum { MAX_HEIGHT = 5, MAX_SNAPSHOTS = 30, ENCRYPTED = 1, COMPRESSED = 1, ROOT = 1, ENTRY = 6, CHECKSUM_AT = 4092, LIVE_AT = 64, COUNT_AT = 112, SNAPSHOTS_AT = 128, SNAPSHOT = 128 };
enum { BACK = 1, DAMAGED = 4, FAILED = 8 };

struct pointer {
	uint32_t sector, checksum;
	unsigned bytes, flags;
};

struct inode {
	uint64_t ino;
	uint32_t mode, nlink, sectors, parent, height, found;
	struct pointer root;
	bool is_reached;
};

/* What is known of a run of sectors, by its first one. */
struct run {
	uint8_t sectors, height; /* 0: none begins here */
	uint8_t version;         /* in whose tree of inodes it is */
	bool is_inside;          /* another run's */
	uint32_t below;          /* sectors of data under a node */
};

static int disk;
static const char *name;
static uint64_t sectors;
static struct run *runs;
static const char *version_name;
static uint8_t version;
static unsigned long problems;
static struct inode *inodes;
static size_t inode_count, inode_room;

static uint32_t u32(const unsigned char *at) { return at[0] | at[1] << 8 | at[2] << 16 | (uint32_t)at[3] << 24; }
static uint64_t u64(const unsigned char *at) { return u32(at) | (uint64_t)u32(at + 4) << 32; }

static void problem(const char *format, ...) __attribute__((format(printf, 1, 2)));
static void problem(const char *format, ...)
{
	va_list arguments;
	va_start(arguments, format);
	printf("%s: %s: ", name, version_name);
	vprintf(format, arguments);
	putchar('\n');
	va_end(arguments);
	problems++;
}

static struct pointer pointer_at(const unsigned char *at)
{
	return (struct pointer){u32(at), u32(at + 8), at[4] | at[5] << 8, at[6] | at[7] << 8};
}

static unsigned length_of(struct pointer pointer) { return (pointer.bytes + SECTOR - 1) / SECTOR; }

static bool inflate(const unsigned char *stored, size_t length, unsigned char *block)
{
	enum { ZLIB_HEADER = 2 };
	struct gzip_sum sum = {0};
	unsigned char room[BLOCK + 1] = {0};
	if (length <= ZLIB_HEADER)
		return false;
	FILE *in = fmemopen((void *)(stored + ZLIB_HEADER), length - ZLIB_HEADER, "r"), *out = fmemopen(room, sizeof room, "w");
	if (!in || !out)
		err(FAILED, "memory");
	const char *wrong = gzip_inflate(in, out, &sum);
	fclose(in);
	bool is_whole = !fclose(out) && !wrong && sum.length == BLOCK;
	memcpy(block, room, BLOCK);
	return is_whole;
}

/* The block that it stands for; false, and told, where that cannot be read. */
static bool load(struct pointer pointer, unsigned char *block, const char *what)
{
	unsigned char stored[BLOCK];
	ssize_t count = pread(disk, stored, pointer.bytes, (off_t)pointer.sector * SECTOR);
	if (count != (ssize_t)pointer.bytes)
		problem("%s at sector %u cannot be read", what, pointer.sector);
	else if (ext4_crc32c(~0u, stored, pointer.bytes) != pointer.checksum)
		problem("%s at sector %u: wrong checksum", what, pointer.sector);
	else if (pointer.flags & COMPRESSED ? !inflate(stored, pointer.bytes, block) : pointer.bytes != BLOCK)
		problem("%s at sector %u is no block", what, pointer.sector);
	else {
		if (!(pointer.flags & COMPRESSED))
			memcpy(block, stored, BLOCK);
		return true;
	}
	return false;
}

/* The run is claimed. Null, and told, where it cannot be; is_new: nobody had it. */
static struct run *claim(struct pointer pointer, unsigned height, const char *what, bool *is_new)
{
	unsigned length = length_of(pointer);
	if (!length || length > BLOCK_SECTORS || pointer.sector < SLOTS * BLOCK_SECTORS || pointer.sector + (uint64_t)length > sectors) {
		problem("%s points to sectors %u and %u more", what, pointer.sector, length);
		return NULL;
	}
	struct run *run = runs + pointer.sector;
	*is_new = run->sectors == 0;
	if (run->sectors == length && run->height == height)
		return run;
	bool is_free = true;
	for (unsigned i = 0; i < length; i++)
		is_free &= !run[i].sectors && !run[i].is_inside;
	if (!is_free) {
		problem("%s at sector %u overlaps another's", what, pointer.sector);
		return NULL;
	}
	run->sectors = (uint8_t)length;
	run->height = (uint8_t)height;
	for (unsigned i = 1; i < length; i++)
		run[i].is_inside = true;
	return run;
}

/* Heights of nodes of inodes are told apart from those of contents. */
enum { OF_INODES = 16, OF_ATTRIBUTES = 32 };

/* Looks at a tree of contents, at each node and block once. Returns how many sectors of data are in it. */
static uint32_t content(struct pointer pointer, unsigned height)
{
	static const char *const what = "a file's block";
	unsigned char block[BLOCK];
	bool is_new;
	struct run *run = claim(pointer, height, what, &is_new);
	if (!run || !is_new)
		return run ? run->below : 0;
	if (load(pointer, block, what) && height)
		for (int i = 0; i < POINTERS; i++)
			if (u32(block + i * POINTER))
				run->below += content(pointer_at(block + i * POINTER), height - 1);
	if (!height)
		run->below = run->sectors;
	return run->below;
}

static void add_inode(uint64_t ino, const unsigned char *record)
{
	struct inode inode = {.ino = ino, .mode = u32(record), .nlink = u32(record + 12), .height = u32(record + 36), .sectors = u32(record + 152), .parent = u32(record + 156)};
	if (u32(record + 88)) {
		inode.root = pointer_at(record + 88);
		uint32_t there = 0;
		if (inode.height > MAX_HEIGHT)
			problem("inode %" PRIu64 ": height %u", ino, inode.height);
		else
			there = content(inode.root, inode.height);
		if (there != inode.sectors)
			problem("inode %" PRIu64 ": %u sectors, not %u", ino, there, inode.sectors);
	} else if (inode.sectors)
		problem("inode %" PRIu64 ": 0 sectors, not %u", ino, inode.sectors);
	if (u32(record + 120)) {
		unsigned char block[BLOCK];
		struct pointer attributes = pointer_at(record + 120);
		bool is_new;
		if (claim(attributes, OF_ATTRIBUTES, "a block of attributes", &is_new) && is_new)
			load(attributes, block, "a block of attributes");
	}
	if (inode_count == inode_room && !(inodes = realloc(inodes, (inode_room = 2 * inode_room + 64) * sizeof *inodes)))
		err(FAILED, "memory");
	inodes[inode_count++] = inode;
}

/* The inodes under a node, from block `index` on, in order. */
static void inode_tree(struct pointer pointer, unsigned height, uint64_t index)
{
	const char *what = height ? "a node of inodes" : "a block of inodes";
	unsigned char block[BLOCK];
	bool is_new;
	struct run *run = claim(pointer, OF_INODES + height, what, &is_new);
	if (!run)
		return;
	if (run->version == version) {
		problem("%s at sector %u is there twice", what, pointer.sector);
		return;
	}
	run->version = version;
	if (!load(pointer, block, what))
		return;
	if (!height)
		for (unsigned i = 0; i < RECORDS; i++)
			if (u32(block + i * RECORD))
				add_inode(index * RECORDS + i, block + i * RECORD);
	uint64_t span = 1;
	for (unsigned i = 1; i < height; i++)
		span *= POINTERS;
	for (unsigned i = 0; height && i < POINTERS; i++)
		if (u32(block + i * POINTER))
			inode_tree(pointer_at(block + i * POINTER), height - 1, index + i * span);
}

static int by_number(const void *a, const void *b)
{
	uint64_t one = ((const struct inode *)a)->ino, other = ((const struct inode *)b)->ino;
	return (one > other) - (one < other);
}

static struct inode *find(uint64_t ino)
{
	struct inode key = {.ino = ino};
	return inode_count ? bsearch(&key, inodes, inode_count, sizeof key, by_number) : NULL;
}

struct names {
	char **all;
	size_t count, room;
	uint64_t blocks;
};

static void add_name(struct names *names, const unsigned char *text, unsigned length)
{
	if (names->count == names->room && !(names->all = realloc(names->all, (names->room = 2 * names->room + 16) * sizeof *names->all)))
		err(FAILED, "memory");
	if (!(names->all[names->count++] = strndup((const char *)text, length)))
		err(FAILED, "memory");
}

static void entry(struct inode *directory, const unsigned char *at, struct names *names)
{
	struct inode *inode = find(u32(at));
	add_name(names, at + ENTRY, at[5]);
	const char *text = names->all[names->count - 1];
	if (!inode) {
		problem("'%s' in directory %" PRIu64 ": no inode %u", text, directory->ino, u32(at));
		return;
	}
	inode->found++;
	if (inode->mode >> 12 != at[4])
		problem("'%s' in directory %" PRIu64 ": type %u of an inode of type %u", text, directory->ino, at[4], inode->mode >> 12);
	if (!S_ISDIR(inode->mode))
		return;
	directory->found++;
	if (inode->parent != directory->ino || inode->ino == ROOT)
		problem("'%s' in directory %" PRIu64 ": directory %" PRIu64 " is in %u", text, directory->ino, inode->ino, inode->parent);
}

static void entries(struct inode *directory, const unsigned char *block, struct names *names)
{
	for (unsigned at = 0; at + ENTRY < BLOCK && u32(block + at); at += ENTRY + block[at + 5]) {
		if (!block[at + 5] || at + ENTRY + block[at + 5] > BLOCK) {
			problem("directory %" PRIu64 ": an entry of %u bytes", directory->ino, block[at + 5]);
			return;
		}
		entry(directory, block + at, names);
	}
}

/* What cannot be read was told before. */
static void directory_tree(struct inode *directory, struct pointer pointer, unsigned height, struct names *names)
{
	unsigned char block[BLOCK];
	unsigned long before = problems;
	unsigned length = length_of(pointer);
	if (!length || length > BLOCK_SECTORS || names->blocks++ > sectors || !load(pointer, block, "a directory's block")) {
		problems = problems > before ? problems : before + 1;
		return;
	}
	if (!height)
		entries(directory, block, names);
	for (int i = 0; height && i < POINTERS; i++)
		if (u32(block + i * POINTER))
			directory_tree(directory, pointer_at(block + i * POINTER), height - 1, names);
}

static int by_text(const void *a, const void *b) { return strcmp(*(char *const *)a, *(char *const *)b); }

static void directory(struct inode *inode)
{
	struct names names = {0};
	if (inode->root.sector && inode->height <= MAX_HEIGHT)
		directory_tree(inode, inode->root, inode->height, &names);
	if (names.count)
		qsort(names.all, names.count, sizeof *names.all, by_text);
	for (size_t i = 0; i < names.count; i++) {
		if (i && !strcmp(names.all[i - 1], names.all[i]))
			problem("directory %" PRIu64 ": '%s' is there twice", inode->ino, names.all[i]);
		if (i)
			free(names.all[i - 1]);
	}
	if (names.count)
		free(names.all[names.count - 1]);
	free(names.all);
}

/* Whether going up from it ends in the root. */
static bool reaches_root(struct inode *inode)
{
	struct inode *at = inode;
	for (size_t steps = 0; at && !at->is_reached && steps <= inode_count; steps++)
		at = at->ino == ROOT ? (at->is_reached = true, at) : find(at->parent);
	if (!at || !at->is_reached)
		return false;
	for (at = inode; !at->is_reached; at = find(at->parent))
		at->is_reached = true;
	return true;
}

static void check_links(struct inode *inode)
{
	/* Its entry in the directory above, and "."; the root has none above it. */
	bool is_directory = S_ISDIR(inode->mode);
	uint32_t wanted = inode->found + (is_directory ? 1 + (inode->ino == ROOT) : 0);
	if (!inode->nlink && !inode->found)
		return; /* was open when it lost its last name: the next mount frees it */
	if (inode->nlink != wanted)
		problem("inode %" PRIu64 ": %u links, not %u", inode->ino, wanted, inode->nlink);
	if (is_directory && !reaches_root(inode))
		problem("directory %" PRIu64 " is not under the root", inode->ino);
}

static void check_version(const char *label, const unsigned char *tree, bool is_verbose)
{
	version_name = label;
	version++;
	inode_count = 0;
	uint32_t height = u32(tree + POINTER);
	if (height > MAX_HEIGHT)
		problem("height %u of the inodes", height);
	else if (u32(tree))
		inode_tree(pointer_at(tree), height, 0);
	struct inode *root = find(ROOT);
	/* Before the first mount there is none. */
	if (u32(tree) && (!root || !S_ISDIR(root->mode)))
		problem("no root directory");
	for (size_t i = 0; i < inode_count; i++)
		if (S_ISDIR(inodes[i].mode))
			directory(inodes + i);
	for (size_t i = 0; i < inode_count; i++)
		check_links(inodes + i);
	if (is_verbose)
		printf("%s: %s: %zu files\n", name, label, inode_count);
}

/* Returns how many problems the trees of a superblock have. */
static unsigned long check(const unsigned char *superblock, bool is_verbose)
{
	problems = 0;
	version = 0;
	sectors = (uint64_t)u32(superblock + 16) * BLOCK_SECTORS;
	free(runs);
	if (!(runs = calloc(sectors + BLOCK_SECTORS, sizeof *runs)))
		err(FAILED, "memory");
	uint32_t count = u32(superblock + COUNT_AT);
	version_name = "superblock";
	if (count > MAX_SNAPSHOTS)
		problem("%u snapshots", count);
	for (uint32_t i = 0; i < count && i < MAX_SNAPSHOTS; i++) {
		const unsigned char *snapshot = superblock + SNAPSHOTS_AT + i * SNAPSHOT;
		char label[96];
		uint32_t length = u32(snapshot + 4);
		snprintf(label, sizeof label, "snapshot %.*s", (int)(length > 64 ? 64 : length), snapshot + 64);
		check_version(label, snapshot + 16, is_verbose);
	}
	check_version("live", superblock + LIVE_AT, is_verbose);
	uint64_t used = SLOTS * BLOCK_SECTORS;
	for (uint64_t i = 0; i < sectors; i++)
		used += runs[i].sectors;
	printf("%s: generation %" PRIu64 ", %u snapshots, %" PRIu64 " of %" PRIu64 " sectors: %s\n", name, u64(superblock + 8), count, used, sectors, problems ? "DAMAGED" : "clean");
	return problems;
}

/* Whether the slot has a superblock of a disk of this size. */
static bool read_slot(int slot, uint64_t size, unsigned char *block)
{
	if (pread(disk, block, BLOCK, (off_t)slot * BLOCK) != BLOCK || memcmp(block, "cowfs\0\0\1", MAGIC_BYTES))
		return false;
	return ext4_crc32c(~0u, block, CHECKSUM_AT) == u32(block + CHECKSUM_AT) && (uint64_t)u32(block + 16) * BLOCK <= size;
}

/* The slot with the damaged trees is nobody's from now on. */
static void go_back(int slot)
{
	static const unsigned char zeros[BLOCK];
	if (pwrite(disk, zeros, BLOCK, (off_t)slot * BLOCK) != BLOCK || fsync(disk))
		err(FAILED, "%s", name);
	printf("%s: went back to the other superblock\n", name);
}

int main(int argc, char **argv)
{
	static unsigned char slots[SLOTS][BLOCK];
	bool repairs = false, is_verbose = false;
	usage_status = FAILED;
	for (int option; (option = next_option(argc, argv, "nvy")) != -1;) {
		repairs = option == 'y' || (repairs && option != 'n');
		is_verbose |= option == 'v';
	}
	if (argc - optind != 1)
		usage_error("one device");
	name = argv[optind];
	disk = open(name, repairs ? O_RDWR | O_EXCL : O_RDONLY);
	if (disk < 0)
		err(FAILED, "%s", name);
	off_t size = lseek(disk, 0, SEEK_END);
	bool is_valid[SLOTS];
	for (int i = 0; i < SLOTS; i++)
		is_valid[i] = read_slot(i, (uint64_t)size, slots[i]);
	if (!is_valid[0] && !is_valid[1])
		errx(FAILED, "%s: no cowfs", name);
	int newest = is_valid[1] && (!is_valid[0] || u64(slots[1] + 8) > u64(slots[0] + 8));
	if (u32(slots[newest] + 20) & ENCRYPTED) {
		printf("%s: generation %" PRIu64 ", encrypted: only the superblock was looked at\n", name, u64(slots[newest] + 8));
		return 0;
	}
	if (!check(slots[newest], is_verbose))
		return 0;
	if (!repairs || !is_valid[!newest] || check(slots[!newest], is_verbose))
		return DAMAGED;
	go_back(newest);
	return BACK;
}
