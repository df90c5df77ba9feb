/** How strace reads the structures in user memory that a call is about. */
import type { UserMemory } from './mm/user-memory.ts';
import { quoteBytes } from './syscall-quote.ts';
import type { TraceStyle } from './syscall-trace.ts';

/** A call as the readers see it. */
export interface Look {
  readonly memory: Pick<UserMemory, 'read' | 'readBytes' | 'readU32' | 'readU64' | 'readI32'>;
  readonly style: TraceStyle;
  /** What the call returned; for what is read when it begins, 0. */
  readonly result: number;
  /** Where the kernel writes a length over the room that there was: that room. */
  readonly lengthBefore: number;
  argument(index: number): number;
}

/** Text of the structure at an address that is not null. Throws KernelError EFAULT. */
export type Reader = (look: Look, at: number, index: number) => string;

/** Of an array that are shown. */
export const MOST_ITEMS = 32;
const IOVEC_BYTES = 16;

/** An array of struct iovec; `most`: bytes of the buffers that count. */
export function vectors({ memory, style }: Look, at: number, count: number, most: number): string {
  const parts: string[] = [];
  let left = most;
  for (let i = 0; i < Math.min(count, MOST_ITEMS); i++) {
    const base = memory.readU64(at + i * IOVEC_BYTES);
    const length = memory.readU64(at + i * IOVEC_BYTES + 8);
    const here = Math.min(length, left);
    left -= here;
    const bytes = memory.readBytes(base, Math.min(here, style.strings));
    parts.push(`{iov_base=${quoteBytes(bytes, here)}, iov_len=${length}}`);
  }
  if (count > MOST_ITEMS) parts.push('...');
  return `[${parts.join(', ')}]`;
}
