/**
 * Looks for a place in a run that is replayed, in two passes: the first one notes where the condition last held, the second one
 * stops there, before the instruction or call. Watched pages never enter the TLB tables, so that translated code stays fast elsewhere.
 */

import { syscallNumbers } from '../../abi/syscall-names.ts';
import { INTEGER_REGISTER_NAMES } from '../../isa/registers.ts';
import { CAUSE } from '../../isa/trap.ts';
import { A7, getInt, getPc } from '../../kernel/arch/user-context.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import { describeFile } from '../../kernel/procfs/fd-directory.ts';
import { describeCall, syscallName } from '../../kernel/syscall.ts';
import type { Task } from '../../kernel/task.ts';
import { isPoint } from '../../machine/debug/debugger.ts';
import { Inspector } from '../../machine/debug/inspect.ts';
import { POINT } from '../../machine/debug/points.ts';
import { Exit } from '../../machine/engine.ts';
import type { Hart } from '../../machine/hart.ts';
import { HART } from '../../machine/hart-layout.ts';
import type { Machine } from '../../machine/machine.ts';
import type { Trap } from '../../platform/platform.ts';
import type { Runner } from '../../platform/runner.ts';
import type { Place, SeekOption, SeekStop } from '../../protocol.ts';
import { Profiler } from '../profiler.ts';
import { codeLines } from '../views/code-lines.ts';
import { ReplayEnd } from './replaying.ts';
import type { Witness } from './witness.ts';

const TWO_32 = 0x1_0000_0000;
const INSTRUCTION_BYTES = 4;
/** The engine stretches a slice by less than this (jit/engine.ts): what is left is stepped. */
const STRETCH = 128;
const WRITES: ReadonlySet<string> = new Set([
  ...['write', 'writev', 'pwrite64', 'pwritev', 'pwritev2'],
  ...['sendfile', 'copy_file_range', 'splice', 'ftruncate', 'fallocate'],
]);

export class Seeker implements Runner {
  private readonly machine: Machine;
  private readonly kernel: Kernel;
  private readonly witness: Witness;
  private readonly option: SeekOption;
  private readonly hart: Hart;
  private readonly inspector: Inspector;
  private readonly stacks: Profiler;
  private hits = 0;
  private last: Place | undefined;
  private lastCall: Place | undefined;
  /** The watched bytes when user mode was left, and whose they were. */
  private before: { task: Task; bytes: string } | undefined;
  private readonly onStop: (stop: SeekStop) => void;

  constructor(
    parts: { machine: Machine; kernel: Kernel; witness: Witness },
    option: SeekOption,
    onStop: (stop: SeekStop) => void,
  ) {
    const { machine, kernel, witness } = parts;
    const [hart] = machine.harts;
    if (!hart) throw new Error('the machine has no hart');
    const { condition, stopAt } = option;
    if (condition?.kind === 'syscall' && !syscallNumbers().has(condition.name))
      throw new Error(`until: there is no system call '${condition.name}'`);
    this.machine = machine;
    this.kernel = kernel;
    this.witness = witness;
    this.option = option;
    this.onStop = onStop;
    this.hart = hart;
    this.inspector = new Inspector(machine.memory, machine.bus);
    this.stacks = new Profiler(machine, kernel);
    if (condition?.kind !== 'memory' || stopAt) return;
    const { address, bytes } = condition;
    const [low, high] = [address % TWO_32, Math.floor(address / TWO_32)];
    machine.setDebugPoints([{ kind: POINT.STORE, low, high, bytes }]);
  }

  /** What the first pass found; the last call where there was no condition. */
  get found(): { place: Place | undefined; hits: number } {
    return { place: this.option.condition ? this.last : this.lastCall, hits: this.hits };
  }

  /** In the place of the engine's. */
  run(block: number): Exit {
    const task = this.task();
    if (!task) return this.machine.engine.run(block);
    this.compareMemory(task);
    const { stopAt } = this.option;
    if (stopAt?.kind === 'instruction') {
      const left = stopAt.retired - this.machine.retired();
      if (left === 0) this.stop(task);
      const budget = this.hart.state.word(HART.BUDGET) | 0;
      if (left > 0 && left <= budget + STRETCH) return this.approach(block, left, budget);
    }
    return this.runWatched(block, task);
  }

  /** An event has come, and is about to be served. */
  trapped(trap: Trap): void {
    const task = this.task();
    if (!task || trap.isInterrupt || trap.cause !== CAUSE.ECALL_FROM_U) return;
    const { stopAt, condition } = this.option;
    const { events, retired } = this.witness.position;
    const place: Place = { kind: 'call', events, retired };
    if (stopAt?.kind === 'call' && stopAt.events === events) this.stop(task);
    if (condition && this.isCall(task)) this.hit(place);
    this.lastCall = place;
    this.remember(task);
  }

