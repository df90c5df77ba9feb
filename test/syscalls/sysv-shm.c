/* System V shared memory: shmget, shmat, shmdt, shmctl, and what /proc says. */
#define _GNU_SOURCE
#include "check.h"
#include <sys/ipc.h>
#include <sys/mman.h>
#include <grp.h>
#include <sys/shm.h>
#include <sys/syscall.h>
#define PAGE 4096UL

static struct shmid_ds ds;

static void stat_of(int id) {
  if (shmctl(id, IPC_STAT, &ds) < 0) {
    printf("stat: %s\n", strerror(errno));
    return;
  }
  printf("size %lu nattch %lu mode %o key %d uid %d cuid %d cpid %s lpid %s times %d %d %d\n",
         (unsigned long)ds.shm_segsz, (unsigned long)ds.shm_nattch, ds.shm_perm.mode, ds.shm_perm.__key == IPC_PRIVATE,
         ds.shm_perm.uid, ds.shm_perm.cuid, ds.shm_cpid == getpid() ? "me" : "other",
         ds.shm_lpid == getpid() ? "me" : ds.shm_lpid ? "other" : "nobody",
         ds.shm_atime != 0, ds.shm_dtime != 0, ds.shm_ctime != 0);
}

/* The line of /proc/self/maps that starts at an address, with the inode number compared. */
static void maps_line(void *at, int id) {
  char line[512], perms[8], name[256] = "";
  unsigned long start, end, offset, inode;
  FILE *f = fopen("/proc/self/maps", "r");
  while (fgets(line, sizeof line, f)) {
    if (sscanf(line, "%lx-%lx %7s %lx %*s %lu %255[^\n]", &start, &end, perms, &offset, &inode, name) >= 5 && start == (unsigned long)at)
      printf("%lu %s %lx %s %.5s...%s\n", end - start, perms, offset, inode == (unsigned long)id ? "id" : "other", name, strstr(name, " (deleted)") ?: "");
  }
  fclose(f);
}

static int listed(int id) {
  char line[512];
  int found = 0, shmid;
  FILE *f = fopen("/proc/sysvipc/shm", "r");
  fgets(line, sizeof line, f);
  printf("%s", line);
  while (fgets(line, sizeof line, f))
    if (sscanf(line, "%*d %d", &shmid) == 1 && shmid == id) {
      found = 1;
      printf("%zu characters:%.6s...%.23s\n", strlen(line), line + 21, line + 27);
    }
  fclose(f);
  return found;
}

