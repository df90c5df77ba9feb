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

#include "cowfsck.h"
#include "ext4.h"
#include "tools.h"

struct inode {
	uint64_t ino;
	uint32_t mode, nlink, sectors, parent, height, found;
	struct pointer root;
	bool is_reached;
};

static uint8_t version;
static struct inode *inodes;
static size_t inode_count, inode_room;

/* Heights of nodes of inodes are told apart from those of contents. */
enum { OF_INODES = 16, OF_ATTRIBUTES = 32 };

/* Looks at a tree of contents, at each node and block once. Returns how many sectors of data are in it. */
static uint32_t content(struct pointer pointer, unsigned height)
{
	static const char *const what = "a file's block";
	unsigned char block[BLOCK];
	bool is_new;
	struct run *run = cowfsck_claim(pointer, height, what, &is_new);
	if (!run || !is_new)
		return run ? run->below : 0;
	if (cowfsck_load(pointer, block, what) && height)
		for (int i = 0; i < POINTERS; i++)
			if (u32(block + i * POINTER))
				run->below += content(cowfsck_pointer(block + i * POINTER), height - 1);
	if (!height)
		run->below = run->sectors;
	return run->below;
}

static void add_inode(uint64_t ino, const unsigned char *record)
{
	struct inode inode = {.ino = ino, .mode = u32(record), .nlink = u32(record + 12), .height = u32(record + 36), .sectors = u32(record + 152), .parent = u32(record + 156)};
	if (u32(record + 88)) {
		inode.root = cowfsck_pointer(record + 88);
		uint32_t there = 0;
		if (inode.height > MAX_HEIGHT)
			cowfsck_problem("inode %" PRIu64 ": height %u", ino, inode.height);
		else
			there = content(inode.root, inode.height);
		if (there != inode.sectors)
			cowfsck_problem("inode %" PRIu64 ": %u sectors, not %u", ino, there, inode.sectors);
	} else if (inode.sectors)
		cowfsck_problem("inode %" PRIu64 ": 0 sectors, not %u", ino, inode.sectors);
	if (u32(record + 120)) {
		unsigned char block[BLOCK];
		struct pointer attributes = cowfsck_pointer(record + 120);
		bool is_new;
		if (cowfsck_claim(attributes, OF_ATTRIBUTES, "a block of attributes", &is_new) && is_new)
			cowfsck_load(attributes, block, "a block of attributes");
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
	struct run *run = cowfsck_claim(pointer, OF_INODES + height, what, &is_new);
	if (!run)
		return;
	if (run->version == version) {
		cowfsck_problem("%s at sector %u is there twice", what, pointer.sector);
		return;
	}
	run->version = version;
	if (!cowfsck_load(pointer, block, what))
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
			inode_tree(cowfsck_pointer(block + i * POINTER), height - 1, index + i * span);
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
		cowfsck_problem("'%s' in directory %" PRIu64 ": no inode %u", text, directory->ino, u32(at));
		return;
	}
	inode->found++;
	if (inode->mode >> 12 != at[4])
		cowfsck_problem("'%s' in directory %" PRIu64 ": type %u of an inode of type %u", text, directory->ino, at[4], inode->mode >> 12);
	if (!S_ISDIR(inode->mode))
		return;
	directory->found++;
	if (inode->parent != directory->ino || inode->ino == ROOT)
		cowfsck_problem("'%s' in directory %" PRIu64 ": directory %" PRIu64 " is in %u", text, directory->ino, inode->ino, inode->parent);
}

static void entries(struct inode *directory, const unsigned char *block, struct names *names)
{
	for (unsigned at = 0; at + ENTRY < BLOCK && u32(block + at); at += ENTRY + block[at + 5]) {
		if (!block[at + 5] || at + ENTRY + block[at + 5] > BLOCK) {
			cowfsck_problem("directory %" PRIu64 ": an entry of %u bytes", directory->ino, block[at + 5]);
			return;
		}
		entry(directory, block + at, names);
	}
}

/* What cannot be read was told before. */
static void directory_tree(struct inode *directory, struct pointer pointer, unsigned height, struct names *names)
{
	unsigned char block[BLOCK];
	unsigned long before = cowfsck.problems;
	unsigned length = cowfsck_length(pointer);
	if (!length || length > BLOCK_SECTORS || names->blocks++ > cowfsck.sectors || !cowfsck_load(pointer, block, "a directory's block")) {
		cowfsck.problems = cowfsck.problems > before ? cowfsck.problems : before + 1;
		return;
	}
	if (!height)
		entries(directory, block, names);
	for (int i = 0; height && i < POINTERS; i++)
		if (u32(block + i * POINTER))
			directory_tree(directory, cowfsck_pointer(block + i * POINTER), height - 1, names);
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
			cowfsck_problem("directory %" PRIu64 ": '%s' is there twice", inode->ino, names.all[i]);
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
		cowfsck_problem("inode %" PRIu64 ": %u links, not %u", inode->ino, wanted, inode->nlink);
	if (is_directory && !reaches_root(inode))
		cowfsck_problem("directory %" PRIu64 " is not under the root", inode->ino);
}

