/** Answers what the views of the terminal ask (protocol/views.ts). What costs something runs only while it is asked for. */
import { EINVAL, ESRCH, fail } from '../../abi/errno.ts';
import { SI_USER } from '../../abi/signal.ts';
import { INTEGER_REGISTER_NAMES } from '../../isa/registers.ts';
import type { Kernel } from '../../kernel/kernel.ts';
import type { Process } from '../../kernel/process.ts';
import { sendToProcess } from '../../kernel/signal.ts';
import { SwitchRecorder } from '../../kernel/switch-recorder.ts';
import { toUnicode } from '../../lib/bytes.ts';
import { Inspector } from '../../machine/debug/inspect.ts';
import type { Hart } from '../../machine/hart.ts';
import { HART } from '../../machine/hart-layout.ts';
import type { Machine } from '../../machine/machine.ts';
import type {
  CodeLine,
  HotRegions,
  LogLineItem,
  PageWalk,
  Stand,
  SwitchStream,
  ViewQuestion,
  ViewReply,
} from '../../protocol.ts';
import { CallStream } from './call-stream.ts';
import { codeLines } from './code-lines.ts';
import { HotCode } from './hot-code.ts';
import { Pace, type PaceParts } from './pace.ts';
import { walkPageTables } from './page-walk.ts';

const MAX_SIGNAL = 64;
const LEVELS = 3;
const CODE_LINES = 16;
const TRAIL_LINES = 16;

export interface ViewParts extends Omit<PaceParts, 'stepping'> {
  /** Translations keep the bytes of their modules from now on. */
  readonly keepCode: () => void;
}

export class ViewRequests {
  readonly pace: Pace;
  private readonly machine: Machine;
  private readonly kernel: Kernel;
  private readonly keepCode: () => void;
  private readonly calls: CallStream;
  private readonly hot: HotCode;
  private readonly inspector: Inspector;
  private isCodeKept = false;
  private trail: CodeLine[] = [];

  constructor(parts: ViewParts) {
    this.machine = parts.machine;
    this.kernel = parts.kernel;
    this.keepCode = parts.keepCode;
    this.pace = new Pace({ ...parts, stepping: (pc) => this.stepping(pc) });
    this.calls = new CallStream(parts.kernel);
    this.hot = new HotCode(parts.machine, parts.kernel);
    this.inspector = new Inspector(parts.machine.memory, parts.machine.bus);
  }

  /** A slice is over. */
  sliceEnded(): void {
    if (this.hot.isOn) this.hot.look();
  }

  /** Throws KernelError, RequestError. */
  answer(question: ViewQuestion): ViewReply {
    switch (question.what) {
      case 'signal':
        return this.signal(question.pid, question.signal);
      case 'walk':
        return this.walk(question.pid, question.address);
      case 'calls':
        return this.calls.take(question.of);
      case 'switches':
        return this.switches(question.isOn);
      case 'log':
        return this.log(question.from);
      case 'regions':
        return this.regions(question.isOn, question.most);
      case 'pace':
        if (question.pace.kind === 'run') this.trail = [];
        this.pace.set(question.pace);
        return this.stand();
      case 'stand':
        return this.stand();
    }
  }

  private process(pid: number): Process {
    const process = this.kernel.pids.process(pid);
    if (!process) throw fail(ESRCH, 'no such process');
    return process;
  }

  private signal(pid: number, signal: number): undefined {
    if (!Number.isInteger(signal) || signal < 1 || signal > MAX_SIGNAL)
      throw fail(EINVAL, 'no such signal');
    sendToProcess(this.process(pid), signal, { code: SI_USER });
    return undefined;
  }

  private walk(pid: number, address: number): PageWalk {
    const space = this.process(pid).addressSpace;
    if (!space) throw fail(ESRCH, 'it has no memory');
    if (!Number.isSafeInteger(address) || address < 0) throw fail(EINVAL, 'no address');
    const { u32, base, size } = this.machine.memory;
    const read = (physical: number): number | undefined =>
      physical >= base && physical < base + size ? u32[(physical - base) >>> 2] : undefined;
    const { root, asid } = space.pageTable;
    return { address, root, asid, steps: walkPageTables(root, LEVELS, address, read) };
  }

  private switches(isOn: boolean): SwitchStream {
    const { scheduler, clock } = this.kernel;
    const recorder = scheduler.recorder ?? new SwitchRecorder();
    if (isOn && !scheduler.recorder) {
      // Who runs at the beginning.
      const nowNs = clock.monotonicNs();
      scheduler.running.forEach((task, hart) => {
        recorder.runs(task, hart, nowNs);
      });
    }
    scheduler.recorder = isOn ? recorder : undefined;
    return { nowNs: clock.monotonicNs(), ...recorder.take() };
  }

  private log(from: number): LogLineItem[] {
    const lines = this.kernel.log.lines().filter(({ sequence }) => sequence >= from);
    return lines.map(({ sequence, timeNs, level, text }) => ({ sequence, timeNs, level, text }));
  }

  private regions(isOn: boolean, most: number): HotRegions {
    if (isOn && !this.isCodeKept) {
      this.isCodeKept = true;
      this.keepCode();
    }
    this.hot.isOn = isOn;
    return this.hot.regions(most);
  }

  private get hart(): Hart {
    return this.machine.harts[0] as Hart;
  }

  private codeAt(pc: number, most: number): CodeLine[] {
    const bytes = this.inspector.readVirtual(this.hart, BigInt(pc), 4 * most);
    return codeLines(pc, bytes, most);
  }

  private stepping(pc: number): void {
    const [line] = this.codeAt(pc, 1);
    this.trail.push(line ?? { address: pc, text: '' });
    if (this.trail.length > TRAIL_LINES) this.trail.shift();
  }

  private stand(): Stand {
    const { state } = this.hart;
    const task = this.kernel.scheduler.running[0];
    const pc = state.number(HART.PC);
    const hex = (word: number): string => word.toString(16).padStart(8, '0');
    return {
      pace: this.pace.current,
      task: task && { pid: task.process.pid, tid: task.tid, name: toUnicode(task.name) },
      retired: this.machine.retired(),
      pc,
      registers: INTEGER_REGISTER_NAMES.map((_, number) => {
        const at = HART.X + 8 * number;
        return hex(state.word(at + 4)) + hex(state.word(at));
      }),
      trail: [...this.trail],
      code: task ? this.codeAt(pc, CODE_LINES) : [],
      event: this.pace.event,
    };
  }
}
