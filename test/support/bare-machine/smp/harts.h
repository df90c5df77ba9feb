/* What the programs for several harts share: parameters, a barrier, locks, random numbers. */
#include <stdint.h>

/* Written by the test before the start, at 256 bytes from the program's. */
struct parameters {
  uint64_t harts, seed;
  /* By program; 0: it is left out. */
  uint64_t rounds[16];
};
extern volatile struct parameters parameters;
/* Interrupts taken, 64 bytes apart. */
extern volatile uint64_t interrupts[8][8];

#define CLINT 0x2000000ul
#define PLIC 0xc000000ul
#define UART 0x10000000ul

static inline volatile uint32_t *msip(uint64_t hart) { return (volatile uint32_t *)(CLINT + 4 * hart); }
static inline volatile uint64_t *mtimecmp(uint64_t hart) { return (volatile uint64_t *)(CLINT + 0x4000 + 8 * hart); }
static inline uint64_t mtime(void) { return *(volatile uint64_t *)(CLINT + 0xbff8); }

static inline uint64_t xorshift(uint64_t *state) {
  *state ^= *state << 13;
  *state ^= *state >> 7;
  return *state ^= *state << 17;
}

static inline void lock(uint32_t *word) {
  while (__atomic_exchange_n(word, 1, __ATOMIC_ACQUIRE) != 0)
    while (__atomic_load_n(word, __ATOMIC_RELAXED) != 0);
}
static inline void unlock(uint32_t *word) { __atomic_store_n(word, 0, __ATOMIC_RELEASE); }

/* Wait until all harts have come this far. */
void barrier(void);

/* Calls of the test's own firmware (hart-thread.ts beside this file). */
static inline long firmware(long number, long a, long b, long c, long d) {
  register long a0 __asm__("a0") = a, a1 __asm__("a1") = b, a2 __asm__("a2") = c, a3 __asm__("a3") = d,
                a7 __asm__("a7") = number;
  __asm__ volatile("ecall" : "+r"(a0) : "r"(a1), "r"(a2), "r"(a3), "r"(a7) : "memory");
  return a0;
}
#define REMOTE_SFENCE 1
#define REMOTE_FENCE_I 2
#define SEND_IPI 3
#define FAIL 4
#define VANISH 5
