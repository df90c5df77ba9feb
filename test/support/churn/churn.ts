/** A shell that starts different programs again and again, some of them new in each round: what a translator must bear for hours. */
import { type BootOptions, boot, type System } from '../../../src/index.ts';
import { type WorkerProgram, workerPrograms } from './worker-programs.ts';

/** Programs that there are at a time, and how many of them are replaced before each round. */
const PROGRAMS = 64;
const REPLACED = 6;
/** Of the guest. */
const FOLDER = '/tmp/programs';

export interface Round {
  /** Programs started so far. */
  readonly starts: number;
  /** Of this process, bytes. */
  readonly rss: number;
  /** /proc/jit. */
  readonly jit: Readonly<Record<string, number>>;
}

/** Counters of `name: value` lines. */
export function counters(text: string): Record<string, number> {
  return Object.fromEntries(
    [...text.matchAll(/^(\w+):\s+(\d+)$/gm)].map(([, name = '', value]) => [name, Number(value)]),
  );
}

export class Churn {
  private readonly system: System;
  private readonly program: (number: number) => WorkerProgram;
  private readonly expected: string[] = [];
  private made = 0;
  private starts = 0;

  private constructor(system: System, program: Churn['program']) {
    this.system = system;
    this.program = program;
  }

  /** In a machine with these options. Close it. */
  static async start(options: BootOptions): Promise<Churn> {
    const program = await workerPrograms();
    const system = await boot(options);
    await system.fs.mkdir(FOLDER);
    return new Churn(system, program);
  }

  /** Start each program once. Throws where one prints something else than it must. */
  async round(): Promise<Round> {
    const isFirst = this.made === 0;
    for (let count = isFirst ? PROGRAMS : REPLACED; count > 0; count--) await this.replace();
    const loop = `for program in ${FOLDER}/*; do $program; done`;
    const { stdout, stderr } = await this.system.exec(loop);
    const wanted = `${this.expected.join('\n')}\n`;
    if (stdout !== wanted) throw new Error(`programs printed ${stdout}${stderr}, not ${wanted}`);
    this.starts += PROGRAMS;
    const jit = counters(await this.system.fs.readFile('/proc/jit', 'utf8'));
    return { starts: this.starts, rss: process.memoryUsage.rss(), jit };
  }

  /** A new program in the place of the oldest. */
  private async replace(): Promise<void> {
    const place = this.made % PROGRAMS;
    const { bytes, output } = this.program(this.made++);
    const path = `${FOLDER}/${String(place).padStart(2, '0')}`;
    await this.system.fs.rm(path, { force: true });
    await this.system.fs.writeFile(path, bytes, { mode: 0o755 });
    this.expected[place] = output;
  }

  close(): Promise<void> {
    return this.system.close();
  }
}
