/* add_key, request_key, keyctl: keyrings, permissions, states, /proc/keys. */
#include "check.h"
#include <grp.h>
#include <stdint.h>
#include <sys/syscall.h>

#define POSSESSOR 24
#define USER 16
#define ALL 0x3f

static long add_key(const char *type, const char *description, const void *payload, size_t length, int keyring) {
  return syscall(SYS_add_key, type, description, payload, length, keyring);
}
static long request_key(const char *type, const char *description, const char *callout, int keyring) {
  return syscall(SYS_request_key, type, description, callout, keyring);
}
static long keyctl(int operation, unsigned long a, unsigned long b, unsigned long c, unsigned long d) {
  return syscall(SYS_keyctl, operation, a, b, c, d);
}
enum { GET_ID, JOIN, UPDATE, REVOKE, CHOWN, SETPERM, DESCRIBE, CLEAR, LINK, UNLINK, SEARCH, READ, INSTANTIATE, NEGATE, SET_REQKEY, SET_TIMEOUT, ASSUME, SECURITY, TO_PARENT, REJECT, INSTANTIATE_IOV, INVALIDATE, RESTRICT = 29, MOVE, CAPABILITIES };
enum { THREAD = -1, PROCESS = -2, SESSION = -3, USERS = -4, USERS_SESSION = -5, GROUP = -6 };
#define K(op, ...) CALL(keyctl(op, __VA_ARGS__))
#define V(op, ...) VALUE(keyctl(op, __VA_ARGS__))
#define P(x) ((unsigned long)(x))

static void show(const char *what, int key) {
  char text[256] = "";
  long length = keyctl(DESCRIBE, key, P(text), sizeof text, 0);
  if (length < 0) printf("%s: %s\n", what, strerror(errno));
  else printf("%s: %s (%ld)\n", what, text, length);
}

/* Of keys whose owner and name are of this run only: Linux collects what the run before left when it likes. */
static void show_rights(const char *what, int key) {
  char text[256] = "", type[32] = "";
  unsigned rights = 0;
  long length = keyctl(DESCRIBE, key, P(text), sizeof text, 0);
  if (length >= 0) sscanf(text, "%31[^;];%*d;%*d;%x", type, &rights);
  printf("%s: %s %x\n", what, length < 0 ? strerror(errno) : type, rights);
}

static void content(const char *what, int key) {
  char text[256] = "";
  long length = keyctl(READ, key, P(text), sizeof text, 0);
  if (length < 0) printf("%s: %s\n", what, strerror(errno));
  else printf("%s: %.*s (%ld)\n", what, (int)length, text, length);
}

static int listed(int key, const char *text) {
  char line[512], number[16];
  snprintf(number, sizeof number, "%08x ", key);
  FILE *file = fopen("/proc/keys", "r");
  int found = 0;
  while (file && fgets(line, sizeof line, file))
    if (!strncmp(line, number, 9)) found = strstr(line, text) ? 1 : (printf("is %s", line + 9), 0);
  if (file) fclose(file);
  return found;
}

