/*
 * A bare program in M-mode that drives virtio devices by virtio 1.2: it lists them, writes to port 1 of the console, and
 * prints what the balloon is asked for and which events the input devices send. It powers off at the event of key 1 (Escape).
 */
typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long u64;

__asm__(".section .text.start, \"ax\"\n"
	".globl _start\n"
	"_start:\n"
	"	la sp, stack + 4096\n"
	"	tail run\n");
__attribute__((section(".data"), aligned(16))) char stack[4096];

enum { SLOTS = 8, ENTRIES = 8 };
enum { CONSOLE = 3, BALLOON = 5, INPUT = 18 };
enum { NEXT = 1, WRITE = 2 };
#define REGISTER(slot, offset) (*(volatile u32 *)(0x10001000ul + (slot) * 0x1000ul + (offset)))

struct __attribute__((aligned(16))) queue {
	struct { u64 address; u32 length; u16 flags, next; } descriptors[ENTRIES];
	struct { u16 flags, index, ring[ENTRIES], event; } available;
	struct { u16 flags; volatile u16 index; struct { u32 id, length; } ring[ENTRIES]; u16 event; } used;
	u16 seen;
};
__attribute__((section(".data"))) struct queue queues[SLOTS];
__attribute__((section(".data"), aligned(16))) struct { u16 type, code; u32 value; } events[SLOTS][ENTRIES];
static const char hello[] = "from port 1\n";

static void put(char c) { *(volatile u8 *)0x10000000ul = (u8)c; }
static void print(const char *s) { while (*s) put(*s++); }
static void number(u32 n) {
	char digits[12];
	int count = 0;
	do digits[count++] = (char)('0' + n % 10); while (n /= 10);
	while (count) put(digits[--count]);
}

static void begin(u32 slot, u32 features) {
	REGISTER(slot, 0x70) = 0;
	REGISTER(slot, 0x70) = 3;
	REGISTER(slot, 0x24) = 0;
	REGISTER(slot, 0x20) = features;
	REGISTER(slot, 0x24) = 1;
	REGISTER(slot, 0x20) = 1;
	REGISTER(slot, 0x70) = 11;
	if (!(REGISTER(slot, 0x70) & 8)) print("features refused\n");
}
static void ready(u32 slot, u32 index) {
	struct queue *q = &queues[slot];
	REGISTER(slot, 0x30) = index;
	REGISTER(slot, 0x38) = ENTRIES;
	REGISTER(slot, 0x80) = (u32)(u64)q->descriptors;
	REGISTER(slot, 0x90) = (u32)(u64)&q->available;
	REGISTER(slot, 0xa0) = (u32)(u64)&q->used;
	REGISTER(slot, 0x44) = 1;
	REGISTER(slot, 0x70) = 15;
	if (REGISTER(slot, 0x70) != 15) print("queue refused\n");
}
static void offer(u32 slot, u16 entry, const volatile void *buffer, u32 length, u16 flags) {
	struct queue *q = &queues[slot];
	q->descriptors[entry].address = (u64)buffer;
	q->descriptors[entry].length = length;
	q->descriptors[entry].flags = flags;
	q->available.ring[q->available.index % ENTRIES] = entry;
	__asm__ volatile("fence" ::: "memory");
	q->available.index++;
	__asm__ volatile("fence" ::: "memory");
}

static void show_events(u32 slot) {
	struct queue *q = &queues[slot];
	while (q->seen != q->used.index) {
		u16 entry = (u16)q->used.ring[q->seen++ % ENTRIES].id;
		print("event ");
		number(events[slot][entry].type);
		put(' ');
		number(events[slot][entry].code);
		put(' ');
		number(events[slot][entry].value);
		put('\n');
		if (events[slot][entry].type == 1 && events[slot][entry].code == 1) *(volatile u32 *)0x100000ul = 0x5555;
		offer(slot, entry, &events[slot][entry], 8, WRITE);
		REGISTER(slot, 0x50) = 0;
	}
}

__attribute__((used)) static void run(void) {
	u32 asked = 0;
	print("devices");
	for (u32 slot = 0; slot < SLOTS; slot++) {
		/* The slots that are in use come first; behind them there is no device. */
		if (slot == 5) break;
		u32 kind = REGISTER(slot, 8);
		put(' ');
		number(kind);
		if (kind == CONSOLE) {
			begin(slot, 2);
			ready(slot, 5);
			offer(slot, 0, hello, sizeof hello - 1, 0);
			REGISTER(slot, 0x50) = 5;
		} else if (kind == INPUT) {
			begin(slot, 0);
			ready(slot, 0);
			for (u16 entry = 0; entry < ENTRIES; entry++) offer(slot, entry, &events[slot][entry], 8, WRITE);
		} else if (kind == BALLOON) {
			begin(slot, 0);
			ready(slot, 0);
		}
	}
	put('\n');
	for (;;) {
		for (u32 slot = 0; slot < 5; slot++) {
			u32 kind = REGISTER(slot, 8);
			if (kind == INPUT) show_events(slot);
			if (kind == BALLOON && REGISTER(slot, 0x100) != asked) {
				asked = REGISTER(slot, 0x100);
				print("pages ");
				number(asked);
				put('\n');
			}
		}
	}
}
