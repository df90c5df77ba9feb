/*
 * A supervisor that calls every function of SBI 2.0, with good and bad arguments, and prints what it is answered. It prints
 * nothing that implementations may choose, so that its output on other firmware is what ours has to print.
 */
typedef unsigned long word;
typedef struct { long error; word value; } answer;

enum {
	BASE = 0x10, TIME = 0x54494d45, IPI = 0x735049, RFENCE = 0x52464e43, HSM = 0x48534d, SRST = 0x53525354,
	DBCN = 0x4442434e, PMU = 0x504d55,
};
#define ALL (~0ul)
#define SSIP 2ul
#define STIP 32ul

__asm__(".section .text.start, \"ax\"\n"
	".globl _start\n"
	"_start:\n"
	"	la sp, stacks + 4096\n"
	"	tail first\n"
	".globl other_entry\n"
	"other_entry:\n"
	"	csrr a2, satp\n"
	"	csrr a3, sie\n"
	"	la sp, stacks + 8192\n"
	"	tail second\n"
	".globl resume_entry\n"
	"resume_entry:\n"
	"	la sp, stacks + 4096\n"
	"	tail resumed\n");
extern char other_entry[], resume_entry[];
__attribute__((section(".data"), aligned(16))) char stacks[8192];

static answer call(word extension, word function, word p0, word p1, word p2, word p3, word p4) {
	register word a0 __asm__("a0") = p0, a1 __asm__("a1") = p1, a2 __asm__("a2") = p2, a3 __asm__("a3") = p3,
		a4 __asm__("a4") = p4, a5 __asm__("a5") = 0, a6 __asm__("a6") = function, a7 __asm__("a7") = extension;
	__asm__ volatile("ecall" : "+r"(a0), "+r"(a1) : "r"(a2), "r"(a3), "r"(a4), "r"(a5), "r"(a6), "r"(a7) : "memory");
	return (answer){ (long)a0, a1 };
}

static void put(char c) { call(1, 0, (word)c, 0, 0, 0, 0); }
static void print(const char *s) { while (*s) { if (*s == '\n') put('\r'); put(*s++); } }
static void number(long n) {
	char digits[24];
	int count = 0;
	if (n < 0) { put('-'); n = -n; }
	do digits[count++] = (char)('0' + n % 10); while (n /= 10);
	while (count) put(digits[--count]);
}
static void shown(const char *name, answer a) { print(name); print(": "); number(a.error); print(" "); number((long)a.value); print("\n"); }
static void error(const char *name, answer a) { print(name); print(": "); number(a.error); print("\n"); }
static void fact(const char *name, long n) { print(name); print(": "); number(n); print("\n"); }

static word self, other;
static volatile word stage;
static word pending(word bit) { word sip; __asm__ volatile("csrr %0, sip" : "=r"(sip)); return (sip & bit) != 0; }
static void clear_software(void) { __asm__ volatile("csrc sip, %0" :: "r"(SSIP)); }
static word now(void) { word t; __asm__ volatile("rdtime %0" : "=r"(t)); return t; }
#define sbi(extension, function, ...) sbi_(extension, function, __VA_ARGS__, 0, 0, 0, 0)
#define sbi_(extension, function, a, b, c, d, e, ...) call(extension, function, a, b, c, d, e)

static void base(void) {
	print("-- base\n");
	fact("major version is 2 or later", sbi(BASE, 0, 0).value >> 24 >= 2);
	error("implementation id", sbi(BASE, 1, 0));
	error("implementation version", sbi(BASE, 2, 0));
	static const word extensions[] = { BASE, TIME, IPI, RFENCE, HSM, SRST, DBCN, PMU };
	for (word i = 0; i < sizeof extensions / sizeof *extensions; i++) {
		answer a = sbi(BASE, 3, extensions[i]);
		fact("probe", a.error == 0 && a.value != 0);
	}
	for (word i = 0; i <= 8; i++) fact("probe legacy", sbi(BASE, 3, i).value != 0);
	shown("probe unknown", sbi(BASE, 3, 0x12345678));
	for (word i = 4; i < 7; i++) error("machine ids", sbi(BASE, i, 0));
	shown("no function", sbi(BASE, 7, 0));
	shown("no extension", sbi(0x12345678, 0, 5));
	shown("no extension 9", sbi(9, 0, 5));
}

static void timer(void) {
	print("-- time\n");
	shown("in the past", sbi(TIME, 0, 0));
	fact("pending", (long)pending(STIP));
	shown("never", sbi(TIME, 0, ALL));
	fact("pending", (long)pending(STIP));
	sbi(TIME, 0, now() + 20000);
	fact("pending before", (long)pending(STIP));
	while (!pending(STIP)) ;
	fact("pending after", (long)pending(STIP));
	sbi(TIME, 0, ALL);
	shown("no function", sbi(TIME, 1, 0));
}