int main(void) {
  start();
  key_t key = 0x53000000 | getpid();
  CALL(shmget(key, 4096, 0600));
  CALL(shmget(IPC_PRIVATE, 0, 0600));
  CALL(shmget(key, 0, IPC_CREAT | 0600));
  int id = CALL(shmget(key, 6000, IPC_CREAT | IPC_EXCL | 0640));
  CALL(shmget(key, 6000, IPC_CREAT | IPC_EXCL | 0640));
  VALUE(shmget(key, 6000, IPC_CREAT | 0640) == id);
  VALUE(shmget(key, 0, 0) == id);
  CALL(shmget(key, 6001, 0));
  stat_of(id);
  CALL(shmat(-1, NULL, 0));
  CALL(shmat(id + 1, NULL, 0));
  CALL(shmat(id, (void *)1, 0));
  CALL(shmat(id, NULL, SHM_REMAP));
  char *a = shmat(id, NULL, 0);
  printf("%d\n", a[0]);
  strcpy(a, "shared");
  char *b = shmat(id, NULL, SHM_RDONLY);
  printf("%s\n", b);
  stat_of(id);
  maps_line(a, id);
  maps_line(b, id);
  CALL(shmat(id, a, 0));
  VALUE((char *)shmat(id, a + 100, SHM_RND | SHM_REMAP) == a);
  stat_of(id);
  VALUE(listed(id));
  pid_t pid = fork();
  if (pid == 0) {
    stat_of(id);
    strcpy(a, "from the child");
    CALL(mprotect(b, PAGE, PROT_READ | PROT_WRITE));
    CALL(shmdt(b));
    stat_of(id);
    _exit(0);
  }
  reap(pid);
  printf("%s\n", b);
  stat_of(id);
  /* cut in two: both parts go */
  munmap(a + PAGE, PAGE);
  stat_of(id);
  CALL(shmdt(a + PAGE));
  CALL(shmdt(a + 1));
  CALL(shmdt(a));
  CALL(shmdt(a));
  CALL(shmdt(b));
  stat_of(id);
  a = shmat(id, NULL, SHM_EXEC);
  printf("%s\n", a);

  /* permissions */
  pid = fork();
  if (pid == 0) {
    setgroups(0, NULL);
    setgid(1000);
    setuid(1000);
    CALL(shmget(key, 0, 0600));
    CALL(shmget(key, 0, 0));
    CALL(shmat(id, NULL, SHM_RDONLY));
    CALL(shmctl(id, IPC_STAT, &ds));
    CALL(shmctl(id, IPC_SET, &ds));
    CALL(shmctl(id, IPC_RMID, NULL));
    _exit(0);
  }
  reap(pid);
  ds.shm_perm.mode = 0604;
  ds.shm_perm.uid = 1;
  CALL(shmctl(id, IPC_SET, &ds));
  stat_of(id);
  pid = fork();
  if (pid == 0) {
    setgroups(0, NULL);
    setgid(1000);
    setuid(1000);
    CALL(shmat(id, NULL, 0));
    CALL(shmat(id, NULL, SHM_RDONLY | SHM_EXEC));
    char *r = shmat(id, NULL, SHM_RDONLY);
    printf("%s\n", r);
    _exit(0);
  }
  reap(pid);
  CALL(shmctl(id, SHM_LOCK, NULL));
  stat_of(id);
  CALL(shmctl(id, SHM_UNLOCK, NULL));
  CALL(shmctl(id, 99, NULL));
  CALL(shmctl(-1, IPC_STAT, &ds));
  CALL(shmctl(id, IPC_STAT, (void *)8));

  /* removed while it is attached: no key any more, gone with the last detach */
  CALL(shmctl(id, IPC_RMID, NULL));
  stat_of(id);
  CALL(shmget(key, 0, 0));
  char *c = shmat(id, NULL, 0);
  printf("%s\n", c);
  CALL(shmctl(id, IPC_RMID, NULL));
  shmdt(c);
  shmdt(a);
  CALL(shmctl(id, IPC_STAT, &ds) == -1 && (errno == EINVAL || errno == EIDRM) ? 0 : -1);
  VALUE(listed(id));

  /* exec and exit detach */
  id = shmget(IPC_PRIVATE, 3 * PAGE, 0600);
  a = shmat(id, NULL, 0);
  pid = fork();
  if (pid == 0) _exit(0);
  reap(pid);
  stat_of(id);
  struct shminfo limits;
  CALL(shmctl(0, IPC_INFO, (struct shmid_ds *)&limits));
  printf("%lu %lu %lu\n", (unsigned long)limits.shmmax, (unsigned long)limits.shmmin, (unsigned long)limits.shmmni);
  VALUE(shmctl(id & 32767, SHM_STAT, &ds) == id);
  CALL(shmctl(32767, SHM_STAT, &ds));
  struct shm_info info;
  VALUE(shmctl(0, SHM_INFO, (struct shmid_ds *)&info) >= 0 && info.used_ids >= 1 && info.shm_tot >= 3);
  /* The mapping of a segment is cut by what is mapped over it, and MADV_REMOVE punches holes. */
  memset(a, 'x', 3 * PAGE);
  CALL(madvise(a + PAGE, PAGE, 9));
  printf("%c %d %c\n", a[0], a[PAGE], a[2 * PAGE]);
  mmap(a + PAGE, PAGE, PROT_READ, MAP_PRIVATE | MAP_ANONYMOUS | MAP_FIXED, -1, 0);
  stat_of(id);
  CALL(shmdt(a));
  stat_of(id);
  VALUE(a[PAGE]);
  CALL(shmctl(id, IPC_RMID, NULL));
  /* remap_file_pages ends the mapping before it makes the new one: the last of a removed segment */
  id = shmget(IPC_PRIVATE, PAGE, 0600);
  a = shmat(id, NULL, 0);
  CALL(syscall(SYS_remap_file_pages, a, PAGE, 0, 0, 0));
  stat_of(id);
  CALL(shmctl(id, IPC_RMID, NULL));
  CALL(syscall(SYS_remap_file_pages, a, PAGE, 0, 0, 0));
  CALL(shmdt(a));
  CALL(shmctl(id, IPC_STAT, &ds));
  return 0;
}
