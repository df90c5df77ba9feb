import { expect, it } from 'vitest';
import { cloneFlags } from './syscall-format.ts';

// As strace 6.1 writes the calls of fork() and of posix_spawn() of glibc.
it('names the flags of clone, and none of the upper ones of clone3', () => {
  expect(cloneFlags(0x0120_0011)).toBe('CLONE_CHILD_CLEARTID|CLONE_CHILD_SETTID|SIGCHLD');
  expect(cloneFlags(0x4111)).toBe('CLONE_VM|CLONE_VFORK|SIGCHLD');
});
