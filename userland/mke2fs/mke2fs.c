/*
 * mke2fs: make an ext2, ext3 or ext4
 * https://man7.org/linux/man-pages/man8/mke2fs.8.html
 *
 * Aliases: mkfs.ext2 mkfs.ext3 mkfs.ext4
 *
 * Usage: mke2fs [-t ext2|ext3|ext4] [-Fjnqv] [-b BYTES] [-E OPTION=VALUE,...] [-g BLOCKS] [-G GROUPS] [-i BYTES]
 *               [-I BYTES] [-J size=MIB] [-L LABEL] [-m PERCENT] [-M FOLDER] [-N INODES] [-O [^]FEATURE,...]
 *               [-U UUID] DEVICE [BLOCKS]
 *   -b BYTES    size of a block: 1024, 2048 or 4096
 *   -E          lazy_itable_init, root_owner=UID:GID, nodiscard (taken and ignored)
 *   -F          also where there is a file system already or the device is in use
 *   -g BLOCKS   of a group; -G GROUPS: of a flex_bg
 *   -i BYTES    one inode for so many; -N INODES: so many in all; -I BYTES: size of an inode
 *   -j          with a journal; -J size=MIB: of that size
 *   -n          tell what would be made
 *   -O          features; ^ switches one off; none: all off
 * BLOCKS is a count of blocks, or a size with k, m, g or t.
 */
#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/random.h>
#include <sys/stat.h>
#include <unistd.h>

#include "mke2fs.h"
#include "mounts.h"
#include "tools.h"

/* Also without the feature in our hands the disk would be wrong. */
static const uint32_t known[] = {
	EXT4_HAS_JOURNAL | EXT4_EXT_ATTR | EXT4_RESIZE | EXT4_DIR_INDEX,
	EXT4_FILETYPE | EXT4_EXTENTS | EXT4_64BIT | EXT4_FLEX_BG | EXT4_INLINE | EXT4_CSUM_SEED | EXT4_EA_INODE,
	EXT4_SPARSE_SUPER | EXT4_LARGE_FILE | EXT4_HUGE_FILE | EXT4_GDT_CSUM | EXT4_DIR_NLINK | EXT4_EXTRA_ISIZE | EXT4_METADATA_CSUM,
};

static uint64_t number(const char *text, uint64_t low, uint64_t high, const char *what)
{
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 0);
	if (end == text || *end || errno || value < low || value > high)
		errx(1, "invalid %s - %s", what, text);
	return value;
}

/* A size in bytes where it has a unit, else in blocks of `unit` bytes. */
static uint64_t size_in_blocks(const char *text, uint32_t unit)
{
	static const char letters[] = "skmgt";
	char *end;
	errno = 0;
	unsigned long long value = strtoull(text, &end, 0);
	const char *letter = *end ? strchr(letters, *end | 0x20) : NULL;
	if (end == text || errno || value > UINT64_MAX >> 42 || (*end && (!letter || end[1])))
		errx(1, "invalid blocks '%s' on device", text);
	if (!*end)
		return value;
	return letter == letters ? value * 512 / unit : (value << 10 * (letter - letters)) / unit;
}

static void set_features(struct order *order, char *list)
{
	for (char *save, *word = strtok_r(list, ", ", &save); word; word = strtok_r(NULL, ", ", &save)) {
		enum ext4_feature_set set;
		uint32_t bit;
		bool off = *word == '^';
		if (strcmp(word, "none") == 0) {
			memset(order->features, 0, sizeof order->features);
			continue;
		}
		if (!ext4_feature_by_name(word + off, &set, &bit) || (!off && !(known[set] & bit)))
			errx(1, "Invalid filesystem option set: %s", word);
		order->features[set] = off ? order->features[set] & ~bit : order->features[set] | bit;
	}
}

static void set_extended(struct order *order, char *list)
{
	for (char *save, *word = strtok_r(list, ",", &save); word; word = strtok_r(NULL, ",", &save)) {
		char *value = strchr(word, '=');
		if (value)
			*value++ = 0;
		if (strcmp(word, "lazy_itable_init") == 0)
			order->lazy = !value || number(value, 0, 1, "lazy_itable_init");
		else if (strcmp(word, "root_owner") == 0 && (!value || sscanf(value, "%u:%u", &order->root_uid, &order->root_gid) == 2)) {
			if (!value) {
				order->root_uid = getuid();
				order->root_gid = getgid();
			}
		} else if (strcmp(word, "nodiscard") != 0 && strcmp(word, "discard") != 0 && strcmp(word, "lazy_journal_init") != 0)
			errx(1, "Bad option(s) specified: %s", word);
	}
}

