/** Replacing the program of a process: execve(2), scripts, layout of the new address space. Linux: fs/exec.c. */

import { Ehdr } from '../abi/elf.ts';
import { E2BIG, EACCES, EIO, ELIBBAD, ELOOP, ENOENT, ENOEXEC, EPERM, fail } from '../abi/errno.ts';
import { FAN_OPEN_EXEC } from '../abi/fanotify.ts';
import { AT_FDCWD } from '../abi/fcntl.ts';
import { IN_OPEN } from '../abi/inotify.ts';
import { PROT_EXEC, PROT_READ, PROT_WRITE } from '../abi/mman.ts';
import { MS_NOSUID } from '../abi/mount.ts';
import { RLIMIT_STACK } from '../abi/resource.ts';
import { S_ISGID, S_ISUID } from '../abi/stat.ts';
import type { File } from '../fs/file.ts';
import { MustWait } from '../fs/must-wait.ts';
import { notifyPlace } from '../fs/notify.ts';
import { PAGE_SIZE } from '../fs/page-frames.ts';
import { drop, hold } from '../fs/references.ts';
import { BytesBuffer } from '../lib/io-buffer.ts';
import { TASK_SIZE } from './arch/page-table.ts';
import { minimumSignalStack } from './arch/signal-frame.ts';
import { SP, setPc, setRegister } from './arch/user-context.ts';
import { Vdso } from './arch/vdso.ts';
import { type Credentials, isWithin } from './credentials.ts';
import { type ElfImage, isElf, type ReadAt, readElf } from './elf.ts';
import { imageSpan, type LoadedImage, loadImage } from './exec-load.ts';
import { buildStack, checkArguments } from './exec-stack.ts';
import { capabilitiesOf } from './file-capabilities.ts';
import { dropFile, dropUntold } from './file-table.ts';
import type { Kernel } from './kernel.ts';
import { inheritKeyrings } from './keys/task-keyrings.ts';
import { AddressSpace } from './mm/address-space.ts';
import { mapRegion, pageUp } from './mm/mmap.ts';
import type { Process } from './process.ts';
import type { Task } from './task.ts';

const SCRIPT_DEPTH = 5;
/** Bytes of a file that decide its format, and the longest #! line: BINPRM_BUF_SIZE. */
const HEAD_BYTES = 256;
/** Enough for the program headers and the interpreter's name of most programs. */
const START_BYTES = 1024;
const ARGUMENT_MINIMUM_BYTES = 131072;
const ARGUMENT_MAXIMUM_BYTES = 6 * 1024 * 1024;
/** Two thirds of user space: ELF_ET_DYN_BASE. */
const RELOCATABLE_BASE = Math.floor(TASK_SIZE / 3 / PAGE_SIZE) * 2 * PAGE_SIZE;
const INITIAL_STACK_BYTES = 33 * PAGE_SIZE;
const GAP_MINIMUM = 128 * 1024 * 1024;
const STACK_RANDOM_PAGES = 0x3ffff;
const MMAP_RANDOM_PAGES = 0x3fffff;
const BRK_RANDOM_PAGES = 0x40000;
const MAX_STACK_SHIFT = 8192;
/**
 * The machine finds a page's translation at its number modulo COLOURS. Program and heap go up from the first of them, stack and
 * mappings down from the last, so that they do not meet before they are large; as x86's align_va_addr keeps mappings apart in a cache.
 */
const COLOURS = 16384;
const RANDOM_COLOURS = 256;
const STACK_COLOURS = 352;
const ADDR_NO_RANDOMIZE = 0x4_0000;
/** What a set-user-ID program does not take over: READ_IMPLIES_EXEC, ADDR_NO_RANDOMIZE, ADDR_COMPAT_LAYOUT, MMAP_PAGE_ZERO. */
const PER_CLEAR_ON_SETID = 0x74_0000;

export interface ProgramRequest {
  readonly dirfd?: number;
  readonly path: string;
  readonly followsLast?: boolean;
  /** Called when the file is open: what is wrong with that comes first. */
  readonly readArguments: () => readonly string[];
  readonly readEnvironment: () => readonly string[];
}

/** A program that is ready to run: everything that can fail has been done. */
export interface Program {
  readonly space: AddressSpace;
  readonly file: File;
  readonly entry: number;
  readonly sp: number;
  readonly credentials: Credentials;
  /** comm. */
  readonly name: string;
  /** All files that were opened for it, scripts and linkers too, of which nobody who watches has heard. */
  readonly opened: readonly File[];
}

