/** From an event of the machine to the kernel and back to user mode. Linux: arch/riscv/kernel/{entry.S,traps.c}. */

import { EINTR } from '../../abi/errno.ts';
import {
  BUS_ADRALN,
  BUS_ADRERR,
  ILL_ILLOPC,
  SEGV_ACCERR,
  SEGV_MAPERR,
  SIGBUS,
  SIGILL,
  SIGKILL,
  SIGSEGV,
  SIGTRAP,
  TRAP_BRKPT,
} from '../../abi/signal.ts';
import { CAUSE, causeName, INTERRUPT } from '../../isa/trap.ts';
import { log } from '../../lib/log.ts';
import type { Trap } from '../../platform/platform.ts';
import type { Ns } from '../clock.ts';
import { checkCpuLimits } from '../cpu-limits.ts';
import { exitTask } from '../exit.ts';
import type { Kernel, PowerOff } from '../kernel.ts';
import { KernelPanic } from '../kernel-panic.ts';
import { FaultResult, handleFault } from '../mm/fault.ts';
import { killWorst } from '../mm/out-of-memory.ts';
import { observer } from '../observer.ts';
import { interruptSequence, updateRseq } from '../rseq.ts';
import { forceSignal, hasPendingSignal } from '../signal.ts';
import { deliverSignals } from '../signal-delivery.ts';
import { enterSyscall, finishSyscall, runSyscall } from '../syscall.ts';
import type { Task } from '../task.ts';
import { getPc } from './user-context.ts';

const irqChannel = log.channel('irq');

/** What kernel work costs in deterministic mode, where TypeScript takes no time. */
const SYSCALL_COST_NS = 200;
const FAULT_COST_NS = 500;

/**
 * Serve events until the machine is told to stop, rests in a thread that is not its own, or its turn is over: undefined, and the
 * next call goes on. `onSlice` is called at interrupts, which come at least every few milliseconds, and before a hart goes idle; with
 * `isEager` after each event, so that what the host asks for is found there and no interrupt, which the guest could count, has to
 * tell of it. Throws KernelPanic for a bug of the kernel's own.
 */
export function runLoop(
  kernel: Kernel,
  onSlice: () => void,
  isEager: boolean,
  isTurnOver: () => boolean,
): PowerOff | undefined {
  try {
    do {
      kernel.scheduler.serveHost();
      onSlice();
      if (kernel.poweredOff) {
        kernel.hardware.finishWrites();
        return kernel.poweredOff;
      }
      leaveIdle(kernel);
    } while (serveEvents(kernel, isEager) && !isTurnOver());
    return undefined;
  } catch (error) {
    throw error instanceof KernelPanic ? error : new KernelPanic(kernel, 0, error);
  }
}

/** Until the host is to be served; false when the machine rests. A function of its own: what is optimised is its loop and what that calls. */
function serveEvents(kernel: Kernel, isEager: boolean): boolean {
  const { platform } = kernel.arch;
  const { scheduler } = kernel;
  let hart = 0;
  try {
    for (;;) {
      const trap = platform.nextEvent();
      if (trap === undefined) return false;
      hart = trap.hart;
      const { isInterrupt } = trap;
      if (isEager) kernel.observer?.trapped(trap);
      if (!isInterrupt && trap.cause === CAUSE.ECALL_FROM_U && !isEager) serveCall(kernel, trap);
      else serve(kernel, trap);
      if (isEager || isInterrupt || kernel.poweredOff) return true;
      if (scheduler.running[hart] === undefined && scheduler.isIdle) return true;
    }
  } catch (error) {
    throw new KernelPanic(kernel, hart, error);
  }
}

/**
 * A system call. One that is over at once, with nothing else to do, goes back from here: half of what a short call costs is
 * comparisons, so they are with what the fields hold, which is cheaper than to ask whether they hold something.
 */
