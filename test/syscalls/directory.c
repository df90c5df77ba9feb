/* mkdir, rmdir, rename, link, unlink, symlink, readlink, getdents, chdir, getcwd. */
#include "check.h"
#include <dirent.h>

static int by_name(const void *a, const void *b) { return strcmp(*(char **)a, *(char **)b); }

static void list(const char *path) {
  DIR *dir = opendir(path);
  char *names[100];
  int n = 0;
  for (struct dirent *entry; (entry = readdir(dir)) && n < 100;) {
    char text[300];
    snprintf(text, sizeof text, "%s:%d", entry->d_name, entry->d_type);
    names[n++] = strdup(text);
  }
  closedir(dir);
  qsort(names, n, sizeof *names, by_name);
  printf("%s =", path);
  for (int i = 0; i < n; i++) printf(" %s", names[i]);
  printf("\n");
}

static void links(const char *path) {
  struct stat st;
  if (lstat(path, &st)) printf("%s: %s\n", path, strerror(errno));
  else printf("%s: mode %o links %ld\n", path, st.st_mode, (long)st.st_nlink);
}

int main(void) {
  start();
  char buffer[256];
  umask(022);
  CALL(mkdir("a", 0777));
  CALL(mkdir("a", 0777));
  CALL(mkdir("missing/a", 0777));
  CALL(mkdir("a/b/", 0777));
  CALL(mkdir("a/b/c", 01777));
  links("a");
  links("a/b");
  CALL(rmdir("a"));
  CALL(rmdir("a/b/c/."));
  CALL(rmdir("a/b/c/.."));
  CALL(unlink("a"));
  close(creat("f", 0644));
  CALL(rmdir("f"));
  CALL(link("f", "a/g"));
  CALL(link("f", "a/g"));
  CALL(link("a", "h"));
  links("f");
  CALL(rename("f", "a/g")); /* two names of one file: nothing happens */
  links("f");
  CALL(rename("a/g", "k"));
  CALL(unlink("f"));
  links("k");
  CALL(rename("a", "a/b/x"));
  CALL(rename("k", "a"));
  CALL(rename("a", "k"));
  CALL(mkdir("empty", 0755));
  CALL(rename("a", "empty"));
  CALL(rename("missing", "x"));
  list(".");
  list("empty");
  CALL(rename("empty", "a"));
  CALL(mkdir("full", 0755));
  close(creat("full/x", 0644));
  CALL(rename("a", "full"));
  CALL(symlink("a/b", "s"));
  memset(buffer, '#', sizeof buffer);
  VALUE(readlink("s", buffer, sizeof buffer));
  printf("%.5s\n", buffer);
  VALUE(readlink("s", buffer, 2));
  CALL(readlink("a", buffer, sizeof buffer));
  CALL(symlink("", "e"));
  CALL(symlink("x", "s"));
  list("s");
  CALL(chdir("s"));
  CALL(getcwd(buffer, 3) ? 0 : -1);
  char *end = strrchr(getcwd(buffer, sizeof buffer), '/');
  printf("cwd ends in %s\n", end);
  CALL(chdir(".."));
  CALL(chdir("../k"));
  CALL(chdir(".."));
  /* A removed working directory. */
  CALL(mkdir("gone", 0755));
  CALL(chdir("gone"));
  CALL(rmdir("../gone"));
  CALL(getcwd(buffer, sizeof buffer) ? 0 : -1);
  CALL(creat("x", 0600));
  CALL(chdir(".."));
  /* Open and unlinked: the file lives on. */
  int fd = open("u", O_RDWR | O_CREAT, 0600);
  write(fd, "data", 4);
  CALL(unlink("u"));
  struct stat st;
  fstat(fd, &st);
  printf("links %ld size %ld\n", (long)st.st_nlink, (long)st.st_size);
  VALUE(pread(fd, buffer, 4, 0));
  /* Many entries, with seeking back. */
  mkdir("many", 0755);
  chdir("many");
  for (int i = 0; i < 300; i++) { snprintf(buffer, sizeof buffer, "entry-with-a-name-%d", i); close(creat(buffer, 0600)); }
  DIR *dir = opendir(".");
  int count = 0;
  while (readdir(dir)) count++;
  rewinddir(dir);
  while (readdir(dir)) count++;
  printf("%d entries\n", count);
  return 0;
}
