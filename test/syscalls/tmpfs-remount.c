/* Remounting a tmpfs with other limits: mount(2), and fspick(2) with fsconfig(2). */
#include "check.h"

#include <sys/mount.h>
#include <sys/statfs.h>
#include <sys/syscall.h>

enum { STRING = 1, RECONFIGURE = 7 };

/* Sizes as statfs(2) and /proc/mounts tell them; inode64 and the like are the configuration's. */
static void show(void) {
  struct statfs s;
  char line[4096], *word;
  statfs("m", &s);
  printf("blocks %ld, free %ld; files %ld, free %ld\n", (long)s.f_blocks, (long)s.f_bfree, (long)s.f_files, (long)s.f_ffree);
  FILE *lines = fopen("/proc/self/mounts", "r");
  while (fgets(line, sizeof line, lines)) {
    if (strncmp(line, "remounted ", 10)) continue;
    for (word = strtok(line, " ,"); word; word = strtok(0, " ,"))
      if (strchr(word, '=')) printf("%s\n", word);
  }
  fclose(lines);
}

static int again(const char *options) { return mount(0, "m", 0, MS_REMOUNT, options); }

int main(void) {
  static char bytes[65536];
  start();
  mkdir("m", 0700);
  CALL(mount("remounted", "m", "tmpfs", 0, "size=1M,nr_inodes=50,mode=750"));
  show();
  int fd = open("m/file", O_CREAT | O_RDWR, 0600);
  CALL(write(fd, bytes, sizeof bytes));
  CALL(again("size=200k"));
  show();
  CALL(again("size=64k"));
  CALL(write(fd, bytes, 1));
  CALL(again("size=60k"));
  CALL(again("nr_inodes=2"));
  CALL(open("m/other", O_CREAT, 0600));
  CALL(again("nr_inodes=1"));
  CALL(again("nr_inodes=60,size=2M,mode=700,uid=1"));
  show();
  CALL(write(fd, bytes, sizeof bytes));
  CALL(again("size=3M,sise=1"));
  CALL(again("size=3x"));
  show();
  CALL(again("nr_blocks=100"));
  show();
  int context = CALL(syscall(433, AT_FDCWD, "m", 0));
  CALL(syscall(431, context, STRING, "size", "1M", 0));
  CALL(syscall(431, context, RECONFIGURE, 0, 0, 0));
  show();
  CALL(syscall(431, context, STRING, "size", "4k", 0));
  CALL(syscall(431, context, RECONFIGURE, 0, 0, 0));
  CALL(syscall(431, context, STRING, "size", "1M", 0));
  CALL(syscall(431, context, RECONFIGURE, 0, 0, 0));
  show();
  close(context);
  CALL(again("size=0,nr_inodes=0"));
  show();
  CALL(again("size=1M"));
  CALL(again("nr_inodes=100"));
  struct stat s;
  stat("m", &s);
  printf("mode %o, uid %d\n", s.st_mode, s.st_uid);
  close(fd);
  CALL(umount("m"));
  return 0;
}
