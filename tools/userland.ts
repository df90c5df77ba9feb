/** Compiles the guest's commands, userland/, into two static multi-call binaries, one of them set-user-ID: see userland/README.md. */
import { spawnSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import fs from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { type Applet, appletTable, readApplet } from './userland/applets.ts';
import { withBuildLock } from './userland/build-lock.ts';
import { compileAll, findZig, type Unit } from './userland/compile.ts';
import { disassemblyTables } from './userland/disassembly.ts';

const ROOT = fileURLToPath(new URL('..', import.meta.url));
const SOURCE = path.join(ROOT, 'userland');
/** Folders of userland/ that are not programs. */
const NOT_PROGRAMS = new Set(['bin', 'lib', 'include', 'manual', 'test']);
/** The binaries, by their names in the output folder. */
const ORDINARY = 'hartix-tools';
const PRIVILEGED = 'hartix-privileged';
const NATIVE_TARGETS: Readonly<Record<string, string>> = {
  x64: 'x86_64-linux-musl',
  arm64: 'aarch64-linux-musl',
};

export interface Userland {
  /** Path of the multi-call binary of ordinary commands. */
  readonly binary: string;
  /** Names of all commands, sorted. */
  readonly names: readonly string[];
  /** True if something had to be compiled or linked. */
  readonly changed: boolean;
}

interface Program {
  readonly applets: readonly Applet[];
  readonly units: readonly Unit[];
}

export interface UserlandOptions {
  /** For this Linux host instead of the guest, so that tests can run it. */
  readonly native?: boolean;
  /** Leave out, with a message, the commands that do not compile. */
  readonly keepGoing?: boolean;
}

/** Builds the userland. Errors: a compiler message, or no compiler for this host, as an Error. */
export function buildUserland(options: UserlandOptions = {}): Promise<Userland> {
  const keepGoing = options.keepGoing ?? false;
  if (!options.native)
    return build('riscv64-linux-musl', path.join(ROOT, 'build/userland'), keepGoing);
  const target = process.platform === 'linux' ? NATIVE_TARGETS[process.arch] : undefined;
  if (target === undefined) throw new Error(`no native userland on ${process.platform}`);
  return build(target, path.join(ROOT, 'build/userland-native'), keepGoing);
}

/** The folder of the commands' native build, with a link for each name. */
export async function buildNativeCommands(): Promise<string> {
  const { binary } = await buildUserland({ native: true });
  return path.join(path.dirname(binary), 'bin');
}

/** What every command says of itself in its opening comment. */
export function readApplets(): Applet[] {
  return findPrograms('').flatMap((program) => program.applets);
}

function listSources(folder: string): string[] {
  return fs
    .readdirSync(folder)
    .filter((name) => name.endsWith('.c'))
    .sort()
    .map((name) => path.join(folder, name));
}

function findPrograms(output: string): Program[] {
  const programOf = (name: string, entry: string, sources: readonly string[]): Program => ({
    applets: readApplet(name, fs.readFileSync(entry, 'utf8')),
    units: sources.map((source) => unit(source, output, [`-Dmain=${mainOf(name)}`])),
  });
  const single = listSources(path.join(SOURCE, 'bin')).map((file) =>
    programOf(path.basename(file, '.c'), file, [file]),
  );
  const folders = fs
    .readdirSync(SOURCE, { withFileTypes: true })
    .filter((entry) => entry.isDirectory() && !NOT_PROGRAMS.has(entry.name))
    .map(({ name }) => ({ name, entry: path.join(SOURCE, name, `${name}.c`) }))
    .filter(({ entry }) => fs.existsSync(entry))
    .map(({ name, entry }) => programOf(name, entry, listSources(path.dirname(entry))));
  return [...single, ...folders];
}

function build(target: string, output: string, keepGoing: boolean): Promise<Userland> {
  return withBuildLock(output, () => buildAlone(target, output, keepGoing));
}

async function buildAlone(target: string, output: string, keepGoing: boolean): Promise<Userland> {
  fs.mkdirSync(path.join(output, 'obj'), { recursive: true });
  const all = findPrograms(output);
  if (all.length === 0) throw new Error(`no commands in ${SOURCE}/bin`);
  const tables = unit(path.join(output, 'disassembly.c'), output, [
    `-I${path.join(SOURCE, 'objdump')}`,
  ]);
  writeIfChanged(tables.source, disassemblyTables());
  const sources = listSources(path.join(SOURCE, 'lib')).map((source) => unit(source, output, []));
  const library = [...sources, tables];
  const compiler = { zig: findZig(ROOT), flags: compilerFlags(target), headers: hashHeaders() };
  const units = [...library, ...all.flatMap((program) => program.units)];
  const compiled = await compileAll(compiler, units);
  const messages = [...compiled.failures.values()];
  if (messages.length > 0 && !keepGoing) throw new Error(messages.join('\n'));
  for (const message of messages) process.stderr.write(message);

  const programs = all.filter(({ units }) => units.every((u) => !compiled.failures.has(u)));
  const shared = { output, target, compiler, library, keys: compiled.keys };
  const [ordinary, privileged] = await Promise.all(
    [false, true].map((isPrivileged) => {
      const own = programs.filter(({ applets }) => applets[0]?.isPrivileged === isPrivileged);
      const others = programs.filter((program) => !own.includes(program));
      return buildBinary(isPrivileged ? PRIVILEGED : ORDINARY, own, others, shared);
    }),
  );
  if (!ordinary || !privileged) throw new Error('a binary is missing');
  linkNames(output, { [ORDINARY]: ordinary.names, [PRIVILEGED]: privileged.names });
  const names = [...ordinary.names, ...privileged.names].sort();
  const changed = ordinary.changed || privileged.changed;
  return { binary: path.join(output, ORDINARY), names, changed };
}

interface Shared {
  readonly output: string;
  readonly target: string;
  readonly compiler: Parameters<typeof compileAll>[0];
  readonly library: readonly Unit[];
  readonly keys: readonly string[];
}

/** A multi-call binary, and `<name>.json`: under which names it is to be linked. */
async function buildBinary(
  name: string,
  programs: readonly Program[],
  otherPrograms: readonly Program[],
  { output, target, compiler, library, keys }: Shared,
): Promise<{ names: readonly string[]; changed: boolean }> {
  const applets = programs
    .flatMap((program) => program.applets)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const others = otherPrograms
    .flatMap((program) => program.applets)
    .sort((a, b) => (a.name < b.name ? -1 : 1));
  const table = unit(path.join(output, `${name}.c`), output, []);
  writeIfChanged(table.source, appletTable(applets, others));
  const compiledTable = await compileAll(compiler, [table]);
  const failure = compiledTable.failures.get(table);
  if (failure !== undefined) throw new Error(failure);

  const objects = [table, ...library, ...programs.flatMap((program) => program.units)];
  const key = [...compiledTable.keys, ...keys].join('\n');
  const binary = path.join(output, name);
  const changed = !fs.existsSync(binary) || readIfPresent(`${binary}.key`) !== key;
  if (changed) {
    link(compiler.zig, target, objects, binary);
    fs.writeFileSync(`${binary}.key`, key);
  }
  const names = applets.map((applet) => applet.name);
  writeIfChanged(path.join(output, `${name}.json`), `${JSON.stringify(names)}\n`);
  return { names, changed };
}

function compilerFlags(target: string): string[] {
  const folders = ['include', 'lib'].map((name) => `-I${path.join(SOURCE, name)}`);
  return ['-target', target, ...folders];
}

function mainOf(name: string): string {
  return `${name.replaceAll('-', '_')}_main`;
}

function unit(source: string, output: string, flags: readonly string[]): Unit {
  const name = path.relative(SOURCE, source).replaceAll(/[^\w.-]/g, '_');
  return { source, object: path.join(output, 'obj', `${name}.o`), flags };
}

function hashHeaders(): string {
  const hash = createHash('sha256');
  for (const entry of fs.readdirSync(SOURCE, { recursive: true, encoding: 'utf8' }).sort()) {
    if (entry.endsWith('.h')) hash.update(entry).update(fs.readFileSync(path.join(SOURCE, entry)));
  }
  return hash.digest('hex');
}

function link(zig: string, target: string, units: readonly Unit[], binary: string): void {
  const next = `${binary}.new`;
  const objects = units.map(({ object }) => object);
  // -O2 here is for libc's memcpy and the like: zig builds it as this asks, and -Os gives loops over bytes.
  const flags = ['-target', target, '-static', '-O2', '-s', '-Wl,--gc-sections'];
  const run = spawnSync(zig, ['cc', ...flags, ...objects, '-o', next], { encoding: 'utf8' });
  if (run.status !== 0) throw new Error(`linking ${binary} failed:\n${run.stderr}`);
  fs.renameSync(next, binary);
}

/** build/…/bin/<name> for every applet, so that a test can put the folder in PATH. */
function linkNames(output: string, names: Readonly<Record<string, readonly string[]>>): void {
  const folder = path.join(output, 'bin');
  fs.mkdirSync(folder, { recursive: true });
  const targets = new Map(
    Object.entries(names).flatMap(([binary, applets]) =>
      applets.map((name): [string, string] => [name, `../${binary}`]),
    ),
  );
  for (const stale of fs.readdirSync(folder)) {
    const file = path.join(folder, stale);
    if (fs.readlinkSync(file) !== targets.get(stale)) fs.unlinkSync(file);
  }
  for (const [name, target] of targets) {
    const file = path.join(folder, name);
    if (fs.lstatSync(file, { throwIfNoEntry: false }) === undefined) fs.symlinkSync(target, file);
  }
}

function readIfPresent(file: string): string | undefined {
  return fs.existsSync(file) ? fs.readFileSync(file, 'utf8') : undefined;
}

function writeIfChanged(file: string, content: string): void {
  if (readIfPresent(file) !== content) fs.writeFileSync(file, content);
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const userland = await buildUserland({
    native: process.argv.includes('--native'),
    keepGoing: process.argv.includes('--keep-going'),
  });
  const size = fs.statSync(userland.binary).size;
  console.log(`${userland.binary}: ${userland.names.length} commands, ${size} bytes`);
}
