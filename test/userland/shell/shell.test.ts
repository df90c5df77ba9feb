/** The shell of the userland against recordings of dash and bash --posix: see README.md. */
import path from 'node:path';
import { beforeAll, describe, expect, it } from 'vitest';
import { buildNativeCommands } from '../../../tools/userland.ts';
import { onlyStatusDiffers, READINGS, readingOf } from './readings.ts';
import {
  askOracle,
  isInstalled,
  ORACLES,
  type Recording,
  readRecording,
  recordedOutcome,
} from './recordings.ts';
import { type Outcome, runScripts } from './run.ts';
import { snippetAreas } from './table.ts';

const LEAST_SNIPPETS = 2000;
const areas = snippetAreas();
let ours: readonly string[] = [];
let searchPath = '';

/** The value of a non-zero exit status is open (2.8.1): only zero or not is compared. */
function comparable(outcome: Outcome): string {
  const blank = outcome.indexOf(' ');
  return `${outcome.slice(0, blank) === '0' ? 'success' : 'failure'}${outcome.slice(blank)}`;
}

/** Whether our shell may do that: as dash and bash agree, else as the reading says. */
function isAccepted(area: string, script: string, recording: Recording, did: Outcome): boolean {
  const dash = comparable(recordedOutcome(recording, script, 'dash') ?? '');
  const bash = comparable(recordedOutcome(recording, script, 'bash') ?? '');
  const ours = comparable(did);
  if (dash === bash) return ours === dash;
  if (onlyStatusDiffers(dash, bash)) return onlyStatusDiffers(ours, dash);
  const reading = readingOf(area, script)?.reading;
  if (reading === undefined) throw new Error(`dash and bash differ without a reading: ${script}`);
  const readings = { dash: [dash], bash: [bash], either: [dash, bash] }[reading];
  return readings.some((one) => onlyStatusDiffers(ours, one));
}

describe.skipIf(process.platform !== 'linux')('shell', () => {
  beforeAll(async () => {
    const bin = await buildNativeCommands();
    ours = [path.join(bin, 'sh')];
    searchPath = '/usr/local/bin:/usr/bin:/bin';
  }, 600_000);

  it('has enough snippets, and a reading for nothing else', () => {
    const all = [...areas].flatMap(([area, scripts]) =>
      scripts.map((script) => ({ area, script })),
    );
    expect(all.length).toBeGreaterThanOrEqual(LEAST_SNIPPETS);
    const used = new Set(all.map(({ area, script }) => readingOf(area, script)));
    expect(READINGS.filter((rule) => !used.has(rule))).toEqual([]);
  });

  for (const [area, scripts] of areas) {
    it(`${area}: ${scripts.length} snippets as dash and bash`, { timeout: 300_000 }, () => {
      const recording = readRecording(area);
      const outcomes = runScripts(ours, searchPath, scripts);
      const wrong = scripts.flatMap((script, index) => {
        const did = outcomes[index] ?? '';
        const recorded = recording.outcomes[script];
        return isAccepted(area, script, recording, did) ? [] : [{ script, did, recorded }];
      });
      expect(wrong).toEqual([]);
    });
  }

  for (const oracle of ORACLES.filter(({ name }) => name !== 'busybox')) {
    if (!isInstalled(oracle))
      console.warn(`shell: no Debian ${oracle.name} here, its recording is not checked`);
    it.skipIf(!isInstalled(oracle))(
      `${oracle.name} does what its recording says`,
      { timeout: 300_000 },
      () => {
        const rows = [...areas].flatMap(([area, scripts]) =>
          scripts.map((script) => ({ area, script })),
        );
        const recordings = new Map([...areas.keys()].map((area) => [area, readRecording(area)]));
        const today = askOracle(
          oracle,
          rows.map(({ script }) => script),
        );
        const changed = rows.flatMap(({ area, script }, index) => {
          const recording = recordings.get(area);
          const recorded = recording && recordedOutcome(recording, script, oracle.name);
          return recorded === today[index] ? [] : [{ script, recorded, today: today[index] }];
        });
        const by = recordings.get('lists')?.shells[oracle.name];
        expect(changed, `recorded by ${by}, today ${oracle.version()}`).toEqual([]);
      },
    );
  }
});
