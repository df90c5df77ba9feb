/** Boots the kernel on the machine and serves the host's requests between its events, until power off. */
import { failures } from '../abi/errno.ts';
import { KernelPanic } from '../kernel/kernel-panic.ts';
import { log } from '../lib/log.ts';
import { execChannel } from '../machine/debug/trace.ts';
import type { MachineOptions } from '../protocol.ts';
import { bootState, createKernel, limitRestored } from './boot-state.ts';
import { startFaults } from './faults.ts';
import { Host } from './host.ts';
import type { HostPort } from './host-port.ts';
import { MachineRun, type Started } from './machine-run.ts';
import { PreparedMachine } from './prepared-machine.ts';
import { readSystem } from './snapshot.ts';
import { TraceLines } from './trace-lines.ts';
import type { Turns } from './turns.ts';
import { startWatch } from './watch.ts';

const KERNEL_LOG = 'dmesg';

/**
 * Log lines go to the main thread; while the console machine boots, those of the kernel log go to its screen as well. Returns
 * what ends that. Throws for a channel that does not exist.
 */
function startLog(options: MachineOptions, port: HostPort, lines: TraceLines): () => void {
  let isOnScreen = options.hasConsole && options.restore === undefined;
  const wanted = new Set(options.trace);
  log.setSink((channel, text) => {
    if (wanted.has(channel)) lines.write(channel, text);
    if (isOnScreen && channel === KERNEL_LOG) {
      port.print(new TextEncoder().encode(`${text}\r\n`));
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

/** Anything that keeps the machine from starting is one line for the user. */
function start(
  given: MachineOptions,
  port: HostPort,
  spare: Spare | undefined,
  turns: Turns | undefined,
): Started | undefined {
  const lines = new TraceLines(port);
  const sharesThread = turns !== undefined;
  try {
    const bootEnded = startLog(given, port, lines);
    const restored = given.restore && readSystem(given.restore, given);
    // It is in the machine soon, or was never used; nobody asks for it again.
    given.restore = undefined;
    const machine = machineFor(restored?.options ?? given, port, spare?.machine, turns);
    const { board, repetition, faults } = machine;
    const { options } = repetition;
    const before = restored?.into(board, port, spare?.isFilled ?? false);
    if (restored && restored.screen.length > 0) port.print(restored.screen);
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
      ...{ board, state, port, options, lines, watch, repetition, faults, devices, sharesThread },
    });
    machine.host = host;
    return { host, kernel, board, repetition, watch, port, lines, options: machine.options, turns };
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
  turns: Turns | undefined,
): PreparedMachine {
  if (spare?.isOf(options)) return spare;
  spare?.board.close();
  return new PreparedMachine(options, port, turns);
}

/** A machine that may do. */
export interface Spare {
  readonly machine: PreparedMachine;
  /** It does, and is as the snapshot's but for what is in its kernel. */
  readonly isFilled: boolean;
}

/** A machine that runs; undefined when it could not start, which was posted. */
export function startMachine(
  options: MachineOptions,
  port: HostPort,
  spare?: Spare,
  turns?: Turns,
): MachineRun | undefined {
  const started = start(options, port, spare, turns);
  return started && new MachineRun(started);
}

/** Returns when the machine is off; the outcome was posted. */
export function runMachine(options: MachineOptions, port: HostPort, spare?: Spare): void {
  startMachine(options, port, spare)?.turn();
}
