/** The recordings of other shells: what each snippet printed, and by which version. Written by `record.ts`. */
import { execFileSync } from 'node:child_process';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Outcome, runScripts } from './run.ts';

const FOLDER = fileURLToPath(new URL('recordings', import.meta.url));
const HOST_PATH = '/usr/local/bin:/usr/bin:/bin';

export type OracleName = 'dash' | 'bash' | 'busybox';

interface Oracle {
  readonly name: OracleName;
  readonly command: readonly string[];
  readonly version: () => string;
}

const packageVersion = (name: string) =>
  execFileSync('dpkg-query', ['-W', '-f', `${name} \${Version}`, name], { encoding: 'utf8' });

export const ORACLES: readonly Oracle[] = [
  { name: 'dash', command: ['/bin/dash'], version: () => packageVersion('dash') },
  { name: 'bash', command: ['/bin/bash', '--posix'], version: () => packageVersion('bash') },
  { name: 'busybox', command: ['/bin/busybox', 'ash'], version: () => packageVersion('busybox') },
];

/** Of one area: by script, what all shells did, or each. */
export interface Recording {
  readonly shells: Readonly<Partial<Record<OracleName, string>>>;
  readonly outcomes: Readonly<
    Record<string, Outcome | Readonly<Partial<Record<OracleName, Outcome>>>>
  >;
}

export function isInstalled(oracle: Oracle): boolean {
  return fs.existsSync(oracle.command[0] ?? '') && fs.existsSync('/usr/bin/dpkg-query');
}

/** Runs the oracle on the scripts. Its `sh` in PATH is the host's. */
export function askOracle(oracle: Oracle, scripts: readonly string[]): Outcome[] {
  return runScripts(oracle.command, HOST_PATH, scripts);
}

export function readRecording(area: string): Recording {
  return JSON.parse(fs.readFileSync(path.join(FOLDER, `${area}.json`), 'utf8')) as Recording;
}

export function writeRecording(area: string, recording: Recording): void {
  fs.mkdirSync(FOLDER, { recursive: true });
  fs.writeFileSync(path.join(FOLDER, `${area}.json`), `${JSON.stringify(recording, null, 1)}\n`);
}

/** What `name` did, by the recording; undefined if it was not asked. */
export function recordedOutcome(
  recording: Recording,
  script: string,
  name: OracleName,
): Outcome | undefined {
  const entry = recording.outcomes[script];
  return typeof entry === 'string' ? entry : entry?.[name];
}
