/** Core files: core(5). An ELF file of type ET_CORE with the threads' registers and the memory. Linux: fs/coredump.c, fs/binfmt_elf.c. */
import { KernelError } from '../abi/errno.ts';
import { AT_FDCWD, O_CREAT, O_NOFOLLOW, O_RDWR, O_WRONLY } from '../abi/fcntl.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { RLIMIT_CORE } from '../abi/resource.ts';
import { S_IFMT, S_IFREG } from '../abi/stat.ts';
import type { File } from '../fs/file.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { pathOf } from '../fs/path.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import { frameOf, isSwapEntry } from './arch/page-table.ts';
import { coreNotes } from './core-notes.ts';
import { dropFile } from './file-table.ts';
import type { AddressSpace } from './mm/address-space.ts';
import { FaultResult, faultIgnoringProtection } from './mm/fault.ts';
import { isShmem, VM_DONTDUMP, VM_HUGETLB, type Vma } from './mm/vma.ts';
import type { SignalInfo } from './pending-signals.ts';
import type { Process } from './process.ts';
import { leavesCore } from './signal.ts';
import type { Task } from './task.ts';

const EHDR_BYTES = 64;
const PHDR_BYTES = 56;
const ET_CORE = 4;
const EM_RISCV = 243;
/** EF_RISCV_RVC | EF_RISCV_FLOAT_ABI_DOUBLE. */
const ELF_FLAGS = 5;
const PT_LOAD = 1;
const PT_NOTE = 4;
/** More program headers than e_phnum can count: PN_XNUM. */
const MAX_HEADERS = 0xfffe;

/** A fatal signal ends the process: true if its action is to leave a core file, and one was written. */
export function dumpCore(task: Task, signal: number, info: SignalInfo): boolean {
  const { process, kernel } = task;
  const space = process.addressSpace;
  const limit = process.limit(RLIMIT_CORE);
  if (!leavesCore(signal) || !space || !process.isDumpable) return false;
  if (kernel.cores.pattern.startsWith('|')) return pipeCore(task, space, signal, info);
  if (limit < PAGE_SIZE) return false;
  const path = expandPattern(task, signal);
  if (path === '') return false;
  try {
    const file = openCore(task, path);
    try {
      const { inode } = file;
      const isOwn = inode.uid === task.credentials.fsuid && inode.nlink === 1;
      if ((inode.mode & S_IFMT) !== S_IFREG || !isOwn) return false;
      if (inode.size > 0) inode.setAttributes({ size: 0 });
      writeCore(file, task, space, signal, info, limit);
    } finally {
      dropFile(file, kernel.vfs.locks);
    }
    return true;
  } catch (error) {
    // No place for it: the process ends all the same.
    if (error instanceof KernelError) return false;
    throw error;
  }
}

/** The call that the signal came into is not run again: it must not sleep for what this reads. */
function openCore(task: Task, path: string): File {
  const { syscall } = task;
  task.syscall = undefined;
  try {
    return task.kernel.vfs.open(task, AT_FDCWD, path, O_CREAT | O_WRONLY | O_NOFOLLOW, 0o600);
  } finally {
    task.syscall = syscall;
  }
}

/**
 * core(5), "Piping core dumps to a program": it is started as root, without descriptors but the core. Linux differs: the whole core
 * is there before the program is, and it may seek in it.
 */
function pipeCore(task: Task, space: AddressSpace, signal: number, info: SignalInfo): boolean {
  const { kernel, process } = task;
  // So limited is the program of such a pattern on Linux: a crash of its own must not start another.
  if (process.limit(RLIMIT_CORE) === 1) return false;
  const words = kernel.cores.pattern.slice(1).split(/\s+/);
  const command = words.filter((word) => word !== '').map((word) => expand(task, signal, word));
  const { inode } = kernel.vfs.createUnnamed('core', S_IFREG | 0o600, 0, 0);
  const file = inode.open(O_RDWR);
  try {
    writeCore(file, task, space, signal, info, Number.POSITIVE_INFINITY);
    const environment = ['HOME=/', 'PATH=/sbin:/bin:/usr/sbin:/usr/bin'];
    kernel.spawnSession({ arguments: command, environment, files: [file], cwd: '/' });
    return true;
  } catch (error) {
    if (!(error instanceof KernelError)) throw error;
    dropFile(file, kernel.vfs.locks);
    kernel.printk(`Core dump to |${command[0] ?? ''} pipe failed: ${error.message}`, 4);
    return false;
  }
}

function expandPattern(task: Task, signal: number): string {
  const { pattern, usesPid } = task.kernel.cores;
  const text = expand(task, signal, pattern);
  const isNumbered = usesPid !== 0 && !/%p/.test(pattern) && text !== '';
  return isNumbered ? `${text}.${task.process.pid}` : text;
}

/** The % specifiers of core(5). */
function expand(task: Task, signal: number, pattern: string): string {
  const { process, credentials, root, tid, name, kernel } = task;
  const { executable, leader } = process;
  const flat = (text: string): string => text.replaceAll('/', '!');
  const soft = process.limit(RLIMIT_CORE);
  const values: Readonly<Record<string, string | number>> = {
    '%': '%',
    c: soft === Number.POSITIVE_INFINITY ? '18446744073709551615' : soft,
    p: process.pid,
    P: process.pid,
    i: tid,
    I: tid,
    u: credentials.ruid,
    g: credentials.rgid,
    d: 1,
    s: signal,
    t: kernel.clock.realtime().seconds,
    h: flat(kernel.uts.nodename),
    e: flat(name === '' ? leader.name : name),
    f: flat(executable?.name ?? ''),
    E: flat(executable ? pathOf(executable, root) : ''),
  };
  return pattern.replace(/%(.?)/g, (_, key: string) => String(values[key] ?? ''));
}

