/** The package as users get it: packed, and installed in an empty folder without a network. */
import { spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readdirSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { delimiter, dirname, join, resolve } from 'node:path';

const CHECKOUT = resolve(import.meta.dirname, '../..');

/** Node of the tests, or another one: HARTIX_NODE=/path/of/node. */
export const NODE = process.env['HARTIX_NODE'] ?? process.execPath;

export interface Result {
  readonly status: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

/** A folder with the installed package; nothing of the checkout, of its npm run, or of the user's npm is in its environment. */
export class Installed {
  readonly folder = mkdtempSync(join(tmpdir(), 'hartix-package-'));
  readonly project = join(this.folder, 'project');
  readonly tarballBytes: number;

  constructor() {
    mkdirSync(this.project);
    const packed = this.spawn('npm', ['pack', CHECKOUT, '--ignore-scripts'], this.folder);
    const tarball = readdirSync(this.folder).find((name) => name.endsWith('.tgz'));
    if (packed.status !== 0 || tarball === undefined) throw new Error(packed.stderr);
    this.tarballBytes = statSync(join(this.folder, tarball)).size;
    writeFileSync(join(this.project, 'package.json'), '{"private":true,"type":"module"}\n');
    // The cache is empty and npm is offline: what the package needed besides itself could not come from anywhere.
    const installed = this.run('npm', 'install', '--offline', `../${tarball}`);
    if (installed.status !== 0) throw new Error(installed.stderr);
  }

  /** In the project's folder. */
  run(command: string, ...args: string[]): Result {
    return this.spawn(command, args, this.project);
  }

  private spawn(command: string, args: readonly string[], cwd: string): Result {
    const env = Object.fromEntries(
      Object.entries(process.env).filter(([name]) => !/^(npm_|NODE_|VITEST|INIT_CWD)/i.test(name)),
    );
    const path = (env['PATH'] ?? '').split(delimiter).filter((entry) => !entry.includes('.bin'));
    const result = spawnSync(command, args, {
      cwd,
      encoding: 'utf8',
      timeout: 240_000,
      env: {
        ...env,
        PATH: [dirname(NODE), ...path].join(delimiter),
        HOME: this.folder,
        npm_config_cache: join(this.folder, 'cache'),
        npm_config_audit: 'false',
        npm_config_fund: 'false',
        npm_config_update_notifier: 'false',
      },
    });
    if (result.error) throw result.error;
    return { status: result.status, stdout: result.stdout, stderr: result.stderr };
  }
}