static void ipi(void) {
	print("-- ipi\n");
	shown("to this hart", sbi(IPI, 0, 1, self));
	while (!pending(SSIP)) ;
	clear_software();
	shown("to this hart by mask", sbi(IPI, 0, 1ul << self, 0));
	while (!pending(SSIP)) ;
	clear_software();
	shown("to all", sbi(IPI, 0, 0, ALL));
	while (!pending(SSIP)) ;
	clear_software();
	fact("cleared", (long)pending(SSIP));
	shown("to none", sbi(IPI, 0, 0, 0));
	error("to hart 60", sbi(IPI, 0, 1ul << 60, 0));
	error("to hart 1000", sbi(IPI, 0, 1, 1000));
	shown("no function", sbi(IPI, 1, 1, self));
}

static void rfence(void) {
	print("-- rfence\n");
	shown("fence.i", sbi(RFENCE, 0, 1, self));
	shown("sfence.vma all", sbi(RFENCE, 1, 1, self, 0, 0));
	shown("sfence.vma size -1", sbi(RFENCE, 1, 1, self, 0, ALL));
	shown("sfence.vma range", sbi(RFENCE, 1, 1, self, 0x80000000, 0x3000));
	shown("sfence.vma asid", sbi(RFENCE, 2, 1, self, 0x80000000, 0x3000, 5));
	shown("all harts", sbi(RFENCE, 1, 0, ALL, 0, 0));
	error("fence on hart 60", sbi(RFENCE, 0, 1ul << 60, 0));
	error("fence on hart 1000", sbi(RFENCE, 1, 1, 1000, 0, 0));
	/* 3 to 6 are the hypervisor's. */
	shown("no function", sbi(RFENCE, 7, 1, self, 0, 0));
}

void second(word hart, word opaque, word satp, word sie) {
	word sstatus;
	__asm__ volatile("csrr %0, sstatus" : "=r"(sstatus));
	while (stage == 0) ;
	fact("started: its number is right", hart == other);
	fact("opaque", (long)opaque);
	fact("satp", (long)satp);
	fact("sie", (long)sie);
	fact("sstatus.SIE", (sstatus & 2) != 0);
	stage = 2;
	while (stage == 2) ;
	sbi(HSM, 1, 0);
	print("a stopped hart goes on\n");
	for (;;) ;
}

static void hsm(void) {
	print("-- hsm\n");
	shown("status of this hart", sbi(HSM, 2, self));
	shown("status of the other", sbi(HSM, 2, other));
	error("status of none", sbi(HSM, 2, 1000));
	shown("start this hart", sbi(HSM, 0, self, (word)other_entry, 0));
	shown("start no hart", sbi(HSM, 0, 1000, (word)other_entry, 0));
	shown("start the other", sbi(HSM, 0, other, (word)other_entry, 4711));
	stage = 1;
	while (stage == 1) ;
	shown("status of the other", sbi(HSM, 2, other));
	shown("start again", sbi(HSM, 0, other, (word)other_entry, 0));
	shown("fence both", sbi(RFENCE, 1, 3, 0, 0, 0));
	shown("fence.i both", sbi(RFENCE, 0, 0, ALL));
	stage = 3;
	while (sbi(HSM, 2, other).value != 1) ;
	print("stopped\n");
	stage = 0;
	shown("start after stop", sbi(HSM, 0, other, (word)other_entry, -1ul));
	stage = 1;
	while (stage == 1) ;
	stage = 3;
	while (sbi(HSM, 2, other).value != 1) ;
	shown("no function", sbi(HSM, 4, 0));
}

static void suspend(void) {
	print("-- suspend\n");
	shown("reserved type", sbi(HSM, 3, 1, 0, 0));
	shown("reserved type", sbi(HSM, 3, 0x80000001, 0, 0));
	shown("platform type", sbi(HSM, 3, 0x10000000, 0, 0));
	shown("platform type", sbi(HSM, 3, 0x90000000, 0, 0));
	__asm__ volatile("csrs sie, %0" :: "r"(STIP));
	sbi(TIME, 0, now() + 20000);
	shown("retentive", sbi(HSM, 3, 0, 0, 0));
	fact("woken by the timer", (long)pending(STIP));
	sbi(TIME, 0, now() + 20000);
	sbi(HSM, 3, 0x80000000, (word)resume_entry, 815);
	print("a lost state is still there\n");
}