  private isCall(task: Task): boolean {
    const { condition } = this.option;
    const name = syscallName(getInt(task.registers, A7));
    if (condition?.kind === 'syscall') return name === condition.name;
    if (condition?.kind !== 'file' || !WRITES.has(name)) return false;
    // Of copies the second word is where they go to; splice(2) has it third.
    const register = name === 'copy_file_range' || name === 'splice' ? A7 - 5 : A7 - 7;
    const file = task.files.find(getInt(task.registers, register));
    return file !== undefined && describeFile(file, task) === condition.path;
  }

  private hit(place: Place): void {
    this.hits++;
    const { nth } = this.option;
    if (nth !== undefined && this.hits !== nth) return;
    this.last = place;
  }

  /** Stores to watched bytes are noted, and pass. */
  private runWatched(block: number, task: Task): Exit {
    const { engine, calls } = this.machine;
    const { state } = this.hart;
    let budget = state.word(HART.BUDGET) | 0;
    let before = state.word(HART.INSTRET);
    for (;;) {
      const exit = engine.run(block);
      if (exit !== Exit.TRAP || !isPoint(this.hart)) return exit;
      const isStretched = (state.word(HART.INSTRET) - before) >>> 0 >= budget;
      this.noteStore();
      const left = state.word(HART.BUDGET) | 0;
      calls.points.passesData = true;
      const stepped = engine.step(block);
      calls.points.passesData = false;
      state.setWord(HART.BUDGET, left - 1);
      if (stepped !== Exit.BUDGET) return stepped;
      if (isStretched) return this.step(block, left - 1);
      budget = left - 1;
      before = state.word(HART.INSTRET);
      this.remember(task);
    }
  }

  private noteStore(): void {
    const { events, retired } = this.witness.position;
    this.hit({ kind: 'instruction', events, retired });
  }

  /** So many instructions one by one, watched ones too. */
  private step(block: number, count: number): Exit {
    const { engine, calls } = this.machine;
    const { state } = this.hart;
    for (let left = count; left > 0; left--) {
      let exit = engine.step(block);
      if (exit === Exit.TRAP && isPoint(this.hart)) {
        this.noteStore();
        calls.points.passesData = true;
        exit = engine.step(block);
        calls.points.passesData = false;
      }
      state.setWord(HART.BUDGET, left - 1);
      if (exit !== Exit.BUDGET) return exit;
    }
    return Exit.BUDGET;
  }

  /** The place is `left` instructions away, if no trap comes first. */
  private approach(block: number, left: number, budget: number): Exit {
    const { engine } = this.machine;
    const { state } = this.hart;
    const end = this.machine.retired() + left;
    if (left > 2 * STRETCH) {
      state.setWord(HART.BUDGET, left - STRETCH);
      const exit = engine.run(block);
      const used = left - (end - this.machine.retired());
      state.setWord(HART.BUDGET, budget - used);
      if (exit !== Exit.BUDGET) return exit;
    }
    for (;;) {
      const rest = end - this.machine.retired();
      const task = this.task();
      if (rest <= 0 && task) this.stop(task);
      const before = state.word(HART.BUDGET) | 0;
      const exit = engine.step(block);
      state.setWord(HART.BUDGET, before - 1);
      if (exit !== Exit.BUDGET) return exit;
    }
  }

  /** The kernel writes, too: what is other than it was when user mode was left. */
  private compareMemory(task: Task): void {
    const { before } = this;
    this.before = undefined;
    if (!before || before.task.memory !== task.memory || !this.lastCall) return;
    if (this.watched() !== before.bytes) this.hit(this.lastCall);
  }

  private remember(task: Task): void {
    if (this.option.condition?.kind === 'memory' && !this.option.stopAt)
      this.before = { task, bytes: this.watched() };
  }

  private watched(): string {
    const { condition } = this.option;
    if (condition?.kind !== 'memory') return '';
    return this.inspector
      .readVirtual(this.hart, BigInt(condition.address), condition.bytes)
      .join(' ');
  }

  private task(): Task | undefined {
    const task = this.kernel.scheduler.running[0];
    return task && task.process.session !== this.kernel.init?.session ? task : undefined;
  }

  private stop(task: Task): never {
    const { registers, process } = task;
    const pc = getPc(registers);
    const code = this.inspector.readVirtual(this.hart, BigInt(pc), INSTRUCTION_BYTES);
    this.onStop({
      pid: process.pid,
      tid: task.tid,
      name: task.name,
      pc,
      instruction: codeLines(pc, code, 1)[0]?.text ?? '',
      call: this.option.stopAt?.kind === 'call' ? callText(task) : undefined,
      registers: INTEGER_REGISTER_NAMES.map((name, i): [string, bigint] => [
        name,
        BigInt(registers[2 * i] ?? 0) | (BigInt(registers[2 * i + 1] ?? 0) << 32n),
      ]),
      stack: this.stacks.placesOf(this.hart, task),
      callBefore: this.lastCall,
      position: this.witness.position,
    });
    throw new ReplayEnd('the place is reached');
  }
}

function callText(task: Task): string {
  const number = getInt(task.registers, A7);
  task.call.number = number;
  task.syscall ??= task.call;
  return describeCall(task);
}
