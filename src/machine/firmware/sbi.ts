/** Numbers of the RISC-V Supervisor Binary Interface 2.0: chapters 3 to 12. */

/** Section 3, table 1: standard errors, in a0. */
export const SBI_ERROR = {
  SUCCESS: 0,
  FAILED: -1,
  NOT_SUPPORTED: -2,
  INVALID_PARAM: -3,
  DENIED: -4,
  INVALID_ADDRESS: -5,
  ALREADY_AVAILABLE: -6,
  ALREADY_STARTED: -7,
  ALREADY_STOPPED: -8,
  NO_SHMEM: -9,
} as const;
export type SbiError = (typeof SBI_ERROR)[keyof typeof SBI_ERROR];

/** Extension numbers, in a7. Legacy extensions (chapter 5) have numbers of their own. */
export const SBI_EXTENSION = {
  SET_TIMER: 0,
  CONSOLE_PUTCHAR: 1,
  CONSOLE_GETCHAR: 2,
  CLEAR_IPI: 3,
  SEND_IPI: 4,
  REMOTE_FENCE_I: 5,
  REMOTE_SFENCE_VMA: 6,
  REMOTE_SFENCE_VMA_ASID: 7,
  SHUTDOWN: 8,
  BASE: 0x10,
  TIME: 0x5449_4d45,
  IPI: 0x73_5049,
  RFENCE: 0x5246_4e43,
  HSM: 0x48_534d,
  SRST: 0x5352_5354,
  PMU: 0x50_4d55,
  DBCN: 0x4442_434e,
} as const;

/** Bits 30:24 major, 23:0 minor (section 4.1). */
export const SBI_SPECIFICATION_VERSION = 0x0200_0000;
/** Not in the specification's list: that is for those who asked for a number. */
export const SBI_IMPLEMENTATION_ID = 0x4841_5254;
export const SBI_IMPLEMENTATION_VERSION = 1;
