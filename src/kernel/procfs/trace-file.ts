/** /proc/<pid>/trace: the system calls of a process as strace lines. Hartix's own; Linux has ptrace(2) for that. */
import { EAGAIN, EINVAL, fail } from '../../abi/errno.ts';
import { POLLHUP, POLLIN, POLLOUT, POLLRDNORM, POLLWRNORM } from '../../abi/poll.ts';
import type { Inode } from '../../fs/inode.ts';
import { fromBytes, toBytes } from '../../lib/bytes.ts';
import type { IoBuffer } from '../../lib/io-buffer.ts';
import { WaitQueue } from '../../lib/wait-queue.ts';
import { KernelFile } from '../kernel-file.ts';
import type { Process } from '../process.ts';
import { PLAIN, SyscallTrace, type TraceStyle } from '../syscall-trace.ts';

const MOST_STRING_BYTES = 4096;

/** `s=N` bytes of strings, `y` names of files, `v` whole structures, `t` times. Throws EINVAL. */
function styleOf(words: readonly string[]): TraceStyle {
  const strings = words.find((word) => /^s=[0-9]{1,9}$/.test(word));
  if (words.some((word) => !['y', 'v', 't', strings].includes(word)))
    throw fail(EINVAL, 'none of s=N, y, v, t');
  return {
    strings: strings ? Math.min(Number(strings.slice(2)), MOST_STRING_BYTES) : PLAIN.strings,
    namesFiles: words.includes('y'),
    isVerbose: words.includes('v'),
    isTimed: words.includes('t'),
  };
}

/** Woken never: for a file before tracing begins. */
const NOTHING = new WaitQueue();

/**
 * Writing `1` starts tracing the process, `f` its future children too, `0` ends it; words behind it say how
 * calls are shown. Reading gives lines
 * `tid name(arguments) = result`, waits for more, and ends when no traced process is left.
 */
export class TraceFile extends KernelFile {
  override readonly isStream = false;
  private readonly process: Process;
  private trace: SyscallTrace | undefined;
  /** Rest of a line that a small buffer did not take. */
  private rest: Uint8Array = new Uint8Array(0);

  constructor(process: Process, inode: Inode, flags: number) {
    super(inode, flags);
    this.process = process;
    this.trace = process.trace;
  }

  override get waitQueue(): WaitQueue {
    return this.trace?.queue ?? NOTHING;
  }

  poll(): number {
    const { trace } = this;
    const isReadable = this.rest.length > 0 || (trace && trace.lines.length > 0);
    const isOver = !trace || trace.processes === 0;
    const readable = isReadable ? POLLIN | POLLRDNORM : 0;
    return readable | POLLOUT | POLLWRNORM | (isOver ? POLLHUP : 0);
  }

  override read(buffer: IoBuffer): number {
    const { trace } = this;
    if (this.rest.length === 0 && trace && trace.lines.length > 0) {
      let text = '';
      while (trace.lines.length > 0 && text.length < buffer.length) {
        text += `${trace.lines.shift()}\n`;
      }
      this.rest = toBytes(text);
    }
    if (this.rest.length === 0) {
      if (!trace || trace.processes === 0) return 0;
      throw fail(EAGAIN, 'nothing traced yet');
    }
    const part = this.rest.subarray(0, buffer.length);
    buffer.copyIn(part, 0);
    this.rest = this.rest.subarray(part.length);
    return part.length;
  }

  override write(buffer: IoBuffer): number {
    const bytes = new Uint8Array(Math.min(buffer.length, 64));
    buffer.copyOut(bytes, 0);
    const [word = '', ...rest] = fromBytes(bytes).trim().split(/\s+/);
    if (word !== '0' && word !== '1' && word !== 'f') throw fail(EINVAL, 'neither 0, 1 nor f');
    const style = styleOf(rest);
    this.stop();
    if (word !== '0' && !this.process.isZombie) {
      this.trace = new SyscallTrace(word === 'f', style);
      this.trace.processes = 1;
      this.process.trace = this.trace;
    }
    return buffer.length;
  }

  /** The tracer leaves: nobody is traced for it any longer. */
  override release(): void {
    this.stop();
    super.release();
  }

  private stop(): void {
    const { trace } = this;
    if (!trace) return;
    for (const process of this.process.kernel.pids.processes.values()) {
      if (process.trace === trace) process.trace = undefined;
    }
    trace.processes = 0;
    trace.queue.wakeAll();
  }
}