static void set_journal(struct order *order, const char *text)
{
	if (strncmp(text, "size=", 5) != 0)
		errx(1, "Bad journal options specified: %s", text);
	order->journal_blocks = (long)number(text + 5, 1, 10240, "journal size");
	order->features[EXT4_COMPAT] |= EXT4_HAS_JOURNAL;
}

static void set_type(struct order *order, const char *type)
{
	static const uint32_t base[] = {EXT4_EXT_ATTR | EXT4_RESIZE | EXT4_DIR_INDEX, EXT4_FILETYPE, EXT4_SPARSE_SUPER | EXT4_LARGE_FILE};
	if (strncmp(type, "ext", 3) != 0 || type[3] < '2' || type[3] > '4' || type[4])
		errx(1, "Your mke2fs does not know the type %s", type);
	order->type = type[3] - '0';
	memcpy(order->features, base, sizeof base);
	if (order->type >= 3)
		order->features[EXT4_COMPAT] |= EXT4_HAS_JOURNAL;
	if (order->type == 4) {
		order->features[EXT4_INCOMPAT] |= EXT4_EXTENTS | EXT4_64BIT | EXT4_FLEX_BG;
		order->features[EXT4_RO_COMPAT] |= EXT4_HUGE_FILE | EXT4_DIR_NLINK | EXT4_EXTRA_ISIZE | EXT4_METADATA_CSUM;
	}
}

static void set_option(struct order *order, int option, char *value)
{
	switch (option) {
	case 'b': order->block_size = (uint32_t)number(value, 1024, 4096, "block size"); break;
	case 'E': set_extended(order, value); break;
	case 'F': order->force++; break;
	case 'g': order->blocks_per_group = (uint32_t)number(value, 256, 32768, "blocks per group"); break;
	case 'G': order->groups_per_flex = (uint32_t)number(value, 1, 1 << 20, "flex_bg size"); break;
	case 'i': order->bytes_per_inode = number(value, 1024, 1 << 26, "inode ratio"); break;
	case 'I': order->inode_size = (uint32_t)number(value, 128, 4096, "inode size"); break;
	case 'j': order->features[EXT4_COMPAT] |= EXT4_HAS_JOURNAL; break;
	case 'J': set_journal(order, value); break;
	case 'L': order->label = value; break;
	case 'm': order->reserved_percent = (double)number(value, 0, 50, "reserved blocks percent"); break;
	case 'M': order->last_mounted = value; break;
	case 'n': order->dry = true; break;
	case 'N': order->inodes = number(value, 1, UINT32_MAX, "num inodes"); break;
	case 'O': set_features(order, value); break;
	case 'q': order->quiet = true; break;
	case 'U':
		order->has_uuid = strcmp(value, "random") != 0;
		if (order->has_uuid && !ext4_parse_uuid(value, order->uuid))
			errx(1, "error: '%s' is no UUID", value);
		break;
	default: break;
	}
}

/* Bytes that the device holds; a file that is too small for what was asked is made longer. */
static uint64_t device_size(int fd, const char *path, uint64_t wanted)
{
	struct stat status;
	if (fstat(fd, &status))
		err(1, "%s", path);
	if (S_ISREG(status.st_mode) && wanted > (uint64_t)status.st_size && ftruncate(fd, (off_t)wanted))
		err(1, "%s: cannot make it longer", path);
	off_t size = S_ISREG(status.st_mode) ? (wanted > (uint64_t)status.st_size ? (off_t)wanted : status.st_size) : lseek(fd, 0, SEEK_END);
	if (size < 0)
		err(1, "%s: cannot tell its size", path);
	return (uint64_t)size;
}

static void tell(const struct making *making, const struct order *order)
{
	const struct ext4 *fs = &making->fs;
	const char *separator = "Superblock backups stored on blocks: \n\t";
	int column = 0;
	printf("Creating filesystem with %llu %uk blocks and %u inodes\n", (unsigned long long)fs->blocks, fs->block_size / 1024, fs->super.inodes);
	printf("Filesystem UUID: %s\n", ext4_uuid_text(fs->super.uuid));
	for (uint32_t group = 1; group < fs->group_count; group++) {
		if (!ext4_has_super(fs, group))
			continue;
		fputs(separator, stdout);
		column += printf("%llu", (unsigned long long)ext4_group_first(fs, group)) + 2;
		separator = column > 62 ? ", \n\t" : ", ";
		column = column > 62 ? 0 : column;
	}
	printf(fs->group_count > 1 ? "\n\n" : "\n");
	if (order->dry)
		exit(0);
}