interface Segment {
  readonly vma: Vma;
  /** Bytes of it in the file. */
  readonly bytes: number;
}

function writeCore(
  file: File,
  task: Task,
  space: AddressSpace,
  signal: number,
  info: SignalInfo,
  limit: number,
): void {
  const segments = [...space.vmas]
    .slice(0, MAX_HEADERS - 1)
    .map((vma) => ({ vma, bytes: dumpedBytes(task.process, space, vma) }));
  const notes = coreNotes(task, space, signal, info);
  const headerBytes = EHDR_BYTES + (segments.length + 1) * PHDR_BYTES;
  const first = Math.ceil((headerBytes + notes.length) / PAGE_SIZE) * PAGE_SIZE;
  const head = new Uint8Array(first);
  writeHeaders(new DataView(head.buffer), segments, headerBytes, notes.length, first);
  head.set(notes, headerBytes);
  let at = writeAt(file, head, 0, limit);
  for (const { vma, bytes } of segments) {
    for (let offset = 0; offset < bytes && at < limit; offset += PAGE_SIZE) {
      const pte = presentEntry(space, vma, vma.start + offset);
      // Pages that were never touched are holes, which read as zeros.
      if (pte !== 0) writeAt(file, space.kernel.frames.bytes(frameOf(pte)), at, limit);
      at += PAGE_SIZE;
    }
  }
  if (file.inode.size < Math.min(at, limit))
    file.inode.setAttributes({ size: Math.min(at, limit) });
}

/** The page's entry, brought back from swap if it is there; 0 if it cannot be. */
function presentEntry(space: AddressSpace, vma: Vma, address: number): number {
  const pte = space.pageTable.get(address);
  if (!isSwapEntry(pte)) return pte;
  const result = faultIgnoringProtection(space, vma, address, 'read');
  return result === FaultResult.DONE ? space.pageTable.get(address) : 0;
}

/** Nothing is written beyond RLIMIT_CORE. Returns the offset behind. */
function writeAt(file: File, bytes: Uint8Array, offset: number, limit: number): number {
  const part = bytes.subarray(0, Math.max(0, limit - offset));
  for (let done = 0; done < part.length; ) {
    done += file.write(new BytesBuffer(part.subarray(done)), offset + done);
  }
  return offset + bytes.length;
}

/** vma_dump_size: what of a mapping goes into the file. */
function dumpedBytes({ coreFilter }: Process, space: AddressSpace, vma: Vma): number {
  const whole = vma.end - vma.start;
  const has = (bit: number): boolean => (coreFilter & (1 << bit)) !== 0;
  if (vma.sharedMemory) return whole;
  if ((vma.flags & VM_DONTDUMP) !== 0) return 0;
  if ((vma.flags & VM_HUGETLB) !== 0) return has(vma.isShared ? 6 : 5) ? whole : 0;
  if (vma.isShared) return has(isShmem(vma) ? 1 : 3) ? whole : 0;
  if (!vma.file || (vma.protection & PROT_WRITE) !== 0) {
    if (has(0)) return whole;
  }
  if (!vma.file) return 0;
  if (has(2)) return whole;
  // The first page of a program tells debuggers which build it is.
  if (!has(4) || vma.offset !== 0 || (vma.protection & PROT_READ) === 0) return 0;
  const pte = presentEntry(space, vma, vma.start);
  const isElf = pte !== 0 && space.kernel.arch.ram.readWord(frameOf(pte)) === 0x464c457f;
  return isElf ? PAGE_SIZE : 0;
}

function writeHeaders(
  view: DataView,
  segments: readonly Segment[],
  notesAt: number,
  notesBytes: number,
  first: number,
): void {
  view.setUint32(0, 0x7f454c46);
  // ELFCLASS64, ELFDATA2LSB, EV_CURRENT
  view.setUint32(4, 0x02010100);
  view.setUint16(16, ET_CORE, true);
  view.setUint16(18, EM_RISCV, true);
  view.setUint32(20, 1, true);
  view.setUint32(32, EHDR_BYTES, true);
  view.setUint32(48, ELF_FLAGS, true);
  view.setUint16(52, EHDR_BYTES, true);
  view.setUint16(54, PHDR_BYTES, true);
  view.setUint16(56, segments.length + 1, true);
  let header = EHDR_BYTES;
  const wide = (at: number, value: number): void =>
    view.setBigUint64(header + at, BigInt(value), true);
  view.setUint32(header, PT_NOTE, true);
  wide(8, notesAt);
  wide(32, notesBytes);
  view.setUint32(header + 48, 4, true);
  let offset = first;
  for (const { vma, bytes } of segments) {
    header += PHDR_BYTES;
    const { protection } = vma;
    const flags =
      ((protection & PROT_READ) !== 0 ? 4 : 0) |
      ((protection & PROT_WRITE) !== 0 ? 2 : 0) |
      ((protection & PROT_EXEC) !== 0 ? 1 : 0);
    view.setUint32(header, PT_LOAD, true);
    view.setUint32(header + 4, flags, true);
    wide(8, offset);
    wide(16, vma.start);
    wide(32, bytes);
    wide(40, vma.end - vma.start);
    wide(48, PAGE_SIZE);
    offset += bytes;
  }
}
