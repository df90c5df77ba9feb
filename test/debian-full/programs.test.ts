/** git, make, gcc, node and busybox of Debian at work; gcc's program gives what the host's build of it gives. */
import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/index.ts';
import { buildPrograms } from '../support/build-programs.ts';
import { bash, root, start } from './root.ts';

const NATIVE = process.arch === 'arm64' ? 'aarch64-linux-musl' : 'x86_64-linux-musl';

/** About 1,000 lines of C: functions of loops, switches and tables that call each other. */
function longProgram(): string {
  const functions = Array.from({ length: 80 }, (_, n) => {
    const previous = n === 0 ? 'x + 1' : `f${n - 1}(x ^ ${(n * 2654435761) % 65521}u)`;
    return `static unsigned f${n}(unsigned x)
{
	static const unsigned table[4] = {${[1, 2, 3, 4].map((k) => (n + 3) * k * 7919).join(', ')}};
	unsigned sum = ${n};
	for (unsigned i = 0; i < 3 + x % 5; i++) {
		switch ((x + i) % 3) {
		case 0:
			sum += table[i & 3];
			break;
		default:
			sum = (sum << 5) ^ (sum >> 27) ^ x;
		}
	}
	return sum + (${n} % 9 == 8 ? ${previous} : x);
}`;
  });
  const calls = Array.from({ length: 80 }, (_, n) => `\tprintf("%u\\n", f${n}(${n}u));`);
  return `#include <stdio.h>\n#include <math.h>\n${functions.join('\n')}\nint main(void)\n{\n${calls.join('\n')}\n\tprintf("%.15g\\n", sqrt(2) * cos(1));\n\treturn 0;\n}\n`;
}