static void check_version(const char *label, const unsigned char *tree, bool is_verbose)
{
	cowfsck.version = label;
	version++;
	inode_count = 0;
	uint32_t height = u32(tree + POINTER);
	if (height > MAX_HEIGHT)
		cowfsck_problem("height %u of the inodes", height);
	else if (u32(tree))
		inode_tree(cowfsck_pointer(tree), height, 0);
	struct inode *root = find(ROOT);
	/* Before the first mount there is none. */
	if (u32(tree) && (!root || !S_ISDIR(root->mode)))
		cowfsck_problem("no root directory");
	for (size_t i = 0; i < inode_count; i++)
		if (S_ISDIR(inodes[i].mode))
			directory(inodes + i);
	for (size_t i = 0; i < inode_count; i++)
		check_links(inodes + i);
	if (is_verbose)
		printf("%s: %s: %zu files\n", cowfsck.name, label, inode_count);
}

/* Returns how many problems the trees of a superblock have. */
static unsigned long check(const unsigned char *superblock, bool is_verbose)
{
	cowfsck.problems = 0;
	version = 0;
	cowfsck.sectors = (uint64_t)u32(superblock + 16) * BLOCK_SECTORS;
	free(cowfsck.runs);
	if (!(cowfsck.runs = calloc(cowfsck.sectors + BLOCK_SECTORS, sizeof *cowfsck.runs)))
		err(FAILED, "memory");
	uint32_t count = u32(superblock + COUNT_AT);
	cowfsck.version = "superblock";
	if (count > MAX_SNAPSHOTS)
		cowfsck_problem("%u snapshots", count);
	for (uint32_t i = 0; i < count && i < MAX_SNAPSHOTS; i++) {
		const unsigned char *snapshot = superblock + SNAPSHOTS_AT + i * SNAPSHOT;
		char label[96];
		uint32_t length = u32(snapshot + 4);
		snprintf(label, sizeof label, "snapshot %.*s", (int)(length > 64 ? 64 : length), snapshot + 64);
		check_version(label, snapshot + 16, is_verbose);
	}
	check_version("live", superblock + LIVE_AT, is_verbose);
	uint64_t used = SLOTS * BLOCK_SECTORS;
	for (uint64_t i = 0; i < cowfsck.sectors; i++)
		used += cowfsck.runs[i].sectors;
	printf("%s: generation %" PRIu64 ", %u snapshots, %" PRIu64 " of %" PRIu64 " sectors: %s\n", cowfsck.name, u64(superblock + 8), count, used, cowfsck.sectors, cowfsck.problems ? "DAMAGED" : "clean");
	return cowfsck.problems;
}

/* Whether the slot has a superblock of a disk of this size. */
static bool read_slot(int slot, uint64_t size, unsigned char *block)
{
	if (pread(cowfsck.disk, block, BLOCK, (off_t)slot * BLOCK) != BLOCK || memcmp(block, "cowfs\0\0\1", MAGIC_BYTES))
		return false;
	return ext4_crc32c(~0u, block, CHECKSUM_AT) == u32(block + CHECKSUM_AT) && (uint64_t)u32(block + 16) * BLOCK <= size;
}

/* The slot with the damaged trees is nobody's from now on. */
static void go_back(int slot)
{
	static const unsigned char zeros[BLOCK];
	if (pwrite(cowfsck.disk, zeros, BLOCK, (off_t)slot * BLOCK) != BLOCK || fsync(cowfsck.disk))
		err(FAILED, "%s", cowfsck.name);
	printf("%s: went back to the other superblock\n", cowfsck.name);
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
	cowfsck.name = argv[optind];
	cowfsck.disk = open(cowfsck.name, repairs ? O_RDWR | O_EXCL : O_RDONLY);
	if (cowfsck.disk < 0)
		err(FAILED, "%s", cowfsck.name);
	off_t size = lseek(cowfsck.disk, 0, SEEK_END);
	bool is_valid[SLOTS];
	for (int i = 0; i < SLOTS; i++)
		is_valid[i] = read_slot(i, (uint64_t)size, slots[i]);
	if (!is_valid[0] && !is_valid[1])
		errx(FAILED, "%s: no cowfs", cowfsck.name);
	int newest = is_valid[1] && (!is_valid[0] || u64(slots[1] + 8) > u64(slots[0] + 8));
	if (u32(slots[newest] + 20) & ENCRYPTED) {
		printf("%s: generation %" PRIu64 ", encrypted: only the superblock was looked at\n", cowfsck.name, u64(slots[newest] + 8));
		return 0;
	}
	if (!check(slots[newest], is_verbose))
		return 0;
	if (!repairs || !is_valid[!newest] || check(slots[!newest], is_verbose))
		return DAMAGED;
	go_back(newest);
	return BACK;
}
