/* One of four instructions of the loop loads. */
int main(void) {
  static long word;
  long rounds = 20000000;
  long value = 0;
  __asm__ volatile(
      "1: ld %0, 0(%2)\n"
      "   addi %1, %1, -1\n"
      "   xori %0, %0, 1\n"
      "   bnez %1, 1b\n"
      : "+r"(value), "+r"(rounds)
      : "r"(&word)
      : "memory");
  return 0;
}
