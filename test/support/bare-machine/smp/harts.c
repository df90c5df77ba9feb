/* Programs for several harts in M-mode: each returns 0, or the number of the check that failed. */
#include "harts.h"

volatile uint64_t interrupts[8][8];
uint64_t failed_pc;

static uint32_t arrived, generation;

void barrier(void) {
  uint32_t now = __atomic_load_n(&generation, __ATOMIC_ACQUIRE);
  if (__atomic_add_fetch(&arrived, 1, __ATOMIC_ACQ_REL) == parameters.harts) {
    arrived = 0;
    __atomic_store_n(&generation, now + 1, __ATOMIC_RELEASE);
  } else
    while (__atomic_load_n(&generation, __ATOMIC_ACQUIRE) == now);
}

static uint64_t errors;
static void check(int isRight) {
  if (!isRight) __atomic_fetch_add(&errors, 1, __ATOMIC_RELAXED);
}

/* AMO: totals are exact, whatever the order. */
static uint64_t sum, bits, largest;
static int32_t half = 5;
static int amo(uint64_t hart, uint64_t rounds) {
  uint64_t random = parameters.seed + hart;
  uint64_t mine = 0;
  for (uint64_t i = 0; i < rounds; i++) {
    __atomic_fetch_add(&sum, hart + 1, __ATOMIC_RELAXED);
    __atomic_fetch_xor(&bits, 1ul << (hart * 4 + (i & 3)), __ATOMIC_RELAXED);
    __atomic_fetch_add(&half, i & 1 ? 1 : -1, __ATOMIC_RELAXED);
    uint64_t value = xorshift(&random) >> 1;
    if (value > mine) mine = value;
    __asm__ volatile("amomaxu.d zero, %1, (%0)" : : "r"(&largest), "r"(value) : "memory");
  }
  barrier();
  check(largest >= mine);
  barrier();
  if (hart != 0) return 0;
  uint64_t harts = parameters.harts;
  if (sum != rounds * harts * (harts + 1) / 2) return 1;
  if (bits != 0) return 2; /* rounds is a multiple of 8 */
  if (half != 5) return 3;
  return errors == 0 ? 0 : 4;
}

/* LR/SC: each success is one increment. */
static uint64_t counter;
static uint32_t counter32;
static int lrsc(uint64_t hart, uint64_t rounds) {
  for (uint64_t i = 0; i < rounds; i++) {
    uint64_t value, failed;
    do {
      __asm__ volatile("lr.d %0, (%2)\n addi %0, %0, 3\n sc.d %1, %0, (%2)"
                       : "=&r"(value), "=&r"(failed) : "r"(&counter) : "memory");
    } while (failed);
    do {
      __asm__ volatile("lr.w %0, (%2)\n addi %0, %0, 1\n sc.w %1, %0, (%2)"
                       : "=&r"(value), "=&r"(failed) : "r"(&counter32) : "memory");
    } while (failed);
  }
  barrier();
  if (hart != 0) return 0;
  if (counter != 3 * rounds * parameters.harts) return 1;
  return counter32 == rounds * parameters.harts ? 0 : 2;
}

/* A spin lock around plain loads and stores. */
static uint32_t guard;
static volatile uint64_t plain[64];
static int spinlock(uint64_t hart, uint64_t rounds) {
  uint64_t random = parameters.seed * 31 + hart;
  for (uint64_t i = 0; i < rounds; i++) {
    lock(&guard);
    volatile uint64_t *slot = &plain[xorshift(&random) & 63];
    uint64_t before = *slot;
    plain[0]++;
    if (slot != plain) *slot = before + 1, plain[0]--, plain[1]++, plain[1]--;
    unlock(&guard);
  }
  barrier();
  if (hart != 0) return 0;
  uint64_t total = 0;
  for (int k = 0; k < 64; k++) total += plain[k];
  return total == rounds * parameters.harts ? 0 : 1;
}

/* Litmus tests between harts 0 and 1: message passing and store buffering, with fences. */
static volatile uint64_t x[8], y[8], seen0[8], seen1[8];
static int litmus(uint64_t hart, uint64_t rounds) {
  uint64_t random = parameters.seed + 77 * hart;
  for (uint64_t i = 1; i <= rounds; i++) {
    barrier();
    for (uint64_t k = xorshift(&random) & 15; k > 0; k--) __asm__ volatile("nop");
    if (hart == 0) {
      x[0] = i;
      __asm__ volatile("fence w, w" : : : "memory");
      y[0] = i;
    } else if (hart == 1) {
      uint64_t flag = y[0];
      __asm__ volatile("fence r, r" : : : "memory");
      uint64_t data = x[0];
      check(flag != i || data == i);
    }
    barrier();
    if (hart < 2) (hart == 0 ? x : y)[0] = 0;
    barrier();
    if (hart == 0) {
      x[0] = 1;
      __asm__ volatile("fence rw, rw" : : : "memory");
      seen0[0] = y[0];
    } else if (hart == 1) {
      y[0] = 1;
      __asm__ volatile("fence rw, rw" : : : "memory");
      seen1[0] = x[0];
    }
    barrier();
    check(seen0[0] == 1 || seen1[0] == 1);
  }
  return errors == 0 ? 0 : 1;
}

