/* Freestanding kernels for test/bench/engine.ts: no libc, no loader, one flat image. _start gets the kernel's number in a0
 * where the engine runs it; as a Linux program (qemu-riscv64) it is the first argument. The check value is written to fd 1. */
typedef unsigned char u8;
typedef unsigned int u32;
typedef unsigned long u64;
#define NOINLINE __attribute__((noinline))

static long call(long number, long a, long b, long c) {
  register long a7 asm("a7") = number, a0 asm("a0") = a, a1 asm("a1") = b, a2 asm("a2") = c;
  asm volatile("ecall" : "+r"(a0) : "r"(a7), "r"(a1), "r"(a2) : "memory");
  return a0;
}
void *memset(void *to, int value, u64 n) {
  volatile u8 *p = to;
  while (n--) *p++ = (u8)value;
  return to;
}

#define SIEVE 1000000
static u8 flags[SIEVE + 1];
NOINLINE static u64 sieve(void) {
  u64 count = 0;
  memset(flags, 1, sizeof flags);
  for (int i = 2; i <= SIEVE; i++)
    if (flags[i]) {
      count++;
      for (long j = 2l * i; j <= SIEVE; j += i) flags[j] = 0;
    }
  return count;
}

NOINLINE static long fib(long n) { return n < 2 ? n : fib(n - 1) + fib(n - 2); }
NOINLINE static u64 fibonacci(void) { return (u64)fib(30); }

#define SORTED 100000
static int numbers[SORTED];
static int compareInts(const void *a, const void *b) {
  int x = *(const int *)a, y = *(const int *)b;
  return (x > y) - (x < y);
}
static int (*volatile compare)(const void *, const void *) = compareInts;
NOINLINE static void quicksort(int *a, int low, int high, int (*less)(const void *, const void *)) {
  while (low < high) {
    int pivot = a[(low + high) >> 1], i = low, j = high;
    while (i <= j) {
      while (less(&a[i], &pivot) < 0) i++;
      while (less(&a[j], &pivot) > 0) j--;
      if (i <= j) { int t = a[i]; a[i++] = a[j]; a[j--] = t; }
    }
    if (j - low < high - i) { quicksort(a, low, j, less); low = i; }
    else { quicksort(a, i, high, less); high = j; }
  }
}
NOINLINE static u64 sort(void) {
  u32 seed = 12345;
  for (int i = 0; i < SORTED; i++) numbers[i] = (int)((seed = seed * 1664525u + 1013904223u) >> 1);
  quicksort(numbers, 0, SORTED - 1, compare);
  return (u64)numbers[SORTED / 2];
}

#define SIDE 128
static double left[SIDE][SIDE], right[SIDE][SIDE], product[SIDE][SIDE];
NOINLINE static u64 matmul(void) {
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) { left[i][j] = i + j * 0.5; right[i][j] = i / 3.0 - j * 0.25; }
  for (int i = 0; i < SIDE; i++)
    for (int j = 0; j < SIDE; j++) {
      double sum = 0;
      for (int k = 0; k < SIDE; k++) sum += left[i][k] * right[k][j];
      product[i][j] = sum;
    }
  union { double d; u64 bits; } u = { product[17][31] };
  return u.bits;
}

NOINLINE static u64 mandelbrot(void) {
  u64 total = 0;
  for (int y = 0; y < 128; y++)
    for (int x = 0; x < 128; x++) {
      double cr = x / 64.0 - 1.5, ci = y / 64.0 - 1, zr = 0, zi = 0;
      int n = 0;
      while (n < 100 && zr * zr + zi * zi < 4) { double t = zr * zr - zi * zi + cr; zi = 2 * zr * zi + ci; zr = t; n++; }
      total += (u64)n;
    }
  return total;
}

static u8 source[1 << 20], target[1 << 20];
NOINLINE static u64 bytecopy(void) {
  volatile u8 *to = target;
  for (u64 i = 0; i < sizeof source; i++) source[i] = (u8)(i * 7);
  for (u64 i = 0; i < sizeof target; i++) to[i] = source[i];
  return target[12345];
}

NOINLINE static u64 bytecode(void) {
  static const u8 program[] = { 0, 1, 2, 3, 4, 1, 3, 2, 0, 4, 2, 1, 0, 3, 5 };
  u32 a = 1, b = 2;
  const u8 *p = program;
  for (int n = 200000;;) switch (*p++) {
    case 0: a += b; break;
    case 1: b ^= a << 3; break;
    case 2: a = a * 33 + 1; break;
    case 3: b += a >> 5; break;
    case 4: a ^= b; break;
    case 6: a -= 3; break;
    case 7: b -= a; break;
    default: if (--n == 0) return a ^ b; p = program;
  }
}

NOINLINE static u64 mix(void) {
  u64 x = 88172645463325252ul, sum = 0;
  for (int i = 0; i < 1000000; i++) {
    x ^= x << 13; x ^= x >> 7; x ^= x << 17;
    sum += x * 0x9E3779B97F4A7C15ul;
    if (!(i & 15)) sum += x / ((sum & 0xffff) | 1);
  }
  return sum;
}

static u64 (*const kernels[])(void) = { sieve, fibonacci, sort, matmul, mandelbrot, bytecopy, bytecode, mix };

__attribute__((used)) void begin(long kernel, long *stack, long repeat) {
  u64 check = 0;
  if (kernel == 0) { kernel = ((u8 *)stack[2])[0] - '0'; repeat = ((u8 *)stack[3])[0] - '0'; }
  else kernel--;
  while (repeat--) check = kernels[kernel]();
  call(64, 1, (long)&check, 8);
  call(93, 0, 0, 0);
}
__attribute__((naked, section(".text._start"))) void _start(void) {
  asm volatile("mv a1, sp; andi sp, sp, -16; tail begin");
}