/** Open, check and map a program for the process of `task`, which is not changed. Errors as execve(2). */
export function loadProgram(task: Task, request: ProgramRequest): Program {
  const { kernel, process } = task;
  if (request.path === '' && request.dirfd === undefined) throw fail(ENOENT, 'empty path');
  const stackLimit = process.limit(RLIMIT_STACK);
  const argumentLimit = Math.max(
    ARGUMENT_MINIMUM_BYTES,
    Math.min(stackLimit / 4, ARGUMENT_MAXIMUM_BYTES),
  );
  const name = (request.path.split('/').pop() ?? '').slice(0, 15);
  const opened: File[] = [];
  let space: AddressSpace | undefined;
  try {
    const found = resolveScripts(task, request, opened);
    let interpreter: File | undefined;
    checkArguments(found, argumentLimit);
    const image = readElf(found.read);
    if (image.interpreter !== undefined) {
      interpreter = kernel.vfs.openExecutable(task, image.interpreter);
      opened.push(interpreter);
    }
    const credentials = credentialsAfterExec(task, found.file);
    const gains = credentials.ruid !== 0 && credentials.effective !== credentials.ambient;
    const isSecure =
      gains ||
      credentials.euid !== task.credentials.ruid ||
      credentials.egid !== task.credentials.rgid;
    space = new AddressSpace(kernel);
    space.refusesHuge = process.addressSpace?.refusesHuge === true;
    const random = new Randomization(process);
    const top = placeRegions(space, stackLimit, image.hasExecutableStack, random);
    const program = loadImage(space, found.file, image, programBase(random, image));
    const linker = interpreter && loadInterpreter(space, interpreter);
    placeBreak(space, program, random);
    const sp = buildStack(space, top, {
      path: found.path,
      arguments: found.arguments,
      environment: found.environment,
      credentials,
      isSecure,
      entry: program.entry,
      interpreterBase: linker?.bias ?? 0,
      headerAddress: image.headerAddress + program.bias,
      headerCount: image.headerCount,
      stackShift: random.stackBytes(),
      vdso: space.layout.vdso,
      hwcap: kernel.processor.hwcap,
      minimumSignalStack: minimumSignalStack(kernel.arch.platform.vector !== undefined),
    });
    const entry = linker?.entry ?? program.entry;
    return { space, file: found.file, entry, sp, credentials, name, opened };
  } catch (error) {
    space?.release();
    // A call that waits runs again, and opens them again.
    if (error instanceof MustWait) forgetOpened(kernel, opened);
    else {
      tellOpened(opened);
      for (const file of opened) dropFile(file, kernel.vfs.locks);
    }
    throw error;
  }
}

function tellOpened(opened: readonly File[]): void {
  for (const { dentry } of opened) if (dentry) notifyPlace(dentry, IN_OPEN | FAN_OPEN_EXEC);
}

function forgetOpened({ vfs }: Kernel, opened: readonly File[]): void {
  for (const file of opened) dropUntold(file, vfs.locks);
}

/** The program is not going to run: the call runs again. */
export function forgetProgram(kernel: Kernel, program: Program): void {
  program.space.release();
  forgetOpened(kernel, program.opened);
}

/** Make the process run the program: the point of no return. `task` is its only thread. */
export function installProgram(task: Task, program: Program): void {
  const { kernel, process, registers } = task;
  process.addressSpace = program.space;
  const before = task.credentials;
  task.credentials = program.credentials;
  const gains = !isWithin(program.credentials.permitted, before.permitted);
  if (gains || isSetId(before, program.credentials)) {
    process.isDumpable = false;
    process.personality &= ~PER_CLEAR_ON_SETID;
  } else process.isDumpable = true;
  setExecutable(process, program.file);
  tellOpened(program.opened);
  for (const file of program.opened) dropFile(file, kernel.vfs.locks);
  process.posixTimers.clear();
  registers.fill(0);
  setRegister(registers, SP, program.sp);
  setPc(registers, program.entry);
}

/** The file that the process executes, which nobody may write meanwhile. */
function setExecutable(process: Process, file: File): void {
  const before = process.executable;
  process.executable = file.dentry;
  hold(file.inode);
  file.inode.executing++;
  if (!before) return;
  before.inode.executing--;
  drop(before.inode);
}