function serveCall(kernel: Kernel, trap: Trap): void {
  const { hart } = trap;
  const { scheduler, arch } = kernel;
  const task = scheduler.running[hart];
  if (task === undefined || !scheduler.time.postpones(hart)) {
    serve(kernel, trap);
    return;
  }
  arch.entered(hart);
  scheduler.serve(hart);
  kernel.current = task;
  kernel.traps.countException(CAUSE.ECALL_FROM_U, hart);
  arch.charge(SYSCALL_COST_NS);
  enterSyscall(task);
  if (
    task.syscall === undefined &&
    task.needsAttention === false &&
    kernel.timers.areChanged === false &&
    scheduler.isSettled(hart)
  ) {
    arch.resume(hart);
    return;
  }
  const { nowNs } = scheduler.time;
  if (kernel.timers.nextDeadlineNs <= nowNs) kernel.timers.run(nowNs);
  leave(kernel, hart, nowNs);
}

function serve(kernel: Kernel, trap: Trap): void {
  const { hart } = trap;
  const { scheduler, timers } = kernel;
  const { arch } = kernel;
  const task = scheduler.running[hart];
  arch.entered(hart);
  scheduler.serve(hart);
  kernel.current = task;
  const nowNs = scheduler.time.enter(hart, task);
  if (trap.isInterrupt) interrupt(kernel, hart, trap.cause, nowNs);
  else if (task) {
    kernel.traps.countException(trap.cause, hart);
    if (trap.cause === CAUSE.ECALL_FROM_U) {
      arch.charge(SYSCALL_COST_NS);
      enterSyscall(task);
    } else {
      arch.charge(FAULT_COST_NS);
      exception(task, trap);
    }
  }
  if (timers.nextDeadlineNs <= nowNs) timers.run(nowNs);
  leave(kernel, hart, nowNs);
}

/** Harts for which the host has made a task runnable, or has armed a timer; the first time also those that never ran. */
function leaveIdle(kernel: Kernel): void {
  const { scheduler } = kernel;
  const { needsSwitch, running } = scheduler;
  for (let hart = 0; hart < running.length; hart++) {
    if (running[hart] === undefined) {
      const nowNs = kernel.clock.monotonicNs();
      scheduler.serve(hart);
      scheduler.time.settleIdle(hart, nowNs);
      leave(kernel, hart, nowNs);
    }
    if (running[hart] !== undefined && needsSwitch[hart] === true) kernel.arch.setTimer(hart, 0);
  }
}

/** Let a hart go on: with its task, with another, or asleep. `nowNs` is when the trap came. */
function leave(kernel: Kernel, hart: number, nowNs: Ns): void {
  const { scheduler, arch, clock } = kernel;
  for (;;) {
    let task = scheduler.running[hart];
    if (task?.state !== 'R' || scheduler.needsSwitch[hart] === true) {
      if (task) {
        nowNs = clock.monotonicNs();
        scheduler.time.settle(hart, task, nowNs);
      }
      task = scheduler.choose(hart);
    }
    kernel.current = task;
    if (!task) break;
    if ((task.syscall || task.needsAttention) && !prepare(task)) continue;
    if (scheduler.needsSwitch[hart] === true) continue;
    kernel.ticks.arm(hart, scheduler.tickAt(hart, task, nowNs));
    arch.resume(hart);
    return;
  }
  kernel.ticks.arm(hart, Number.POSITIVE_INFINITY);
  arch.idle(hart);
}

/** Finish the system call and deliver signals. Returns false when the task cannot run: asleep, stopped or gone. */
function prepare(task: Task): boolean {
  for (;;) {
    if (task.isDying) {
      exitTask(task);
      return false;
    }
    if (task.syscall && !task.call.isInterrupted && !runSyscall(task)) return false;
    if (task.needsAttention || task.syscall) {
      task.needsAttention = false;
      if (hasPendingSignal(task)) {
        // The frame must show the abort handler, not the section: the section is left before it is pushed.
        interruptSequence(task);
        task.needsAttention = false;
        leaveSequence(task);
        deliverSignals(task);
      }
      if (task.state !== 'R') return false;
      if (task.syscall) restart(task);
    }
    if (task.syscall || task.needsAttention) continue;
    leaveSequence(task);
    if (!task.needsAttention) return task.state === 'R';
  }
}

/** What rseq(2) owes the thread; it may have to die for it. */
function leaveSequence(task: Task): void {
  const { rseq, hart } = task;
  if (rseq && hart !== undefined && !task.syscall) updateRseq(task, rseq, hart);
}