/* Sleep until the hart has taken `count` interrupts; one that comes between the look and the wfi ends the wfi. */
static void await_interrupts(uint64_t hart, uint64_t count) {
  for (;;) {
    __asm__ volatile("csrci mstatus, 8");
    if (interrupts[hart][0] >= count) break;
    __asm__ volatile("wfi\n csrsi mstatus, 8");
  }
}

/* Interrupts between processors by the CLINT, in a ring; the receiver sleeps in wfi. */
static int ipi(uint64_t hart, uint64_t rounds) {
  uint64_t before = interrupts[hart][0];
  uint64_t next = (hart + 1) % parameters.harts;
  __asm__ volatile("csrw mie, %0" : : "r"(8));
  barrier();
  for (uint64_t i = 1; i <= rounds; i++) {
    if (hart == 0) *msip(next) = 1;
    await_interrupts(hart, before + i);
    if (hart != 0) *msip(next) = 1;
  }
  barrier();
  check(interrupts[hart][0] == before + rounds);
  barrier();
  return errors == 0 ? 0 : 1;
}

/* Each hart's own timer wakes it from wfi. */
static int timer(uint64_t hart, uint64_t rounds) {
  uint64_t before = interrupts[hart][0];
  uint64_t random = parameters.seed + hart;
  __asm__ volatile("csrw mie, %0" : : "r"(128));
  for (uint64_t i = 1; i <= rounds; i++) {
    uint64_t due = mtime() + (xorshift(&random) & 2047);
    *mtimecmp(hart) = due;
    await_interrupts(hart, before + i);
    check(mtime() >= due);
    uint64_t time;
    __asm__ volatile("rdtime %0" : "=r"(time));
    check(time >= due);
  }
  barrier();
  return errors == 0 ? 0 : 1;
}

/* Hart 0 rewrites a function that all harts call. */
static uint32_t code[1024] __attribute__((aligned(4096)));
static void write_code(uint64_t value) {
  code[0] = 0x00000513 | (uint32_t)(value & 2047) << 20; /* li a0, value */
  code[1] = 0x00008067;                                  /* ret */
}
static uint64_t call_code(void) {
  /* More than once, so that it gets hot. */
  uint64_t result = 0;
  for (int k = 0; k < 40; k++) result = ((uint64_t(*)(void))code)();
  return result;
}
static int self_modifying(uint64_t hart, uint64_t rounds, int wantsFence, int isRemote) {
  if (hart == 0) write_code(0);
  __asm__ volatile("fence.i");
  for (uint64_t i = 1; i <= rounds; i++) {
    barrier();
    if (wantsFence) __asm__ volatile("fence.i");
    check(call_code() == ((i - 1) & 2047));
    barrier();
    if (hart != 0) continue;
    write_code(i);
    if (isRemote) firmware(REMOTE_FENCE_I, -1, 0, 0, 0);
  }
  barrier();
  return errors == 0 ? 0 : 1;
}

/* Registers of the PLIC that belong to one hart each, and the UART under a lock. */
static uint32_t uart;
static int mmio(uint64_t hart, uint64_t rounds) {
  volatile uint32_t *priority = (volatile uint32_t *)(PLIC + 4 * (40 + hart));
  uint64_t random = parameters.seed + hart;
  for (uint64_t i = 0; i < rounds; i++) {
    uint32_t value = xorshift(&random) & 7;
    *priority = value;
    check(*priority == value);
    lock(&uart);
    *(volatile uint8_t *)UART = '<';
    *(volatile uint8_t *)UART = 'a' + hart;
    *(volatile uint8_t *)UART = '>';
    unlock(&uart);
  }
  barrier();
  return errors == 0 ? 0 : 1;
}

/* No hart sees half of an aligned store, also where the translation is not in the TLB. */
static volatile uint64_t quads[16][512] __attribute__((aligned(4096)));
static int tearing(uint64_t hart, uint64_t rounds) {
  uint64_t random = parameters.seed + hart;
  for (uint64_t i = 0; i < rounds; i++) {
    volatile uint64_t *quad = &quads[xorshift(&random) & 15][0];
    __asm__ volatile("sfence.vma");
    if (hart % 2 == 0) *quad = (random & 1) ? ~0ul : 0;
    else {
      uint64_t value = *quad;
      check(value == 0 || value == ~0ul);
    }
  }
  barrier();
  return errors == 0 ? 0 : 1;
}

