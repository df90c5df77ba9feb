/** What a failure is told with: the seed of its machine, and the command that runs this one test with it again. */
import { relative } from 'node:path';
import type { TestContext } from 'vitest';

type Task = TestContext['task'];

/** For a shell. */
function quoted(word: string): string {
  return /^[\w./=-]+$/.test(word) ? word : `'${word.replaceAll("'", "'\\''")}'`;
}

function repeatCommand(task: Task, seed: number | undefined): string {
  const file = relative(process.cwd(), task.file.filepath);
  const name = `^${task.fullTestName.replaceAll(/[.*+?^${}()|[\]\\]/g, '\\$&')}$`;
  const variable = seed === undefined ? '' : `HARTIX_SEED=${seed} `;
  return `${variable}npx vitest run ${quoted(file)} -t ${quoted(name)}`;
}

/** `error` with these words at the end of its message. */
export function explainFailure(error: unknown, task: Task, seed: number | undefined): Error {
  const failure = error instanceof Error ? error : new Error(String(error), { cause: error });
  const machine = seed === undefined ? 'the machine had no seed' : `seed of the machine: ${seed}`;
  failure.message = `${failure.message}\n\n${machine}; again: ${repeatCommand(task, seed)}`;
  return failure;
}
