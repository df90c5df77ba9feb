/** What looks into the machine, where that is wanted: debugger, profiler, traces, and the witness of a run that repeats. */
import type { Kernel } from '../kernel/kernel.ts';
import type { Machine } from '../machine/machine.ts';
import type { Runner } from '../platform/runner.ts';
import type { MachineOptions, RepetitionResult, ScheduleOption, SeekStop } from '../protocol.ts';
import { AccessSamples } from './access-samples.ts';
import { type Board, EXEC_CHANNEL } from './board.ts';
import { ExecTracer } from './exec-tracer.ts';
import type { HostPort } from './host-port.ts';
import { Profiler } from './profiler.ts';
import { ProgramDebugger } from './program-debugger.ts';
import type { ProgramObserver } from './programs.ts';
import { Seeker } from './repeat/seeker.ts';
import { Witness } from './repeat/witness.ts';
import { ScheduleExplorer } from './schedule-explorer.ts';
import { SliceTimes } from './slice-times.ts';

/** What looks into the machine: nothing, as a rule. */
export interface Watch {
  readonly debug: ProgramDebugger | undefined;
  readonly profiler: Profiler | undefined;
  readonly observers: readonly ProgramObserver[];
  /** Of a run that can be repeated. */
  readonly witness: Witness | undefined;
  readonly explorer: ScheduleExplorer | undefined;
  /** What was looked for in a recorded run. */
  readonly sought: () => Pick<RepetitionResult, 'found' | 'stop'>;
  /** Who runs the engine; undefined where that must stay as it is. */
  readonly runner: Runner | undefined;
}

/** Puts the debugger and the trace of instructions, where they are wanted, before the engine. */
export function startWatch(
  options: MachineOptions,
  port: HostPort,
  { machine, platform }: Board,
  kernel: Kernel,
  pump: () => void,
): Watch {
  const tracer = options.trace.includes(EXEC_CHANNEL) ? new ExecTracer(machine, kernel) : undefined;
  const engine = tracer ?? machine.engine;
  const witness =
    options.deterministicSeed === undefined ? undefined : new Witness(machine, kernel);
  kernel.observer = witness;
  const debug = options.isDebugged
    ? new ProgramDebugger({
        machine,
        kernel,
        port,
        engine,
        awaitsProgram: !options.hasConsole,
        pump,
        ...(witness && {
          exact: {
            witness,
            rewind: options.rewind,
            isRecorded: options.replayFile !== undefined,
          },
        }),
      })
    : undefined;
  const profiler = options.isProfiled ? new Profiler(machine, kernel) : undefined;
  const times = options.isMeasured
    ? new SliceTimes(machine.engine, () => machine.retired(), new AccessSamples(machine, kernel))
    : undefined;
  const explorer = options.schedule && createExplorer(options.schedule, port, machine, kernel);
  let stop: SeekStop | undefined;
  const seeker =
    options.seek &&
    witness &&
    new Seeker({ machine, kernel, witness }, options.seek, (reached) => {
      stop = reached;
    });
  if (seeker && witness) witness.onTrap = (trap) => seeker.trapped(trap);
  const runner = debug ?? tracer ?? seeker ?? explorer ?? profiler ?? times;
  if (runner) platform.watch(runner);
  return {
    debug,
    profiler,
    witness,
    explorer,
    sought: () => (seeker ? { found: seeker.found, stop } : {}),
    runner:
      (debug ?? tracer ?? seeker ?? explorer) ? undefined : (profiler ?? times ?? machine.engine),
    observers: [tracer, debug, explorer].filter((observer) => observer !== undefined),
  };
}

/** Programs that do not go on end the machine. */
function createExplorer(
  schedule: ScheduleOption,
  port: HostPort,
  machine: Machine,
  kernel: Kernel,
): ScheduleExplorer {
  return new ScheduleExplorer(machine, kernel, schedule, (stuck) => {
    port.post({ type: 'stuck', stuck });
    kernel.poweredOff = { kind: 'off', status: 0 };
  });
}