/* Sv39 under MPRV: hart 0 moves a page between two frames and poisons the one that is no longer mapped. */
#define POISON 0xdeadul
#define WINDOW 0x40000000ul
static uint64_t root[512] __attribute__((aligned(4096))), middle[512] __attribute__((aligned(4096))),
    leaf[512] __attribute__((aligned(4096)));
static volatile uint64_t frames[2][512] __attribute__((aligned(4096)));
static volatile int isOver;
static uint64_t looking; /* harts that have looked once: where harts take turns, hart 0 could be done before the others begin */

static uint64_t load_translated(uint64_t address) {
  uint64_t value, mprv = 1ul << 17 | 1ul << 11;
  __asm__ volatile("csrs mstatus, %2\n ld %0, 0(%1)\n csrc mstatus, %2"
                   : "=&r"(value) : "r"(address), "r"(mprv & (1ul << 17)) : "memory");
  return value;
}

static int shootdown(uint64_t hart, uint64_t rounds) {
  if (hart == 0) {
    root[1] = (uint64_t)middle >> 2 | 1;
    middle[0] = (uint64_t)leaf >> 2 | 1;
    leaf[5] = (uint64_t)frames[0] >> 2 | 0xc7; /* V R W A D */
  }
  barrier();
  /* MPP = S, so that MPRV translates. */
  __asm__ volatile("csrc mstatus, %0\n csrs mstatus, %1" : : "r"(3ul << 11), "r"(1ul << 11));
  __asm__ volatile("csrw satp, %0\n sfence.vma" : : "r"(8ul << 60 | 7ul << 44 | (uint64_t)root >> 12) : "memory");
  barrier();
  if (hart != 0) {
    uint64_t loads = 0;
    while (!isOver) {
      check(load_translated(WINDOW + 0x5000) != POISON);
      if (loads++ == 0) __atomic_fetch_add(&looking, 1, __ATOMIC_RELEASE);
    }
    check(loads > 0);
  } else {
    while (__atomic_load_n(&looking, __ATOMIC_ACQUIRE) + 1 < parameters.harts);
    for (uint64_t i = 0; i < rounds; i++) {
      int now = i & 1, next = !now;
      frames[next][0] = i;
      *(volatile uint64_t *)&leaf[5] = (uint64_t)frames[next] >> 2 | 0xc7;
      int kind = i % 3;
      firmware(REMOTE_SFENCE, -1, kind == 0 ? 0 : (long)(WINDOW + 0x5000), kind == 0 ? 0 : 4096, kind == 2 ? -1 : 7);
      frames[now][0] = POISON;
    }
    isOver = 1;
  }
  barrier();
  return errors == 0 ? 0 : 1;
}

/* IPIs through the fabric: ssip of the others, seen without an interrupt being taken. */
static int fabric_ipi(uint64_t hart, uint64_t rounds) {
  __asm__ volatile("csrw mie, %0" : : "r"(2));
  for (uint64_t i = 0; i < rounds; i++) {
    barrier();
    if (hart == i % parameters.harts) firmware(SEND_IPI, ~(1ul << hart), 0, 0, 0);
    else {
      uint64_t pending;
      do __asm__ volatile("wfi\n csrr %0, mip" : "=r"(pending));
      while ((pending & 2) == 0);
      __asm__ volatile("csrc mip, %0" : : "r"(2));
    }
  }
  barrier();
  return 0;
}

/* The last hart's thread fails, while hart 0 waits for it. */
static int failure(uint64_t hart, uint64_t rounds) {
  (void)rounds;
  if (hart == parameters.harts - 1) firmware(FAIL, 0, 0, 0, 0);
  barrier();
  return 0;
}

/* It is ended from outside; hart 0 waits in its own code. */
static int vanishing(uint64_t hart, uint64_t rounds) {
  (void)rounds;
  if (hart == parameters.harts - 1) firmware(VANISH, 0, 0, 0, 0);
  barrier();
  return 0;
}

static int remote_code(uint64_t hart, uint64_t rounds) { return self_modifying(hart, rounds, 0, 1); }
static int fenced_code(uint64_t hart, uint64_t rounds) { return self_modifying(hart, rounds, 1, 0); }
static int tracked_code(uint64_t hart, uint64_t rounds) { return self_modifying(hart, rounds, 0, 0); }

typedef int program(uint64_t hart, uint64_t rounds);
/* In the order of threaded-machine.ts. */
static program *const programs[] = {amo,  lrsc,    spinlock,  litmus,     ipi,     timer, fenced_code, remote_code,
                                    mmio, tearing, shootdown, fabric_ipi, failure, tracked_code, vanishing};

int main(uint64_t hart) {
  for (uint64_t k = 0; k < sizeof programs / sizeof *programs; k++) {
    uint64_t rounds = parameters.rounds[k];
    if (rounds == 0) continue;
    barrier();
    int result = programs[k](hart, rounds);
    if (result != 0) return 10 * k + result;
  }
  return 0;
}
