/** The system calls of one process and its children, or of all, as they come: only while somebody looks. */
import { ESRCH, fail } from '../../abi/errno.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Process } from '../../kernel/process.ts';
import { SyscallTrace } from '../../kernel/syscall-trace.ts';
import type { CallStream as Lines } from '../../protocol.ts';

/** A trace whose lines tell when the calls ended. */
class TimedTrace extends SyscallTrace {
  private readonly kernel: Kernel;

  constructor(kernel: Kernel) {
    super(true);
    this.kernel = kernel;
  }

  override add(line: string): void {
    super.add(`${(this.kernel.clock.monotonicNs() / 1e9).toFixed(6)} ${line}`);
  }
}

export class CallStream {
  private readonly kernel: Kernel;
  private of: 'all' | 'none' | number = 'none';
  private trace: SyscallTrace | undefined;

  constructor(kernel: Kernel) {
    this.kernel = kernel;
  }

  /** What came since the last look; a change of `of` begins anew. Throws KernelError ESRCH. */
  take(of: 'all' | 'none' | number): Lines {
    if (of !== this.of) this.change(of);
    const { trace } = this;
    // Again at each look: sessions of the API are nobody's children.
    if (of === 'all' && trace) this.join(trace, this.kernel.pids.processes.values());
    if (!trace) return { lines: [], dropped: 0 };
    const { dropped } = trace;
    trace.dropped = 0;
    return { lines: trace.lines.splice(0), dropped };
  }

  private change(of: 'all' | 'none' | number): void {
    const { processes } = this.kernel.pids;
    for (const process of processes.values()) {
      if (process.trace === this.trace) process.trace = undefined;
    }
    this.trace = undefined;
    this.of = 'none';
    if (of === 'none') return;
    const trace = new TimedTrace(this.kernel);
    if (of !== 'all') {
      const process = processes.get(of);
      if (!process || process.isZombie) throw fail(ESRCH, 'no such process');
      this.join(trace, [process]);
    }
    this.of = of;
    this.trace = trace;
  }

  /** What the guest's own strace looks at stays its. */
  private join(trace: SyscallTrace, processes: Iterable<Process>): void {
    for (const process of processes) {
      if (process.trace || process.isZombie) continue;
      process.trace = trace;
      trace.processes++;
    }
  }
}