static void arguments(void) {
  static char big[40000];
  memset(big, 'x', sizeof big - 1);
  CALL(add_key("user", "a", NULL, 0, SESSION));
  CALL(add_key("user", "a", big, 32768, SESSION));
  CALL(add_key("user", "a", NULL, 5, SESSION));
  CALL(add_key("user", "a", big, 1024 * 1024, SESSION));
  CALL(add_key("user", "", "x", 1, SESSION));
  CALL(add_key("user", NULL, "x", 1, SESSION));
  CALL(add_key("", "a", "x", 1, SESSION));
  CALL(add_key(NULL, "a", "x", 1, SESSION));
  CALL(add_key(".user", "a", "x", 1, SESSION));
  CALL(add_key("no such type", "a", "x", 1, SESSION));
  CALL(add_key("a type with a name that is much too long", "a", "x", 1, SESSION));
  big[4096] = 0;
  CALL(add_key("user", big, "x", 1, SESSION));
  CALL(add_key("user", "a", "x", 1, 0));
  CALL(add_key("user", "a", "x", 1, GROUP));
  CALL(add_key("user", "a", "x", 1, -100));
  CALL(add_key("user", "a", "x", 1, 0x7ffffffe));
  CALL(add_key("keyring", ".hidden", NULL, 0, SESSION));
  CALL(add_key("keyring", "ring", "x", 1, SESSION));
  CALL(add_key("logon", "noprefix", "x", 1, SESSION));
  CALL(add_key("logon", ":noprefix", "x", 1, SESSION));
  CALL(request_key("user", NULL, NULL, 0));
  CALL(request_key("no such type", "a", NULL, 0));
  CALL(request_key("user", "nothing of that name", NULL, 0));
  K(-1, 0, 0, 0, 0);
  K(1000, 0, 0, 0, 0);
  K(GET_ID, 0, 0, 0, 0);
  K(GET_ID, GROUP, 0, 0, 0);
  K(INSTANTIATE, 1, 0, 0, 0);
  K(NEGATE, 1, 0, 0, 0);
  K(REJECT, 1, 0, 1, 0);
  K(ASSUME, -5, 0, 0, 0);
  K(ASSUME, 0, 0, 0, 0);
}

static void rings(void) {
  K(GET_ID, THREAD, 0, 0, 0);
  K(GET_ID, PROCESS, 0, 0, 0);
  int thread = K(GET_ID, THREAD, 1, 0, 0);
  int process = K(GET_ID, PROCESS, 1, 0, 0);
  int session = K(GET_ID, SESSION, 0, 0, 0);
  show("thread", THREAD), show("process", process), show("session", session), show("user", USERS), show("user session", USERS_SESSION);
  printf("%d %d\n", keyctl(GET_ID, THREAD, 0, 0, 0) == thread, keyctl(GET_ID, SESSION, 0, 0, 0) == session);
  int key = CALL(add_key("user", "one", "first", 5, PROCESS));
  show("key", key), content("key", key);
  printf("same %d\n", add_key("user", "one", "second", 6, PROCESS) == key);
  content("key", key);
  char small[4] = "....";
  V(READ, key, P(small), 2, 0);
  printf("%.4s\n", small);
  K(UPDATE, key, P("third"), 5, 0);
  content("key", key);
  K(UPDATE, key, P(NULL), 0, 0);
  K(UPDATE, key, P(small), 5000, 0);
  K(UPDATE, process, P("x"), 1, 0);
  int32_t ids[4] = {0};
  V(READ, process, P(ids), sizeof ids, 0);
  printf("the key %d\n", ids[0] == key);
  V(READ, process, 0, 0, 0);
  printf("found %d\n", request_key("user", "one", NULL, 0) == key);
  K(LINK, key, THREAD, 0, 0);
  V(READ, THREAD, 0, 0, 0);
  K(LINK, key, key, 0, 0);
  K(UNLINK, key, THREAD, 0, 0);
  K(UNLINK, key, THREAD, 0, 0);
  K(CLEAR, key, 0, 0, 0);
  int ring = CALL(add_key("keyring", "ring", NULL, 0, PROCESS));
  int inner = CALL(add_key("keyring", "inner", NULL, 0, ring));
  K(LINK, ring, inner, 0, 0);
  K(LINK, ring, ring, 0, 0);
  int deep = CALL(add_key("user", "deep", "x", 1, inner));
  printf("found %d\n", keyctl(SEARCH, PROCESS, P("user"), P("deep"), 0) == deep);
  printf("found and linked %d\n", keyctl(SEARCH, PROCESS, P("user"), P("deep"), THREAD) == deep);
  V(READ, THREAD, 0, 0, 0);
  K(SEARCH, PROCESS, P("user"), P("none"), 0);
  K(SEARCH, key, P("user"), P("none"), 0);
  K(SEARCH, PROCESS, P("no such type"), P("none"), 0);
  K(MOVE, deep, inner, ring, 0);
  V(READ, inner, 0, 0, 0);
  K(MOVE, deep, inner, ring, 0);
  K(MOVE, deep, ring, THREAD, 1);
  K(MOVE, deep, ring, THREAD, 2);
  int level = ring;
  for (int i = 0; i < 8; i++) {
    char name[8];
    snprintf(name, sizeof name, "l%d", i);
    int next = add_key("keyring", name, NULL, 0, PROCESS);
    errno = 0;
    long result = keyctl(LINK, level, next, 0, 0);
    printf("level %d: %s\n", i, result ? strerror(errno) : "ok");
    level = next;
  }
  K(RESTRICT, inner, 0, 0, 0);
  CALL(add_key("user", "late", "x", 1, inner));
  K(RESTRICT, inner, 0, 0, 0);
  K(RESTRICT, key, 0, 0, 0);
  K(RESTRICT, ring, 0, P("x"), 0);
  K(CLEAR, ring, 0, 0, 0);
  V(READ, ring, 0, 0, 0);
  int logon = CALL(add_key("logon", "a:b", "secret", 6, PROCESS));
  show("logon", logon), content("logon", logon);
  char label[8] = "x";
  V(SECURITY, key, P(label), sizeof label, 0);
  printf("label '%s', listed %d\n", label, listed(key, "user      one: 5"));
  printf("ring listed %d\n", listed(ring, "keyring   ring: empty"));
  unsigned char bits[8] = {0xff, 0xff, 0xff, 0xff};
  V(CAPABILITIES, P(bits), sizeof bits, 0, 0);
  printf("%d %d\n", (bits[0] & 0xe1) == 0xe1, bits[3]);
}