/** A call was interrupted by a signal that ran no handler. */
function restart(task: Task): void {
  if (task.call.restart === 'eintr') finishSyscall(task, -EINTR);
  else task.call.isInterrupted = false;
}

function interrupt(kernel: Kernel, hart: number, cause: number, nowNs: Ns): void {
  kernel.vdso.follow(kernel.clock, nowNs);
  const { traps, arch } = kernel;
  traps.countInterrupt(cause, hart);
  if (irqChannel.isOn) irqChannel.write(`hart ${hart}: interrupt ${cause}`);
  if (cause === INTERRUPT.SUPERVISOR_TIMER) {
    arch.timerFired(hart);
    kernel.scheduler.tick(hart);
    if (kernel.current) checkCpuLimits(kernel.current);
    kernel.load.update(kernel.clock.monotonicNs(), kernel.scheduler.runnable);
  } else if (cause === INTERRUPT.SUPERVISOR_EXTERNAL) kernel.hardware.plic?.dispatch(hart);
  else if (cause === INTERRUPT.SUPERVISOR_SOFTWARE) {
    const counts = arch.takeIpi(hart) ? traps.reschedules : traps.hostRequests;
    counts[hart] = (counts[hart] as number) + 1;
  }
}

function exception(task: Task, trap: Trap): void {
  const { cause } = trap;
  switch (cause) {
    case CAUSE.LOAD_PAGE_FAULT:
      pageFault(task, trap, 'read');
      break;
    case CAUSE.STORE_PAGE_FAULT:
      pageFault(task, trap, 'write');
      break;
    case CAUSE.INSTRUCTION_PAGE_FAULT:
      pageFault(task, trap, 'execute');
      break;
    case CAUSE.ILLEGAL_INSTRUCTION:
      fatal(task, SIGILL, ILL_ILLOPC, getPc(task.registers), cause);
      break;
    case CAUSE.BREAKPOINT:
      fatal(task, SIGTRAP, TRAP_BRKPT, getPc(task.registers), cause);
      break;
    case CAUSE.INSTRUCTION_MISALIGNED:
    case CAUSE.LOAD_MISALIGNED:
    case CAUSE.STORE_MISALIGNED:
      fatal(task, SIGBUS, BUS_ADRALN, addressOf(trap), cause);
      break;
    default:
      fatal(task, SIGSEGV, SEGV_ACCERR, addressOf(trap), cause);
  }
}

/** For si_addr, which a debugger shows: of a pointer that is none, too. */
function addressOf({ tval, exactTval }: Trap): number | bigint {
  return exactTval ?? tval;
}

function pageFault(task: Task, trap: Trap, access: 'read' | 'write' | 'execute'): void {
  const { tval: address, cause } = trap;
  const space = task.process.addressSpace;
  const result = space ? handleFault(space, address, access, task) : FaultResult.NOT_MAPPED;
  observer.fault?.(task, address, access, result);
  switch (result) {
    case FaultResult.DONE:
    case FaultResult.ASLEEP:
      break;
    case FaultResult.NOT_MAPPED:
      fatal(task, SIGSEGV, SEGV_MAPERR, addressOf(trap), cause);
      break;
    case FaultResult.NOT_ALLOWED:
      fatal(task, SIGSEGV, SEGV_ACCERR, addressOf(trap), cause);
      break;
    case FaultResult.BUS:
      fatal(task, SIGBUS, BUS_ADRERR, addressOf(trap), cause);
      break;
    case FaultResult.OUT_OF_MEMORY:
      killWorst(task.kernel);
      break;
  }
}

/** The instruction cannot go on: a signal that the task must take. Logged when it will end the process, as Linux does. */
function fatal(
  task: Task,
  signal: number,
  code: number,
  address: number | bigint,
  cause: number,
): void {
  const { process, kernel } = task;
  if (process.actions.get(signal).handler === 0 && signal !== SIGKILL) {
    const at = `pc 0x${getPc(task.registers).toString(16)}`;
    kernel.printk(
      `${task.name}[${process.pid}]: unhandled signal ${signal} code ${code} at 0x${address.toString(16)}: ${causeName(cause)}, ${at}`,
    );
  }
  forceSignal(task, signal, { code, address });
}
