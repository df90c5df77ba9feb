/* Like the inner work of a small controller: a linked list that is searched and sorted, small matrices, a state machine that
 * reads numbers, and a checksum over it all. One iteration is some 400,000 instructions. */
#include "workload.h"
#include <stddef.h>
#include <string.h>

#define ITEMS 64
#define SIDE 12
#define TEXT_BYTES 512

static uint16_t crc16(uint16_t crc, uint32_t value, int bits) {
  for (int i = 0; i < bits; i++, value >>= 1) {
    int carry = (int)((crc ^ value) & 1);
    crc >>= 1;
    if (carry) crc ^= 0xa001;
  }
  return crc;
}

/* --- the list --- */
struct item {
  struct item *next;
  int16_t key, place;
};
typedef int (*order)(const struct item *, const struct item *);

static struct item items[ITEMS];

static int by_key(const struct item *a, const struct item *b) { return a->key - b->key; }
static int by_place(const struct item *a, const struct item *b) { return a->place - b->place; }

static struct item *make_list(uint32_t *random) {
  for (int i = 0; i < ITEMS; i++) {
    items[i].next = i + 1 < ITEMS ? &items[i + 1] : NULL;
    items[i].key = (int16_t)(next_random(random) & 0x3ff);
    items[i].place = (int16_t)i;
  }
  return items;
}

static struct item *reverse(struct item *list) {
  struct item *result = NULL;
  while (list != NULL) {
    struct item *next = list->next;
    list->next = result;
    result = list;
    list = next;
  }
  return result;
}

static struct item *merge(struct item *a, struct item *b, order compare) {
  struct item head, *tail = &head;
  while (a != NULL && b != NULL) {
    struct item **least = compare(a, b) <= 0 ? &a : &b;
    tail = tail->next = *least;
    *least = tail->next;
  }
  tail->next = a != NULL ? a : b;
  return head.next;
}

NOINLINE static struct item *sort(struct item *list, order compare) {
  if (list == NULL || list->next == NULL) return list;
  struct item *middle = list;
  for (struct item *end = list->next; end != NULL && end->next != NULL; end = end->next->next)
    middle = middle->next;
  struct item *second = middle->next;
  middle->next = NULL;
  return merge(sort(list, compare), sort(second, compare), compare);
}

NOINLINE static uint16_t process_list(uint32_t *random, uint16_t crc) {
  struct item *list = make_list(random);
  for (int round = 0; round < 24; round++) {
    int wanted = (int)(next_random(random) & 0x3ff), nearest = 0x400;
    for (struct item *at = list; at != NULL; at = at->next) {
      int distance = at->key > wanted ? at->key - wanted : wanted - at->key;
      if (distance < nearest) nearest = distance;
    }
    list = reverse(list);
    crc = crc16(crc, (uint32_t)nearest, 16);
  }
  list = sort(list, by_key);
  for (struct item *at = list; at != NULL; at = at->next) crc = crc16(crc, (uint16_t)at->place, 16);
  list = sort(list, by_place);
  return crc16(crc, (uint16_t)list->key, 16);
}

/* --- matrices --- */
static int16_t left[SIDE][SIDE], right[SIDE][SIDE];
static int32_t product[SIDE][SIDE];

NOINLINE static void multiply(void) {
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      int32_t sum = 0;
      for (int k = 0; k < SIDE; k++) sum += (int32_t)left[i][k] * right[k][j];
      product[i][j] = sum;
    }
}

NOINLINE static int32_t clipped_sum(int32_t limit) {
  int32_t total = 0, above = 0;
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      int32_t bits = (product[i][j] >> 2) & 0x3ff;
      total += bits;
      if (total > limit) {
        above += 10;
        total = 0;
      } else if (bits > 0x200) above++;
    }
  return above;
}

NOINLINE static uint16_t process_matrix(uint32_t *random, uint16_t crc) {
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      left[i][j] = (int16_t)(next_random(random) & 0xff);
      right[i][j] = (int16_t)(next_random(random) & 0x7f);
    }
  for (int16_t constant = 1; constant <= 4; constant++) {
    for (int i = 0; i < SIDE; i++)
      for (int j = 0; j < SIDE; j++) left[i][j] = (int16_t)(left[i][j] + constant);
    multiply();
    crc = crc16(crc, (uint32_t)clipped_sum(constant * 700), 32);
  }
  return crc;
}

/* --- the state machine: kinds of words in a text --- */
enum state { START, SIGN, INTEGER, POINT, FRACTION, EXPONENT, POWER, WRONG, STATES };

static int is_digit(char c) { return c >= '0' && c <= '9'; }

NOINLINE static enum state next_state(enum state state, char c) {
  switch (state) {
  case START: return is_digit(c) ? INTEGER : c == '+' || c == '-' ? SIGN : c == '.' ? POINT : WRONG;
  case SIGN: return is_digit(c) ? INTEGER : c == '.' ? POINT : WRONG;
  case INTEGER: return is_digit(c) ? INTEGER : c == '.' ? FRACTION : c == 'e' ? EXPONENT : WRONG;
  case POINT:
  case FRACTION: return is_digit(c) ? FRACTION : c == 'e' ? EXPONENT : WRONG;
  case EXPONENT: return is_digit(c) || c == '-' ? POWER : WRONG;
  case POWER: return is_digit(c) ? POWER : WRONG;
  default: return WRONG;
  }
}

NOINLINE static uint16_t process_text(uint32_t *random, uint16_t crc) {
  static const char *const words[] = {"5012", "1234.5", "-874", "+122.08", "3.1e7", ".33e-2", "T0.3e", "12-45", "e9"};
  char text[TEXT_BYTES];
  size_t length = 0;
  for (;;) {
    const char *word = words[next_random(random) % (sizeof words / sizeof *words)];
    size_t size = strlen(word);
    if (length + size + 1 >= TEXT_BYTES) break;
    memcpy(text + length, word, size);
    length += size;
    text[length++] = ',';
  }
  for (int round = 0; round < 8; round++) {
    uint32_t finals[STATES] = {0}, steps = 0;
    enum state state = START;
    for (size_t i = 0; i < length; i++) {
      if (text[i] == ',') {
        finals[state]++;
        state = START;
      } else {
        enum state next = next_state(state, text[i]);
        steps += next != state;
        state = next;
      }
    }
    for (int kind = 0; kind < STATES; kind++) crc = crc16(crc, finals[kind], 16);
    crc = crc16(crc, steps, 32);
    /* Damage a letter, as a bad line would. */
    text[next_random(random) % length] ^= 1;
  }
  return crc;
}

struct pass core(void) {
  static uint32_t random = 1;
  uint32_t state = random;
  uint16_t crc = 0;
  for (int i = 0; i < 10; i++) {
    crc = process_list(&state, crc);
    crc = process_matrix(&state, crc);
    crc = process_text(&state, crc);
  }
  return (struct pass){1, crc};
}
