/** The initial stack, walked as a C start-up file would walk it (System V ABI, "Process Initialization"). */
import { describe, expect, it } from 'vitest';
import { spaceOfTask, testKernel, testTask } from '../../test/support/kernel/test-kernel.ts';
import { KernelError } from '../abi/errno.ts';
import { PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { Credentials } from './credentials.ts';
import { buildStack, checkArguments } from './exec-stack.ts';
import { mapRegion } from './mm/mmap.ts';

const TOP = 2 ** 38;
/** Order of the tags that `LD_SHOW_AUXV=1` prints on Linux riscv64. */
const TAGS = [
  33, 40, 41, 42, 43, 44, 45, 46, 47, 51, 16, 6, 17, 3, 4, 5, 7, 8, 9, 11, 12, 13, 14, 23, 25, 31,
  27, 28, 0,
];

function build(args: readonly string[], environment: readonly string[]) {
  const { kernel } = testKernel();
  const space = spaceOfTask(testTask(kernel));
  mapRegion(space, {
    address: TOP - 64 * PAGE_SIZE,
    length: 64 * PAGE_SIZE,
    protection: PROT_READ | PROT_WRITE,
    placement: 'fixed',
  });
  const sp = buildStack(space, TOP, {
    path: '/bin/prog',
    arguments: args,
    environment,
    credentials: Credentials.of(1000, 100),
    isSecure: false,
    entry: 0x10100,
    interpreterBase: 0,
    headerAddress: 0x10040,
    headerCount: 3,
    stackShift: 0,
    vdso: 0x7000,
    hwcap: 0x112d,
    minimumSignalStack: 1088,
  });
  return { space, sp };
}

function walk(space: ReturnType<typeof build>['space'], sp: number) {
  const { memory } = space;
  let at = sp;
  const next = () => {
    at += 8;
    return memory.readU64(at - 8);
  };
  const strings = () => {
    const list: string[] = [];
    for (let pointer = next(); pointer !== 0; pointer = next())
      list.push(memory.readString(pointer, 4096));
    return list;
  };
  const count = next();
  const args = strings();
  const environment = strings();
  const auxv = new Map<number, number>();
  for (let tag = -1; tag !== 0; ) {
    tag = next();
    auxv.set(tag, next());
  }
  return { count, args, environment, auxv };
}

describe('initial stack', () => {
  it('holds argc, argv, envp and the auxiliary vector', () => {
    const { space, sp } = build(['prog', 'a b', ''], ['HOME=/', 'X=']);
    const { count, args, environment, auxv } = walk(space, sp);
    expect(sp % 16).toBe(0);
    expect(count).toBe(3);
    expect(args).toEqual(['prog', 'a b', '']);
    expect(environment).toEqual(['HOME=/', 'X=']);
    expect([...auxv.keys()]).toEqual(TAGS);
    expect(auxv.get(11)).toBe(1000);
    expect(auxv.get(14)).toBe(100);
    expect(auxv.get(16)).toBe(0x112d);
    expect(space.memory.readString(auxv.get(31) ?? 0, 100)).toBe('/bin/prog');
    expect(space.memory.readBytes(auxv.get(25) ?? 0, 16).some((byte) => byte !== 0)).toBe(true);
  });

  it('notes where /proc finds arguments and environment', () => {
    const { space } = build(['prog', 'one'], ['A=1']);
    const { layout, memory } = space;
    const text = (start: number, end: number) =>
      String.fromCharCode(...memory.readBytes(start, end - start));
    expect(text(layout.argumentStart, layout.argumentEnd)).toBe('prog\0one\0');
    expect(text(layout.environmentStart, layout.environmentEnd)).toBe('A=1\0');
  });

  it('stays aligned for any number of words', () => {
    for (let i = 0; i < 5; i++) {
      const { sp } = build(new Array<string>(i + 1).fill('x'.repeat(i)), []);
      expect(sp % 16).toBe(0);
    }
  });

  it('refuses too long strings and lists', () => {
    const check = (args: string[]) =>
      checkArguments({ arguments: args, environment: [] }, 128 * 1024);
    expect(() => check(['x'.repeat(131071)])).toThrow(KernelError);
    expect(() => check(new Array<string>(10000).fill('12345678'))).toThrow(KernelError);
    expect(() => check(['x'.repeat(100000)])).not.toThrow();
  });
});
