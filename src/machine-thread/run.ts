/** Boots the kernel on the machine and serves the host's requests between its events, until power off. */
import { failures } from '../abi/errno.ts';
import type { Kernel } from '../kernel/kernel.ts';
import { KernelPanic } from '../kernel/kernel-panic.ts';
import { log } from '../lib/log.ts';
import { execChannel } from '../machine/debug/trace.ts';
import type { MachineOptions, RepetitionResult } from '../protocol.ts';
import type { Board } from './board.ts';
import { bootState, createKernel, limitRestored } from './boot-state.ts';
import { startFaults } from './faults.ts';
import { Host } from './host.ts';
import type { HostPort } from './host-port.ts';
import { PreparedMachine } from './prepared-machine.ts';
import type { Repetition } from './repeat/repetition.ts';
import { ReplayEnd } from './repeat/replaying.ts';
import { readSystem } from './snapshot.ts';
import { TraceLines } from './trace-lines.ts';
import { startWatch, type Watch } from './watch.ts';

const KERNEL_LOG = 'dmesg';

/**
 * Log lines go to the main thread; while the console machine boots, those of the kernel log go to its screen as well. Returns
 * what ends that. Throws for a channel that does not exist.
 */
function startLog(options: MachineOptions, port: HostPort, lines: TraceLines): () => void {
  let isOnScreen = options.hasConsole;
  const wanted = new Set(options.trace);
  log.setSink((channel, text) => {
    if (wanted.has(channel)) lines.write(channel, text);
    if (isOnScreen && channel === KERNEL_LOG) {
      port.post({ type: 'console', bytes: new TextEncoder().encode(`${text}\r\n`) });
    }
  });
  const unknown = log.enable([...options.trace, ...(isOnScreen ? [KERNEL_LOG] : [])]);
  if (unknown.length > 0) throw new Error(`trace: there is no channel ${unknown.join(', ')}`);
  // Instructions are of interest from the first program on; a console's is its shell.
  if (!options.hasConsole) execChannel.isOn = false;
  failures.isTraced = wanted.has('errno');
  return () => {
    isOnScreen = false;
  };
}

interface Started {
  readonly host: Host;
  readonly kernel: Kernel;
  readonly board: Board;
  readonly repetition: Repetition;
  readonly watch: Watch;
}

/** Anything that keeps the machine from starting is one line for the user. */
function start(
  given: MachineOptions,
  port: HostPort,
  lines: TraceLines,
  spare: PreparedMachine | undefined,
): Started | undefined {
  try {
    const bootEnded = startLog(given, port, lines);
    const restored = given.restore && readSystem(given.restore, given);
    // It is in the machine soon, or was never used; nobody asks for it again.
    given.restore = undefined;
    const machine = machineFor(restored?.options ?? given, port, spare);
    const { board, repetition, faults } = machine;
    const { options } = repetition;
    const before = restored?.into(board, port);
    const devices = restored?.devices ?? [];
    if (before) limitRestored(before.kernel, options);
    const kernel = before?.kernel ?? createKernel(board, options);
    machine.kernel = kernel;
    if (faults) {
      startFaults(faults, kernel, port);
      faults.isArmed = options.hasConsole || before !== undefined;
    }
    const watch = startWatch(options, port, board, kernel, () => machine.host?.pump());
    machine.watch = watch;
    if (before?.hash !== undefined) watch.witness?.hash.restore(before.hash);
    if (before?.gate) repetition.gate.state = before.gate;
    if (watch.witness) repetition.attach(watch.witness);
    const state = before ?? bootState(kernel, options);
    bootEnded();
    const host = new Host({
      ...{ board, state, port, options, lines, watch, repetition, faults, devices },
    });
    machine.host = host;
    return { host, kernel, board, repetition, watch };
  } catch (error) {
    if (error instanceof KernelPanic) port.post({ type: 'panic', report: error.report });
    else
      port.post({
        type: 'bootFailure',
        message: error instanceof Error ? error.message : String(error),
      });
    return undefined;
  }
}

function machineFor(
  options: MachineOptions,
  port: HostPort,
  spare: PreparedMachine | undefined,
): PreparedMachine {
  if (spare?.isOf(options)) return spare;
  spare?.board.close();
  return new PreparedMachine(options, port);
}

/** Returns when the machine is off; the outcome was posted. `spare`: one that may do. */
export function runMachine(options: MachineOptions, port: HostPort, spare?: PreparedMachine): void {
  const lines = new TraceLines(port);
  const started = start(options, port, lines, spare);
  if (!started) return;
  const { host, kernel, board, repetition, watch } = started;
  const isDeterministic = watch.witness !== undefined;
  port.post({ type: 'booted', programs: host.running });
  try {
    const { status } = kernel.run(() => host.serve(), isDeterministic);
    host.serve();
    repetition.recording?.end();
    if (!repetition.replaying) kernel.vfs.mounts.unmountAll();
    lines.flush();
    port.post({ type: 'halted', status, ...replayed(started) });
  } catch (error) {
    if (!(error instanceof KernelPanic)) throw error;
    repetition.recording?.end();
    lines.flush();
    if (error.cause instanceof ReplayEnd)
      port.post({ type: 'halted', status: 0, ...replayed(started) });
    else port.post({ type: 'panic', report: error.report });
  } finally {
    board.close();
  }
}

/** What became of a recording that was replayed. */
function replayed({ repetition, watch }: Started): { repetition?: RepetitionResult } {
  const { replaying } = repetition;
  const { witness } = watch;
  if (!replaying || !witness) return {};
  const sought = watch.sought();
  const difference = sought.stop ? undefined : replaying.outcome();
  return { repetition: { traceHash: witness.hash.digest, difference, ...sought } };
}
