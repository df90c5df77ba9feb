/** `hartix jit`: run a program, then show the translated regions that it spent most of its time in. */
import { writeFileSync } from 'node:fs';
import { RegionText } from '../../api/region-text.ts';
import type { System } from '../../api/system.ts';
import { parseJitArguments } from '../arguments.ts';
import { bootUsage } from '../boot-usage.ts';
import { guestSymbols } from '../profile/guest-symbols.ts';
import { run } from '../run.ts';
import { UsageError } from '../usage-error.ts';
import { regionReport } from './region-report.ts';

const DEFAULT_TOP = 10;

async function report(system: System, most: number): Promise<string> {
  const [regions, profile] = [await system.regions(most), await system.profile()];
  const total = profile.samples.filter((index) => profile.stacks[index]?.kind === 'user').length;
  const symbols = await guestSymbols(profile.files, (path) => system.fs.readFile(path));
  const source = new RegionText();
  try {
    const reports: string[] = [];
    for (const region of regions) {
      const place = region.place ? symbols.place(region.place) : 'unknown';
      const text = await source.textOf(region.wasm, region.name);
      reports.push(regionReport(region, place, total, text));
    }
    return reports.join('\n') || 'no sample fell into translated code: the program is too short\n';
  } finally {
    await source.close();
  }
}

/** Returns the program's exit status. Throws UsageError, HartixError. */
export async function jit(argv: readonly string[]): Promise<number> {
  const args = parseJitArguments(argv);
  if (args.flags.has('help')) {
    process.stdout.write(bootUsage('jit'));
    return 0;
  }
  const top = Number(args.value('top') ?? DEFAULT_TOP);
  if (!Number.isInteger(top) || top < 1) {
    throw new UsageError(`--top ${args.value('top')}: write a number from 1`);
  }
  const output = args.value('output');
  const lookAt = async (system: System): Promise<void> => {
    const text = await report(system, top);
    if (output === undefined) {
      process.stdout.write(text);
      return;
    }
    try {
      writeFileSync(output, text);
    } catch (cause) {
      throw new UsageError(`--output: cannot write '${output}'`, { cause });
    }
  };
  return run(args, { lookAt });
}