static void states(void) {
  int key = CALL(add_key("user", "state", "x", 1, PROCESS));
  K(REVOKE, key, 0, 0, 0);
  content("revoked", key), show("revoked", key);
  CALL(request_key("user", "state", NULL, 0));
  K(UPDATE, key, P("y"), 1, 0);
  K(REVOKE, key, 0, 0, 0);
  K(LINK, key, THREAD, 0, 0);
  K(UNLINK, key, PROCESS, 0, 0);
  printf("another %d\n", add_key("user", "state", "x", 1, PROCESS) != key);
  key = CALL(add_key("user", "short", "x", 1, PROCESS));
  K(SET_TIMEOUT, key, 1000, 0, 0);
  printf("listed %d\n", listed(key, "16m 3f010000"));
  K(SET_TIMEOUT, key, 0, 0, 0);
  printf("listed %d\n", listed(key, "perm 3f010000"));
  int late = add_key("keyring", "late", NULL, 0, PROCESS);
  K(SET_TIMEOUT, late, 1, 0, 0);
  K(SET_TIMEOUT, key, 1, 0, 0);
  sleep(2);
  CALL(add_key("user", "x", "x", 1, late));
  content("expired", key), show("expired", key);
  CALL(request_key("user", "short", NULL, 0));
  printf("replaced %d\n", add_key("user", "short", "x", 1, PROCESS) > 0);
  key = CALL(add_key("user", "gone", "x", 1, PROCESS));
  K(INVALIDATE, key, 0, 0, 0);
  /* Until Linux has collected it, the caller possesses it still: ENOKEY, then EACCES. */
  char byte;
  long count = keyctl(READ, key, P(&byte), 1, 0);
  printf("invalidated %d\n", count < 0 && (errno == ENOKEY || errno == EACCES));
  CALL(request_key("user", "gone", NULL, 0));
  int ring = add_key("keyring", "end", NULL, 0, PROCESS);
  K(REVOKE, ring, 0, 0, 0);
  CALL(add_key("user", "x", "x", 1, ring));
  if (access("/sbin/request-key", F_OK)) {
    CALL(request_key("user", "negative", "callout", PROCESS));
    CALL(request_key("user", "negative", NULL, 0));
    int32_t ids[64];
    long length = keyctl(READ, PROCESS, P(ids), sizeof ids, 0);
    int negative = 0;
    for (int i = 0; i < length / 4; i++) {
      char text[128] = "";
      keyctl(DESCRIBE, ids[i], P(text), sizeof text, 0);
      if (strstr(text, "negative")) negative = ids[i];
    }
    show("negative", negative), content("negative", negative);
    K(UPDATE, negative, P("now"), 3, 0);
    K(UNLINK, negative, PROCESS, 0, 0);
  }
  VALUE(keyctl(SET_REQKEY, -1, 0, 0, 0));
  VALUE(keyctl(SET_REQKEY, 3, 0, 0, 0));
  VALUE(keyctl(SET_REQKEY, -1, 0, 0, 0));
  VALUE(keyctl(SET_REQKEY, 6, 0, 0, 0));
  VALUE(keyctl(SET_REQKEY, 99, 0, 0, 0));
}

