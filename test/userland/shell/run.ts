/** Runs many scripts with one shell: a driver of one line of sh, so that a script costs one process. */
import { spawnSync } from 'node:child_process';
import fs from 'node:fs';
import os from 'node:os';
import path from 'node:path';

const TIMEOUT_MS = 120_000;
const MOST_SECONDS = 10; // of processor time, for one script
const MOST_OUTPUT = 4000;

/** What a script did: "status stdout", the form in which recordings keep it. */
export type Outcome = string;

/** `shell` and `searchPath` (a PATH that begins with this shell's `sh`) run each script in a folder of its own. */
export function runScripts(
  shell: readonly string[],
  searchPath: string,
  scripts: readonly string[],
): Outcome[] {
  const root = fs.mkdtempSync(path.join(os.tmpdir(), 'hartix-snippets-'));
  try {
    scripts.forEach((script, index) => {
      fs.mkdirSync(path.join(root, `${index}`));
      fs.writeFileSync(path.join(root, `${index}.sh`), `${script}\n`);
    });
    runDriver(shell, searchPath, root, scripts.length);
    return scripts.map((_, index) => outcome(root, index));
  } finally {
    fs.rmSync(root, { recursive: true, force: true });
  }
}

function runDriver(shell: readonly string[], searchPath: string, root: string, count: number) {
  const command = shell.map((word) => `'${word}'`).join(' ');
  const driver = `ulimit -t ${MOST_SECONDS}; i=0; while [ $i -lt ${count} ]; do cd ${root}/$i
${command} ../$i.sh >../$i.out 2>/dev/null </dev/null
echo $? >../$i.status; i=$((i + 1)); done 2>/dev/null`;
  const env = { PATH: searchPath, HOME: root, LC_ALL: 'C.UTF-8', TZ: 'UTC', TERM: 'dumb' };
  const result = spawnSync('/bin/sh', ['-c', driver], {
    env,
    timeout: TIMEOUT_MS,
    killSignal: 'SIGKILL',
    stdio: 'ignore',
    cwd: root,
  });
  if (result.error !== undefined) throw new Error(`${command}: ${result.error.message}`);
}

function outcome(root: string, index: number): Outcome {
  const status = readText(path.join(root, `${index}.status`)).trim();
  const output = readText(path.join(root, `${index}.out`)).slice(0, MOST_OUTPUT);
  return `${status} ${output.replaceAll(`${root}/${index}`, '/cwd').replaceAll(root, '/root')}`;
}

function readText(file: string): string {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : '';
}