describe.skipIf(!root)('programs', () => {
  let system: System;
  beforeAll(async () => {
    system = await start();
  });
  afterAll(() => system?.close());

  it('git: a tree of 1,000 files', async () => {
    const { stdout, exitCode } = await bash(
      system,
      `set -e; mkdir repo; cd repo; git config --global user.email a@b.c; git config --global user.name n; git init -q .
      for i in $(seq 1000); do mkdir -p d$((i % 20)); echo "file $i" > d$((i % 20))/f$i; done
      git add .; git commit -qm first; echo change >> d1/f1; git diff --stat | tail -1; git commit -qam second
      git log --format=%s; git fsck; git gc -q; git fsck; git clone -q . ../copy; ls ../copy | wc -l; git -C ../copy ls-files | wc -l; git status --short`,
    );
    expect({ stdout, exitCode }).toEqual({
      stdout: ' 1 file changed, 1 insertion(+)\nsecond\nfirst\n20\n1000\n',
      exitCode: 0,
    });
  });

  it('gcc and make: a program of 1,000 lines', async () => {
    const source = longProgram();
    expect(source.split('\n').length).toBeGreaterThan(1000);
    const work = mkdtempSync(join(tmpdir(), 'hartix-gcc-'));
    const file = join(work, 'long.c');
    writeFileSync(file, source);
    const [program = ''] = await buildPrograms([{ file, flags: ['-O1'] }], work, NATIVE);
    const native = spawnSync(program, { encoding: 'utf8' });
    rmSync(work, { recursive: true });
    expect(native.stdout.split('\n')).toHaveLength(82);
    await system.fs.mkdir('/root/c', { recursive: true });
    await system.fs.writeFile('/root/c/long.c', source);
    await system.fs.writeFile(
      '/root/c/Makefile',
      'CFLAGS = -O2 -Wall\nLDLIBS = -lm\nlong: long.o\nlong.o: long.c\n',
    );
    const { stdout, exitCode } = await bash(system, 'cd c && make -s && ./long');
    expect({ stdout, exitCode }).toEqual({ stdout: native.stdout, exitCode: 0 });
  });

  it('g++: exceptions, threads, containers', async () => {
    await system.fs.writeFile(
      '/root/t.cc',
      `#include <iostream>\n#include <map>\n#include <stdexcept>\n#include <thread>\n#include <atomic>\n#include <vector>
int main() { std::atomic<int> n{0}; std::vector<std::thread> t; for (int i = 0; i < 8; i++) t.emplace_back([&] { for (int k = 0; k < 1000; k++) n++; });
for (auto &x : t) x.join(); std::map<std::string, int> m{{"b", 2}, {"a", 1}}; for (auto &[k, v] : m) std::cout << k << v << ' ';
try { throw std::runtime_error("thrown"); } catch (std::exception &e) { std::cout << e.what() << ' ' << n << std::endl; } }\n`,
    );
    const { stdout, exitCode } = await bash(system, 'g++ -O2 -pthread -o t t.cc && ./t');
    expect({ stdout, exitCode }).toEqual({ stdout: 'a1 b2 thrown 8000\n', exitCode: 0 });
  });

  it('nodejs -e: a translator in our translator', async () => {
    const script = `let s = 0; for (let i = 0; i < 5e6; i++) s = (s * 31 + i) | 0; console.log(s, [3,1,2].sort().join(), JSON.stringify({a: 1n.toString()}));
      setTimeout(() => console.log('later'), 5); Promise.resolve(1).then(console.log); require('fs').writeFileSync('/root/x', 'y'); console.log(require('child_process').execSync('cat /root/x').toString())`;
    const native = spawnSync(
      process.execPath,
      ['-e', script.replaceAll('/root/x', join(tmpdir(), `hartix-${process.pid}`))],
      { encoding: 'utf8' },
    );
    rmSync(join(tmpdir(), `hartix-${process.pid}`), { force: true });
    await system.fs.writeFile('/root/e.js', script);
    const { stdout, exitCode } = await bash(system, 'nodejs -e "$(cat e.js)"');
    expect({ stdout, exitCode }).toEqual({ stdout: native.stdout, exitCode: 0 });
  });

  it('nodejs: worker threads, promises of fs, children', async () => {
    const script = `const { Worker, isMainThread, parentPort, workerData } = require('worker_threads');
const fs = require('fs/promises'), { execFileSync, spawnSync, fork } = require('child_process'), zlib = require('zlib');
if (process.send) process.on('message', (m) => process.send(m + ' and back'));
else if (!isMainThread) { for (let i = 0; i < 1000; i++) Atomics.add(new Int32Array(workerData), 0, 1); parentPort.postMessage('done'); }
else (async () => {
  const shared = new SharedArrayBuffer(4);
  const workers = [1, 2, 3].map(() => new Worker(__filename, { workerData: shared }));
  console.log(await Promise.all(workers.map((w) => new Promise((done, failed) => { let said; w.on('message', (m) => (said = m)); w.on('error', failed); w.on('exit', () => done(said)); }))), new Int32Array(shared)[0]);
  const folder = await fs.mkdtemp('/tmp/n-');
  await Promise.all([...Array(20).keys()].map((i) => fs.writeFile(folder + '/f' + i, 'x'.repeat(i))));
  console.log((await fs.readdir(folder)).length, (await fs.stat(folder + '/f7')).size);
  await fs.rm(folder, { recursive: true });
  console.log(execFileSync('echo', ['sub']).toString(), spawnSync('sh', ['-c', 'kill -9 $$']).signal, zlib.gunzipSync(zlib.gzipSync(Buffer.alloc(1e5, 'ab'))).length);
  const child = fork(__filename);
  child.on('message', (m) => { console.log(m); child.disconnect(); });
  child.send('there');
})();`;
    const work = mkdtempSync(join(tmpdir(), 'hartix-node-'));
    writeFileSync(join(work, 'w.cjs'), script);
    const native = spawnSync(process.execPath, [join(work, 'w.cjs')], { encoding: 'utf8' });
    rmSync(work, { recursive: true });
    await system.fs.writeFile('/root/w.cjs', script);
    expect(await bash(system, 'nodejs w.cjs')).toMatchObject({
      stdout: native.stdout,
      exitCode: 0,
    });
    expect(native.stdout).toContain('there and back');
  });

  it("busybox's own shell and applets", async () => {
    const { stdout } = await bash(
      system,
      `busybox sh -c 'seq 5 | busybox awk "{s+=\\$1} END{print s}"; busybox ls / | busybox head -2; echo $((6*7))'`,
    );
    expect(stdout).toBe('15\nbin\nboot\n42\n');
  });
});