static void rights(void) {
  int key = CALL(add_key("user", "mine", "x", 1, PROCESS));
  K(SETPERM, key, 0xff000000, 0, 0);
  K(SETPERM, key, 0x3f3f0000, 0, 0);
  show("key", key);
  K(SETPERM, key, 0x01010000, 0, 0);
  content("view only", key), show("view only", key);
  K(UPDATE, key, P("y"), 1, 0);
  K(REVOKE, key, 0, 0, 0);
  K(SETPERM, key, 0x3f3f0000, 0, 0);
  K(LINK, key, THREAD, 0, 0);
  int second = CALL(add_key("user", "theirs", "x", 1, PROCESS));
  K(SETPERM, second, 0x3f3f0003, 0, 0);
  K(CHOWN, second, 65534, -1, 0);
  show("second", second);
  K(CHOWN, second, -1, 65533, 0);
  show("second", second);
  K(CHOWN, 0, -1, -1, 0);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    K(GET_ID, PROCESS, 0, 0, 0);
    K(GET_ID, THREAD, 0, 0, 0);
    setgroups(0, NULL);
    id_t id = 20000 + getpid() % 40000;
    setresgid(id, id, id);
    setresuid(id, id, id);
    content("another's", key), show("another's", key);
    content("for others", second), show("for others", second);
    K(SETPERM, second, 0, 0, 0);
    K(CHOWN, second, id, -1, 0);
    int own = CALL(add_key("user", "own", "x", 1, PROCESS));
    K(CHOWN, own, 0, -1, 0);
    K(CHOWN, own, -1, 5, 0);
    K(CHOWN, own, id, id, 0);
    show_rights("own", own);
    show_rights("user", USERS);
    K(JOIN, P(".builtin_trusted_keys"), 0, 0, 0);
    K(JOIN, P(""), 0, 0, 0);
    char name[32];
    snprintf(name, sizeof name, "named %d", getpid());
    int named = CALL(keyctl(JOIN, P(name), 0, 0, 0));
    show_rights("named", named), show_rights("session", SESSION);
    V(READ, SESSION, 0, 0, 0);
    static char fill[8000];
    int i = 0;
    for (; i < 10; i++) {
      char name[8];
      snprintf(name, sizeof name, "f%d", i);
      if (add_key("user", name, fill, sizeof fill, SESSION) < 0) break;
    }
    printf("%d of 8000 bytes, then %s\n", i, strerror(errno));
    for (; i < 300; i++) {
      char name[8];
      snprintf(name, sizeof name, "n%d", i);
      if (add_key("user", name, "x", 1, SESSION) < 0) break;
    }
    printf("then %s\n", strerror(errno));
    _exit(0);
  }
  reap(child);
  printf("session stays %d\n", keyctl(GET_ID, SESSION, 0, 0, 0) > 0);
}

int main(void) {
  start();
  setgroups(0, NULL);
  if (add_key("user", "first", "x", 1, PROCESS) < 0 && errno == ENOSYS) {
    printf("this Linux has no key retention service\n");
    return 77;
  }
  keyctl(UNLINK, request_key("user", "first", NULL, 0), PROCESS, 0, 0);
  fflush(stdout);
  pid_t child = fork();
  if (child == 0) {
    K(JOIN, 0, 0, 0, 0);
    arguments();
    rings();
    states();
    rights();
    _exit(0);
  }
  reap(child);
  return 0;
}
