/** `npm run check`: format, lint, types, layering, dead code; all of them run, so that one call shows every finding. */
import { spawnSync } from 'node:child_process';

/** Name, command, arguments. oxlint is given paths: over the whole folder its type-aware engine panics. */
const CHECKS: readonly (readonly [string, ...string[]])[] = [
  ['format and lint', 'biome', 'check', '--error-on-warnings', '.'],
  ['types', 'tsc', '--noEmit', '-p', '.'],
  ['promises', 'oxlint', '--type-aware', 'src', 'tools', 'test'],
  ['layering', process.execPath, '--import', 'tsx', 'tools/layering.ts'],
  ['saved classes', process.execPath, '--import', 'tsx', 'tools/saved-classes.ts'],
  ['dead code', 'knip'],
];

let failed = 0;
for (const [name, command = '', ...args] of CHECKS) {
  const start = performance.now();
  const result = spawnSync(command, args, { stdio: 'inherit' });
  const isGood = result.status === 0;
  if (!isGood) failed++;
  process.stdout.write(
    `${isGood ? 'ok  ' : 'FAIL'} ${name} (${((performance.now() - start) / 1000).toFixed(1)} s)\n`,
  );
}
process.exitCode = failed === 0 ? 0 : 1;
