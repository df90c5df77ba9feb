/** Compiles test programs by zig, once: results are kept in a folder of build/, keyed by source, target and flags. */
import { spawn } from 'node:child_process';
import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';

export interface ProgramSource {
  readonly file: string;
  readonly flags: readonly string[];
}

function compile(
  source: ProgramSource,
  target: string,
  output: string,
): Promise<string | undefined> {
  const args = [
    'cc',
    '-target',
    target,
    '-static',
    '-pthread',
    ...source.flags,
    '-w',
    source.file,
    '-o',
    output,
    '-lm',
  ];
  return new Promise((resolve, reject) => {
    const child = spawn('zig', args, { stdio: ['ignore', 'ignore', 'pipe'] });
    let errors = '';
    child.stderr.on('data', (chunk: Uint8Array) => (errors += String(chunk)));
    child.on('error', reject);
    child.on('close', (status) => resolve(status === 0 ? undefined : errors));
  });
}

/** Paths of the executables, in order; throws with the compiler's text if one does not compile. */
export async function buildPrograms(
  sources: readonly ProgramSource[],
  folder: string,
  target = 'riscv64-linux-musl',
): Promise<string[]> {
  mkdirSync(folder, { recursive: true });
  const outputs = sources.map((source) => {
    const key = createHash('sha256')
      .update(readFileSync(source.file))
      .update(`${target} ${source.flags.join(' ')}`);
    return join(folder, key.digest('hex').slice(0, 16));
  });
  const queue = sources
    .map((source, index) => ({ source, output: outputs[index] ?? '' }))
    .filter(({ output }) => !existsSync(output));
  const worker = async () => {
    for (let job = queue.shift(); job; job = queue.shift()) {
      const errors = await compile(job.source, target, job.output);
      if (errors !== undefined) throw new Error(`${job.source.file} does not compile:\n${errors}`);
    }
  };
  await Promise.all([worker(), worker()]);
  return outputs;
}
