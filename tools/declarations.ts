/** Writes dist/types: the declarations of the public API. */
import { spawnSync } from 'node:child_process';
import { globSync, readFileSync, rmSync, writeFileSync } from 'node:fs';

export function writeDeclarations(): void {
  rmSync('dist/types', { recursive: true, force: true });
  const result = spawnSync('tsc', ['-p', 'tsconfig.types.json'], { stdio: 'inherit' });
  if (result.status !== 0) throw new Error('the declarations do not compile');
  // The compiler leaves `.ts` in the specifiers of declarations; users resolve `.js` to `.d.ts`.
  for (const file of globSync('dist/types/**/*.d.ts')) {
    const text = readFileSync(file, 'utf8');
    writeFileSync(file, text.replaceAll(/(from ')(\.[^']+)\.tsx?(';)/g, '$1$2.js$3'));
  }
}
