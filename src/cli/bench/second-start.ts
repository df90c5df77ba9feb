/** How long after its start a program runs as fast as it ever will: what the saved translations are for. */
import type { BootOptions } from '../../api/options.ts';
import { boot } from '../../api/system.ts';
import { median, parseRates } from './rates.ts';

/** By turns, each for so long. */
const WORKLOADS = ['records', 'core', 'interp'];
const MILLISECONDS = 20;
const TURNS = 40;
const FINAL_TURNS = 5;
const SHARE = 0.9;

interface Turn {
  /** Since the start of the first. */
  readonly seconds: number;
  readonly name: string;
  readonly mips: number;
}

/** Of lines, as they came: until every workload has run at SHARE of its final MIPS, the median of its last turns. */
export function timeToSpeed(turns: readonly Turn[]): number {
  const times = [...new Set(turns.map(({ name }) => name))].map((name) => {
    const own = turns.filter((turn) => turn.name === name);
    const final = median(own.slice(-FINAL_TURNS).map(({ mips }) => mips));
    return own.find(({ mips }) => mips >= final * SHARE)?.seconds ?? Number.NaN;
  });
  return Math.max(...times);
}

/** Of the workloads' program at this path of the guest. */
export async function secondsToSpeed(program: string, options: BootOptions): Promise<number> {
  const system = await boot({ ...options, env: { HARTIX_INSTRET: '1' } });
  try {
    const turn = WORKLOADS.map((name) => `${program} ${MILLISECONDS} ${name}`).join('; ');
    const loop = `i=0; while [ $i -lt ${TURNS} ]; do ${turn}; i=$((i+1)); done`;
    const start = performance.now();
    const { stdout } = system.spawn('sh', ['-c', loop]);
    const turns: Turn[] = [];
    let rest = '';
    for await (const chunk of stdout) {
      rest += String(chunk);
      const end = rest.lastIndexOf('\n') + 1;
      const seconds = (performance.now() - start) / 1000;
      for (const { name, instructions = 0, seconds: taken = 0 } of parseRates(rest.slice(0, end)))
        turns.push({ seconds, name, mips: instructions / taken / 1e6 });
      rest = rest.slice(end);
    }
    return timeToSpeed(turns);
  } finally {
    await system.close();
  }
}
