/** Settings of core files: core(5). */

/** /proc/<pid>/coredump_filter, in bits: anonymous private and shared, ELF headers, private huge pages. */
export const DEFAULT_CORE_FILTER = 0x33;

/** /proc/sys/kernel/core_pattern and core_uses_pid. */
export class CoreSettings {
  pattern = 'core';
  usesPid = 0;
}