static uint32_t journal_size(const struct making *making, const struct order *order)
{
	static const struct {
		uint64_t below;
		uint32_t blocks;
	} steps[] = {{2048, 0}, {32768, 1024}, {256 << 10, 4096}, {512 << 10, 8192}, {4096 << 10, 16384}, {8192 << 10, 32768}, {16384 << 10, 65536}, {32768 << 10, 131072}};
	if (order->journal_blocks >= 0) {
		uint64_t blocks = (uint64_t)order->journal_blocks * 1024 * 1024 / making->fs.block_size;
		if (blocks < 1024 || blocks > making->fs.blocks / 2)
			errx(1, "the requested journal size of %llu blocks is too small or does not fit", (unsigned long long)blocks);
		return (uint32_t)blocks;
	}
	for (size_t i = 0; i < sizeof steps / sizeof *steps; i++)
		if (making->fs.blocks < steps[i].below)
			return steps[i].blocks;
	return 262144;
}

/* Blocks that no file can have: superblocks, descriptors, bitmaps and tables of inodes. */
static uint32_t overhead(const struct making *making)
{
	const struct ext4 *fs = &making->fs;
	uint64_t blocks = fs->super.first_block + (uint64_t)fs->group_count * (2 + making->table_blocks);
	for (uint32_t group = 0; group < fs->group_count; group++)
		blocks += ext4_base_blocks(fs, group);
	return (uint32_t)blocks;
}

static void make(struct making *making, const struct order *order)
{
	struct ext4 *fs = &making->fs;
	place_tables(making);
	if (ext4_has(fs, EXT4_COMPAT, EXT4_RESIZE))
		make_resize_inode(making);
	make_directories(making, order);
	uint32_t journal = ext4_has(fs, EXT4_COMPAT, EXT4_HAS_JOURNAL) ? journal_size(making, order) : 0;
	if (journal)
		make_journal(making, journal);
	else if (ext4_has(fs, EXT4_COMPAT, EXT4_HAS_JOURNAL)) {
		fs->super.compat &= ~EXT4_HAS_JOURNAL;
		if (!order->quiet)
			printf("\nFilesystem too small for a journal\n");
	}
	fs->super.overhead_clusters = overhead(making) + journal;
	finish(making);
	if (!order->quiet && journal)
		printf("Creating journal (%u blocks): done\n", journal);
	if (!order->quiet)
		printf("Writing superblocks and filesystem accounting information: done\n\n");
}

int main(int argc, char **argv)
{
	static const char options[] = "b:E:Fg:G:i:I:jJ:L:m:M:nN:O:qt:U:v";
	static struct making making;
	const char *name = program_name();
	struct order order = {.reserved_percent = 5, .journal_blocks = -1};
	set_type(&order, strncmp(name, "mkfs.ext", 8) == 0 ? name + 5 : "ext2");
	for (int option; (option = next_option(argc, argv, options)) != -1;)
		if (option == 't')
			set_type(&order, optarg);
	optind = 1;
	for (int option; (option = next_option(argc, argv, options)) != -1;)
		set_option(&order, option, optarg);
	if (argc - optind < 1 || argc - optind > 2)
		usage_error("one device, and how many blocks of it");
	order.path = argv[optind];
	const char *length = argc - optind == 2 ? argv[optind + 1] : NULL;
	int fd = open(order.path, O_RDWR | (length && !order.dry ? O_CREAT : 0), 0666);
	if (fd < 0)
		err(1, "%s", order.path);
	if (order.force < 2 && is_block_device_busy(order.path))
		errx(1, "%s is mounted or in use; will not make a filesystem here!", order.path);
	uint32_t unit = order.block_size ? order.block_size : 1024;
	uint64_t wanted = length ? size_in_blocks(length, unit) * unit : 0, size = device_size(fd, order.path, wanted);
	if (length && wanted > size)
		errx(1, "%s: its size is %llu bytes, less than what was asked for", order.path, (unsigned long long)size);
	uint64_t bytes = length ? wanted : size;
	if (!order.block_size)
		order.block_size = bytes < 512ull << 20 ? 1024 : 4096;
	if (!order.bytes_per_inode)
		order.bytes_per_inode = bytes < 3 << 20 ? 8192 : bytes < 512ull << 20 ? 4096 : bytes < 4ull << 40 ? 16384 : 32768;
	order.blocks = bytes / order.block_size;
	if (!order.has_uuid) {
		if (getrandom(order.uuid, sizeof order.uuid, 0) != sizeof order.uuid)
			err(1, "getrandom");
		order.uuid[6] = (order.uuid[6] & 0x0f) | 0x40;
		order.uuid[8] = (order.uuid[8] & 0x3f) | 0x80;
	}
	making.fs.fd = fd;
	making.fs.path = order.path;
	plan(&making, &order);
	if (!order.quiet || order.dry)
		tell(&making, &order);
	make(&making, &order);
	if (fsync(fd) || close(fd))
		err(1, "%s", order.path);
	return 0;
}
