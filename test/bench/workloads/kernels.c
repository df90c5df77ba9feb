/* Small kernels, each with one habit of programs at its heart: byte flags, calls, a callback, doubles, rotations, memory, indirect
 * jumps, 64-bit arithmetic, the heap. */
#include "workload.h"
#include <stdlib.h>
#include <string.h>

#define SIEVE 1000000
NOINLINE struct pass sieve(void) {
  static unsigned char is_prime[SIEVE + 1];
  uint64_t count = 0;
  memset(is_prime, 1, sizeof is_prime);
  for (int i = 2; i <= SIEVE; i++)
    if (is_prime[i]) {
      count++;
      for (long j = 2L * i; j <= SIEVE; j += i) is_prime[j] = 0;
    }
  return (struct pass){1, count};
}

NOINLINE static int fib(int n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
struct pass fibonacci(void) { return (struct pass){1, (uint64_t)fib(27)}; }

#define SORTED 100000
static int numbers[SORTED];
static int compare_ints(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}
static int (*volatile comparison)(const void *, const void *) = compare_ints;

NOINLINE static void sort(int low, int high, int (*compare)(const void *, const void *)) {
  while (low < high) {
    int pivot = numbers[low + (high - low) / 2], i = low, j = high;
    while (i <= j) {
      while (compare(&numbers[i], &pivot) < 0) i++;
      while (compare(&numbers[j], &pivot) > 0) j--;
      if (i > j) break;
      int other = numbers[i];
      numbers[i++] = numbers[j];
      numbers[j--] = other;
    }
    sort(low, j, compare);
    low = i;
  }
}
struct pass quicksort(void) {
  uint32_t random = 12345;
  for (int i = 0; i < SORTED; i++) numbers[i] = (int)next_random(&random);
  sort(0, SORTED - 1, comparison);
  for (int i = 1; i < SORTED; i++)
    if (numbers[i - 1] > numbers[i]) abort();
  return (struct pass){1, (uint64_t)numbers[SORTED / 2]};
}

#define ORDER 128
NOINLINE struct pass matrix(void) {
  static double a[ORDER][ORDER], b[ORDER][ORDER], c[ORDER][ORDER];
  for (int i = 0; i < ORDER; i++)
    for (int j = 0; j < ORDER; j++) {
      a[i][j] = i + j * 0.5;
      b[i][j] = i - j * 0.25;
    }
  double trace = 0;
  for (int i = 0; i < ORDER; i++) {
    for (int j = 0; j < ORDER; j++) {
      double sum = 0;
      for (int k = 0; k < ORDER; k++) sum += a[i][k] * b[k][j];
      c[i][j] = sum;
    }
    trace += c[i][i];
  }
  return (struct pass){2.0 * ORDER * ORDER * ORDER / 1e6, (uint64_t)(int64_t)trace};
}

#define BLOCK_BYTES (1 << 20)
static unsigned char from[BLOCK_BYTES], to[BLOCK_BYTES];

/* FIPS 180-4: the first 32 bits of the fractional parts of the cube roots of the first primes. */
static uint32_t constants[64];
/* r^3 < limit * 2^96, for r < 2^35: by digits of 32 bits, as processors of 32 bits have no wider product. */
static int cube_is_below(uint64_t r, uint64_t limit) {
  uint32_t digits[6] = {1};
  for (int power = 0; power < 3; power++) {
    uint32_t product[6] = {0};
    for (int i = 0; i < 4; i++) {
      uint64_t low = (uint64_t)digits[i] * (uint32_t)r + product[i];
      uint64_t high = (uint64_t)digits[i] * (uint32_t)(r >> 32) + product[i + 1] + (low >> 32);
      product[i] = (uint32_t)low;
      product[i + 1] = (uint32_t)high;
      product[i + 2] += (uint32_t)(high >> 32);
    }
    memcpy(digits, product, sizeof digits);
  }
  return digits[3] < limit;
}
static void fill_constants(void) {
  int found = 0;
  for (uint64_t candidate = 2; found < 64; candidate++) {
    int is_prime = 1;
    for (uint64_t d = 2; d * d <= candidate; d++)
      if (candidate % d == 0) is_prime = 0;
    if (!is_prime) continue;
    /* floor(cbrt(candidate) * 2^32) by bisection, without rounding: r^3 <= candidate * 2^96. */
    uint64_t low = 0, high = 1ULL << 35;
    while (low + 1 < high) {
      uint64_t middle = (low + high) / 2;
      if (cube_is_below(middle, candidate)) low = middle;
      else high = middle;
    }
    constants[found++] = (uint32_t)low;
  }
}
static uint32_t rotate(uint32_t x, int n) { return x >> n | x << (32 - n); }

NOINLINE static void hash_block(uint32_t *hash, const unsigned char *bytes) {
  uint32_t w[64];
  for (int i = 0; i < 16; i++, bytes += 4)
    w[i] = (uint32_t)bytes[0] << 24 | (uint32_t)bytes[1] << 16 | (uint32_t)bytes[2] << 8 | bytes[3];
  for (int i = 16; i < 64; i++) {
    uint32_t x = w[i - 15], y = w[i - 2];
    w[i] = w[i - 16] + w[i - 7] + (rotate(x, 7) ^ rotate(x, 18) ^ x >> 3) + (rotate(y, 17) ^ rotate(y, 19) ^ y >> 10);
  }
  uint32_t a = hash[0], b = hash[1], c = hash[2], d = hash[3], e = hash[4], f = hash[5], g = hash[6], h = hash[7];
  for (int i = 0; i < 64; i++) {
    uint32_t first = h + (rotate(e, 6) ^ rotate(e, 11) ^ rotate(e, 25)) + ((e & f) ^ (~e & g)) + constants[i] + w[i];
    uint32_t second = (rotate(a, 2) ^ rotate(a, 13) ^ rotate(a, 22)) + ((a & b) ^ (a & c) ^ (b & c));
    h = g;
    g = f;
    f = e;
    e = d + first;
    d = c;
    c = b;
    b = a;
    a = first + second;
  }
  const uint32_t added[8] = {a, b, c, d, e, f, g, h};
  for (int i = 0; i < 8; i++) hash[i] += added[i];
}
struct pass sha256(void) {
  uint32_t hash[8] = {0x6a09e667, 0xbb67ae85, 0x3c6ef372, 0xa54ff53a, 0x510e527f, 0x9b05688c, 0x1f83d9ab, 0x5be0cd19};
  if (constants[0] == 0) fill_constants();
  memset(from, 'h', sizeof from);
  for (int at = 0; at < BLOCK_BYTES; at += 64) hash_block(hash, from + at);
  return (struct pass){BLOCK_BYTES / 1e6, (uint64_t)hash[0] << 32 | hash[7]};
}

/* Through a pointer, so that the library's own is called. */
static void *(*volatile copier)(void *, const void *, size_t) = memcpy;
NOINLINE struct pass copy(void) {
  for (int i = 0; i < 16; i++) {
    from[i] = (unsigned char)i;
    copier(to, from, sizeof to);
  }
  return (struct pass){16 * BLOCK_BYTES / 1e6, to[15]};
}

NOINLINE struct pass byte_copy(void) {
  volatile unsigned char *target = to;
  for (size_t i = 0; i < sizeof to; i++) target[i] = from[i];
  return (struct pass){BLOCK_BYTES / 1e6, to[15]};
}

#define NODES (1 << 18)
NOINLINE struct pass pointer_chase(void) {
  static struct node {
    struct node *next;
    uint64_t padding;
  } nodes[NODES];
  if (nodes[0].next == NULL) {
    static uint32_t places[NODES];
    uint32_t random = 1;
    for (uint32_t i = 0; i < NODES; i++) places[i] = i;
    for (uint32_t i = NODES - 1; i > 0; i--) {
      uint32_t j = next_random(&random) % i, other = places[i];
      places[i] = places[j];
      places[j] = other;
    }
    for (uint32_t i = 0; i < NODES; i++) nodes[places[i]].next = &nodes[places[(i + 1) % NODES]];
  }
  struct node *at = nodes;
  for (int i = 0; i < NODES; i++) at = at->next;
  return (struct pass){NODES / 1e6, at == nodes};
}

NOINLINE struct pass byte_code(void) {
  static const unsigned char program[] = {0, 1, 2, 3, 4, 1, 3, 2, 0, 4, 2, 1, 0, 3, 5};
  static const void *const labels[] = {&&add, &&shift, &&multiply, &&halve, &&exclude, &&again};
  uint32_t a = 1, b = 2;
  int rounds = 200000;
  const unsigned char *at = program;
#define NEXT goto *labels[*at++]
  NEXT;
add:
  a += b;
  NEXT;
shift:
  b ^= a << 3;
  NEXT;
multiply:
  a = a * 33 + 1;
  NEXT;
halve:
  b += a >> 5;
  NEXT;
exclude:
  a ^= b;
  NEXT;
again:
  if (--rounds) {
    at = program;
    NEXT;
  }
  return (struct pass){200000 * 15 / 1e6, a ^ b};
}

NOINLINE struct pass integers(void) {
  uint64_t x = 88172645463325252ULL, sum = 0;
  for (int i = 0; i < 1000000; i++) {
    x ^= x << 13;
    x ^= x >> 7;
    x ^= x << 17;
    sum += x * 0x9e3779b97f4a7c15ULL;
    if ((i & 15) == 0) sum += x / ((sum & 0xffff) | 1);
  }
  return (struct pass){1, sum};
}

NOINLINE struct pass mandelbrot(void) {
  uint64_t total = 0;
  for (int y = 0; y < 128; y++)
    for (int x = 0; x < 128; x++) {
      double cr = x / 64.0 - 1.5, ci = y / 64.0 - 1, zr = 0, zi = 0;
      int n = 0;
      for (; n < 100 && zr * zr + zi * zi < 4; n++) {
        double next = zr * zr - zi * zi + cr;
        zi = 2 * zr * zi + ci;
        zr = next;
      }
      total += (uint64_t)n;
    }
  return (struct pass){(double)total / 1e6, total};
}

#define BLOCKS 1024
NOINLINE struct pass heap(void) {
  static char *blocks[BLOCKS];
  uint32_t random = 7;
  uint64_t sum = 0;
  for (int i = 0; i < 20000; i++) {
    uint32_t which = next_random(&random) % BLOCKS, size = next_random(&random) % 512 + 1;
    if (blocks[which] != NULL) sum += (unsigned char)*blocks[which];
    free(blocks[which]);
    blocks[which] = malloc(size);
    if (blocks[which] == NULL) abort();
    *blocks[which] = (char)i;
  }
  for (int i = 0; i < BLOCKS; i++) {
    free(blocks[i]);
    blocks[i] = NULL;
  }
  return (struct pass){20000 / 1e6, sum};
}