static void console(void) {
	static const char text[] = "debug console\r\n";
	print("-- dbcn\n");
	shown("write", sbi(DBCN, 0, sizeof text - 1, (word)text, 0));
	shown("write nothing", sbi(DBCN, 0, 0, (word)text, 0));
	shown("byte", sbi(DBCN, 2, '!'));
	static char buffer[4];
	shown("read nothing", sbi(DBCN, 1, sizeof buffer, (word)buffer, 0));
	shown("no function", sbi(DBCN, 3, 0));
}

static void pmu(void) {
	print("-- pmu\n");
	answer count = sbi(PMU, 0, 0);
	fact("has counters", count.error == 0 && count.value > 3);
	answer cycles = sbi(PMU, 1, 0);
	fact("csr of counter 0", (long)(cycles.value & 0xfff));
	fact("is firmware's", (long)(cycles.value >> 63));
	fact("csr of counter 2", (long)(sbi(PMU, 1, 2).value & 0xfff));
	fact("the last one is firmware's", (long)(sbi(PMU, 1, count.value - 1).value >> 63));
	error("info of none", sbi(PMU, 1, count.value));
	error("configure none", sbi(PMU, 2, count.value, 1, 0, 0x1));
	word timer_event = 0xf0005, everything = (1ul << count.value) - 1;
	answer configured = sbi(PMU, 2, 0, everything, 6, timer_event);
	fact("configured", configured.error);
	word counter = configured.value;
	fact("by a counter of firmware", (long)(sbi(PMU, 1, counter).value >> 63));
	for (int i = 0; i < 3; i++) sbi(TIME, 0, ALL);
	shown("read", sbi(PMU, 5, counter));
	shown("start a started one", sbi(PMU, 3, counter, 1, 0));
	shown("stop", sbi(PMU, 4, counter, 1, 0));
	sbi(TIME, 0, ALL);
	shown("read", sbi(PMU, 5, counter));
	shown("stop a stopped one", sbi(PMU, 4, counter, 1, 0));
	shown("start with a value", sbi(PMU, 3, counter, 1, 1, 100));
	for (int i = 0; i < 2; i++) sbi(TIME, 0, ALL);
	shown("read", sbi(PMU, 5, counter));
	shown("read the upper half", sbi(PMU, 6, counter));
	shown("stop and reset", sbi(PMU, 4, counter, 1, 1));
	error("read a counter of the hart", sbi(PMU, 5, 0));
	error("read none", sbi(PMU, 5, count.value));
	error("start none", sbi(PMU, 3, count.value, 1, 0));
	error("stop none", sbi(PMU, 4, count.value, 1, 0));
	error("no such event", sbi(PMU, 2, 0, everything, 0, 0x9));
	shown("no function", sbi(PMU, 99, 0));
}

static void legacy(void) {
	print("-- legacy\n");
	word mask = 1ul << self;
	fact("set_timer", call(0, 0, ALL, 0, 0, 0, 0).error);
	fact("getchar", call(2, 0, 0, 0, 0, 0, 0).error);
	fact("send_ipi", call(4, 0, (word)&mask, 0, 0, 0, 0).error);
	while (!pending(SSIP)) ;
	fact("clear_ipi", call(3, 0, 0, 0, 0, 0, 0).error != -2);
	clear_software();
	fact("fence.i", call(5, 0, (word)&mask, 0, 0, 0, 0).error);
	fact("sfence.vma", call(6, 0, (word)&mask, 0, 0, 0, 0).error);
	fact("sfence.vma asid", call(7, 0, (word)&mask, 0, 0, 0, 5).error);
	answer kept = call(5, 0, 0, 77, 0, 0, 0);
	fact("a1 is kept", (long)kept.value);
}

static void reset(void) {
	print("-- srst\n");
	error("no such type", sbi(SRST, 0, 3, 0));
	error("no such reason", sbi(SRST, 0, 0, 2));
	shown("no function", sbi(SRST, 1, 0, 0));
	print("bye\n");
	sbi(SRST, 0, 0, 0);
	print("off and still here\n");
}

void resumed(word hart, word opaque) {
	word satp;
	__asm__ volatile("csrr %0, satp" : "=r"(satp));
	fact("resumed: its number is right", hart == self);
	fact("opaque", (long)opaque);
	fact("satp", (long)satp);
	sbi(TIME, 0, ALL);
	console();
	pmu();
	legacy();
	reset();
	for (;;) ;
}

void first(word hart) {
	self = hart;
	other = 1 - hart;
	base();
	timer();
	ipi();
	rfence();
	hsm();
	suspend();
	for (;;) ;
}
