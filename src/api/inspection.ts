/** A look into the running kernel and machine, beyond what /proc tells: what the terminal's views are made from. */
import type {
  CallStream,
  HotRegion,
  HotRegions,
  LogLineItem,
  Pace,
  PageWalk,
  Stand,
  SwitchStream,
  ViewQuestion,
  ViewReply,
} from '../protocol.ts';
import { checkArgument, either, type Kind, oneOf, PID, whole } from './argument-checks.ts';
import type { Connection } from './connection.ts';
import { RegionText } from './region-text.ts';
import { signalNumber } from './signal-names.ts';

const PACE: Kind = {
  takes:
    "{ kind: 'run' }, { kind: 'pause' }, { kind: 'instruction' }, { kind: 'call' } or { kind: 'slow', perSecond }",
  fits: (value) =>
    ['run', 'pause', 'instruction', 'call', 'slow'].includes((value as Pace | null)?.kind ?? ''),
};
const DEFAULT_REGIONS = 20;

/** Nothing here costs the guest anything while it is not used. */
export class Inspection {
  private readonly connection: Connection;
  private text: RegionText | undefined;

  constructor(connection: Connection) {
    this.connection = connection;
    void connection.gone.then(() => this.close());
  }

  /** Send a signal, by name or number, to a process. Throws GuestFileError ESRCH, OptionError for an unknown name. */
  async signal(pid: number, signal: string | number): Promise<void> {
    checkArgument('signal', 'pid', pid, PID);
    await this.ask({ what: 'signal', pid, signal: signalNumber(signal) });
  }

  /** The entries that the MMU meets on its way to an address of a process. Throws GuestFileError ESRCH. */
  async walk(pid: number, address: number): Promise<PageWalk> {
    checkArgument('walk', 'pid', pid, PID);
    checkArgument('walk', 'address', address, whole(0));
    return this.ask({ what: 'walk', pid, address }) as Promise<PageWalk>;
  }

  /**
   * System calls since the last look, of a process and the children that it will have, or of all. The first look begins the
   * stream; 'none' ends it. The newest 16384 calls are kept between two looks.
   */
  async calls(of: 'all' | 'none' | number): Promise<CallStream> {
    checkArgument('calls', 'of', of, either(oneOf('all', 'none'), PID));
    return this.ask({ what: 'calls', of }) as Promise<CallStream>;
  }

  /** What the scheduler did since the last look, 8192 events at most. The first look begins the stream, `false` ends it. */
  switches(isOn: boolean): Promise<SwitchStream> {
    return this.ask({ what: 'switches', isOn }) as Promise<SwitchStream>;
  }

  /** Lines of the kernel's log from a sequence number on; it keeps the last 1024. */
  async log(from = 0): Promise<LogLineItem[]> {
    checkArgument('log', 'from', from, whole(0));
    return this.ask({ what: 'log', from }) as Promise<LogLineItem[]>;
  }

  /**
   * Translated code in which programs spend their time, the hottest first. The first look begins the sampling, `isOn` false ends it.
   * Code that was translated before the first look is translated once more.
   */
  async regions(isOn: boolean, most = DEFAULT_REGIONS): Promise<HotRegions> {
    checkArgument('regions', 'most', most, whole(0));
    return this.ask({ what: 'regions', isOn, most }) as Promise<HotRegions>;
  }

  /** The WebAssembly text of a region's function. The first call starts a thread. */
  wasmText({ wasm, name }: HotRegion): Promise<string> {
    this.text ??= new RegionText();
    return this.text.textOf(wasm, name);
  }

  /** Pause, step, slow down, go on. Throws OptionError where that is not possible: under a debugger, or steps of many harts. */
  async pace(pace: Pace): Promise<Stand> {
    checkArgument('pace', 'pace', pace, PACE);
    await this.ask({ what: 'pace', pace });
    // The answer to a step comes before the step.
    return this.stand();
  }

  /** Task, registers and code of hart 0. */
  stand(): Promise<Stand> {
    return this.ask({ what: 'stand' }) as Promise<Stand>;
  }

  private ask(question: ViewQuestion): Promise<ViewReply> {
    const { reply } = this.connection.request(
      (id) => ({ type: 'view', id, question }),
      question.what,
      'pid' in question ? String(question.pid) : '',
    );
    return reply as Promise<ViewReply>;
  }

  private close(): void {
    void this.text?.close();
    this.text = undefined;
  }
}