interface FoundProgram {
  readonly file: File;
  readonly read: ReadAt;
  /** What AT_EXECFN names. */
  readonly path: string;
  readonly arguments: readonly string[];
  readonly environment: readonly string[];
}

/** Follow #! lines to the program itself: execve(2), "Interpreter scripts". Each file goes to `opened`. */
function resolveScripts(task: Task, request: ProgramRequest, opened: File[]): FoundProgram {
  const { vfs } = task.kernel;
  const { dirfd = AT_FDCWD, followsLast = true } = request;
  let file = vfs.openExecutable(task, request.path, dirfd, followsLast);
  const isBehind = dirfd !== AT_FDCWD && !request.path.startsWith('/');
  let path = isBehind
    ? `/dev/fd/${dirfd}${request.path === '' ? '' : '/'}${request.path}`
    : request.path;
  opened.push(file);
  const given = request.readArguments();
  // Linux gives a program without arguments an empty one.
  let parameters: readonly string[] = given.length > 0 ? given : [''];
  const environment = request.readEnvironment();
  for (let depth = 0; depth <= SCRIPT_DEPTH; depth++) {
    const read = readerOf(file);
    const head = read(0, HEAD_BYTES);
    if (isElf(head)) return { file, read, path, arguments: parameters, environment };
    const script = parseScript(head);
    if (!script) throw fail(ENOEXEC, 'neither ELF nor script');
    if (depth === 0 && isBehind && task.files.isCloseOnExec(dirfd))
      throw fail(ENOENT, 'the interpreter will not have the descriptor');
    parameters = [...script, path, ...parameters.slice(1)];
    path = script[0] as string;
    file = vfs.openExecutable(task, path);
    opened.push(file);
  }
  throw fail(ELOOP, 'scripts run by scripts');
}

/** `#! interpreter [one argument]`: the words, or undefined when this is no script. */
export function parseScript(head: Uint8Array): string[] | undefined {
  if (head[0] !== 0x23 || head[1] !== 0x21) return undefined;
  const text = String.fromCharCode(...head.subarray(2));
  const newline = text.search(/[\n\0]/);
  const line = (newline < 0 ? text : text.slice(0, newline)).replace(/^[ \t]+|[ \t]+$/g, '');
  const [interpreter, parameter] = line.split(/[ \t]+(.*)/s);
  if (!interpreter) return undefined;
  // A line that does not end within the head may have lost part of the interpreter's path.
  if (newline < 0 && parameter === undefined && head.length === HEAD_BYTES) return undefined;
  return parameter === undefined || parameter === '' ? [interpreter] : [interpreter, parameter];
}

function readAt(file: File, offset: number, length: number): Uint8Array {
  const bytes = new Uint8Array(length);
  let done = 0;
  while (done < length) {
    const count = file.read(new BytesBuffer(bytes.subarray(done)), offset + done);
    if (count === 0) break;
    done += count;
  }
  return bytes.subarray(0, done);
}

/** The start of the file, which nearly all is in, is read once: on a 9p mount each reading is a request to the host. */
function readerOf(file: File): ReadAt {
  let start: Uint8Array | undefined;
  return (offset, length) => {
    if (offset + length > START_BYTES) return readAt(file, offset, length);
    start ??= readAt(file, 0, START_BYTES);
    return start.subarray(offset, offset + length);
  };
}

/** Set-user-ID and set-group-ID programs, and root's capabilities: execve(2), capabilities(7). */
function credentialsAfterExec(task: Task, program: File): Credentials {
  const credentials = inheritKeyrings(task.credentials, false).copy();
  const { inode, dentry } = program;
  const isIgnored = credentials.noNewPrivileges || ((dentry?.mount.flags ?? 0) & MS_NOSUID) !== 0;
  if (!isIgnored && (inode.mode & S_ISUID) !== 0) credentials.euid = inode.uid;
  if (!isIgnored && (inode.mode & S_ISGID) !== 0 && (inode.mode & 0o10) !== 0)
    credentials.egid = inode.gid;
  credentials.suid = credentials.fsuid = credentials.euid;
  credentials.sgid = credentials.fsgid = credentials.egid;
  const file = isIgnored ? undefined : capabilitiesOf(inode);
  if (!credentials.adjustForExec(isSetId(task.credentials, credentials), file))
    throw fail(EPERM, 'capabilities of the program');
  return credentials;
}

/** The program acts for another user or group than the caller is. */
function isSetId(before: Credentials, after: Credentials): boolean {
  return after.euid !== before.euid || after.egid !== before.egid;
}

/** Where things go by chance, and where not: /proc/sys/kernel/randomize_va_space, personality(2). */
class Randomization {
  private readonly kernel: Kernel;
  private readonly level: number;

  constructor({ kernel, personality }: Process) {
    this.kernel = kernel;
    this.level = (personality & ADDR_NO_RANDOMIZE) === 0 ? kernel.randomizeVaSpace : 0;
  }

  pages(mask: number): number {
    if (this.level === 0) return 0;
    const page = this.kernel.generator.below(mask + 1);
    return (page - (page % COLOURS) + (page % RANDOM_COLOURS)) * PAGE_SIZE;
  }

  /** Where the program's range of places begins: `address`, or the first colour below it. */
  start(address: number): number {
    return this.level === 0 ? address : address - (address % (COLOURS * PAGE_SIZE));
  }

  heapPages(mask: number): number {
    return this.level < 2 ? 0 : this.pages(mask);
  }

  /** Bytes by which the first stack begins lower: arch_align_stack. */
  stackBytes(): number {
    return this.level === 0 ? 0 : this.kernel.generator.below(MAX_STACK_SHIFT);
  }
}

/** Stack, vDSO and the place for mmap; returns the stack's top. Linux: arch_pick_mmap_layout, setup_arg_pages. */
function placeRegions(
  space: AddressSpace,
  stackLimit: number,
  hasExecutableStack: boolean,
  random: Randomization,
): number {
  const { layout } = space;
  const top = TASK_SIZE - random.pages(STACK_RANDOM_PAGES);
  const gap = Math.max(GAP_MINIMUM, Math.min(stackLimit, (TASK_SIZE / 6) * 5));
  const gapPages = pageUp(gap + (STACK_RANDOM_PAGES + STACK_COLOURS) * PAGE_SIZE);
  layout.mmapBase = TASK_SIZE - gapPages - random.pages(MMAP_RANDOM_PAGES);
  mapRegion(space, {
    address: top - INITIAL_STACK_BYTES,
    length: INITIAL_STACK_BYTES,
    protection: PROT_READ | PROT_WRITE | (hasExecutableStack ? PROT_EXEC : 0),
    placement: 'fixed',
    name: '[stack]',
    growsDown: true,
  });
  const { memory } = space.kernel.vdso;
  const data = mapRegion(space, {
    address: 0,
    length: Vdso.PAGES * PAGE_SIZE,
    protection: PROT_READ,
    sharedMemory: memory,
    name: '[vvar]',
  });
  layout.vdso = mapRegion(space, {
    address: data + Vdso.IMAGE,
    length: PAGE_SIZE,
    protection: PROT_READ | PROT_EXEC,
    placement: 'fixed',
    sharedMemory: memory,
    offset: Vdso.IMAGE,
    name: '[vdso]',
  });
  return top;
}

function programBase(random: Randomization, image: ElfImage): number {
  const base = random.start(RELOCATABLE_BASE) + random.pages(MMAP_RANDOM_PAGES);
  return base - (base % image.alignment);
}

function loadInterpreter(space: AddressSpace, file: File): LoadedImage {
  const read = readerOf(file);
  if (read(0, Ehdr.size).length < Ehdr.size) throw fail(EIO, 'interpreter is cut off');
  const image = readElf(read, ELIBBAD);
  if (!image.isRelocatable && image.segments.some(({ address }) => space.vmas.find(address)))
    throw fail(EACCES, 'interpreter overlaps the program');
  const span = imageSpan(image);
  const base = space.vmas.findGapBelow(space.layout.mmapBase, 0, span + image.alignment, () => 0);
  if (base === undefined) throw fail(E2BIG, 'no room for the interpreter');
  return loadImage(space, file, image, Math.ceil(base / image.alignment) * image.alignment);
}

/** The heap starts behind the program, at a random distance. */
function placeBreak(space: AddressSpace, program: LoadedImage, random: Randomization): void {
  const { layout } = space;
  layout.brkStart = pageUp(program.end) + random.heapPages(BRK_RANDOM_PAGES - 1);
  layout.brk = layout.brkStart;
}
