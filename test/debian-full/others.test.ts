/** What people install besides: programs of Go, Rust, C++, and other languages, packers, the package manager, tools that read /proc. */
import { createHash } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { System } from '../../src/index.ts';
import { others as root } from './others.ts';
import { bash, start } from './root.ts';

const TREE = 'mkdir -p tree; for i in $(seq 50); do echo "hello $i" > tree/f$i; done;';

/** A script, and what it prints. */
const CASES: Readonly<Record<string, readonly [script: string, expected: string | RegExp]>> = {
  ripgrep: [
    `${TREE} rg -c hello tree | wc -l; rg --sort path 'lo 4[12]' tree`,
    '50\ntree/f41:hello 41\ntree/f42:hello 42\n',
  ],
  'fd-find and bat': [
    `${TREE} fdfind 'f1.' tree | sort | tail -2; batcat --color never -pp tree/f7`,
    'tree/f18\ntree/f19\nhello 7\n',
  ],
  fzf: ['seq 100 | fzf -f 42', '42\n'],
  'go and gofmt': [
    "printf 'package main\\nfunc  main( ) { }\\n' | gofmt; go version | cut -d' ' -f1-2,4",
    'package main\n\nfunc main() {}\ngo version linux/riscv64\n',
  ],
  restic: [
    `${TREE} export RESTIC_PASSWORD=x; restic init -q -r store && restic -q -r store backup tree && restic -q -r store check &&
      restic -q -r store restore latest --target back && diff -r tree back/tree && echo same`,
    /(^|\n)same\n$/,
  ],
  ruby: [
    'ruby -e \'puts (1..10).map { |x| x * x }.sum, 2**100; Thread.new { puts :thread }.join; puts `echo sub`; p "ab".unpack("C*")\'',
    `385\n${2n ** 100n}\nthread\nsub\n[97, 98]\n`,
  ],
  php: [
    `php -r 'echo json_encode(array_map(fn($x) => $x * 2, [1, 2, 3])), PHP_EOL, hash("sha256", "x"), PHP_EOL;'`,
    `[2,4,6]\n${sha256('x')}\n`,
  ],
  tcl: [
    "echo 'puts [expr 2**100]; puts [exec echo sub]; after 5 {set done 1}; vwait done; puts $done' | tclsh",
    `${2n ** 100n}\nsub\n1\n`,
  ],
  jq: [`echo '{"a":[1,{"b":2}]}' | jq -c '[.a[1].b, (.a|length)]'`, '[2,2]\n'],
  zsh: [
    `${TREE} zsh -c 'print -l tree/f<48->(.) ; print $((6 * 7))'`,
    /f48\ntree\/f49\ntree\/f50\n42\n$/,
  ],
  openssl: [
    `printf x > in; openssl dgst -sha256 -r in | cut -c1-64; openssl enc -aes-256-cbc -pbkdf2 -k p -in in | openssl enc -d -aes-256-cbc -pbkdf2 -k p; echo`,
    `${sha256('x')}\nx\n`,
  ],
  'rsync, tar and packers': [
    `${TREE} rsync -a tree/ copy && diff -r tree copy && seq 20000 > n && for p in gzip bzip2 xz 'zstd -q'; do
      rm -rf out; mkdir out; tar -I "$p" -cf t.tar tree n && tar -I "$p" -xf t.tar -C out && diff -r tree out/tree && cmp n out/n && echo "$p"; done`,
    'gzip\nbzip2\nxz\nzstd -q\n',
  ],
  'dpkg builds, installs and removes a package': [
    `mkdir -p p/DEBIAN p/usr/bin; printf '#!/bin/sh\\necho from the package\\n' > p/usr/bin/hello-local; chmod 755 p/usr/bin/hello-local
      printf 'Package: hello-local\\nVersion: 1.0\\nArchitecture: all\\nMaintainer: a <a@b.c>\\nDescription: x\\n' > p/DEBIAN/control
      printf '#!/bin/sh\\necho script $1\\n' > p/DEBIAN/postinst; chmod 755 p/DEBIAN/postinst
      (dpkg-deb --build p hello.deb && dpkg -i hello.deb) > log 2>&1 || cat log; grep script log; hello-local
      dpkg -l hello-local | tail -1 | tr -s ' '; dpkg -L hello-local | tail -1; dpkg -r hello-local > log 2>&1; ls /usr/bin/hello-local 2>&1`,
    "script configure\nfrom the package\nii hello-local 1.0 all x\n/usr/bin/hello-local\nls: cannot access '/usr/bin/hello-local': No such file or directory\n",
  ],
  'cmake and ninja': [
    `mkdir cm; cd cm; echo 'int main(void) { return 42; }' > a.c
      printf 'cmake_minimum_required(VERSION 3.20)\\nproject(p C)\\nadd_executable(a a.c)\\n' > CMakeLists.txt
      (cmake -G Ninja -B b && ninja -C b) > log 2>&1 || cat log; ./b/a; echo $?`,
    '42\n',
  ],
  'tools that read /proc': [
    `sleep 100 & p=$!; ps -o comm= -p $p; pgrep -x sleep | grep -cx $p; lsof -p $p | grep -c ' mem .*libc.so.6$'; fuser -v /usr/bin/sleep 2>&1 | grep -c sleep
      top -bn1 | grep -cE '^ *[0-9]+ root .* sleep$'; free | awk '/^Mem/ { print ($2 > $3) }'; vmstat 1 2 | wc -l; pstree -p $$ | grep -c "sleep($p)"; killall sleep; wait $p; echo $?`,
    'sleep\n1\n1\n1\n1\n1\n4\n1\n143\n',
  ],
  'gdb reads a program': [
    "echo 'int twice(int x) { return 2 * x; } int main(void) { return twice(21); }' > g.c; gcc -g -o g g.c && gdb -batch -ex 'info line twice' -ex 'print sizeof(long) * 5' ./g | cut -d' ' -f1-4",
    'Line 1 of "g.c"\n$1 = 40\n',
  ],
};

function sha256(text: string): string {
  return createHash('sha256').update(text).digest('hex');
}

describe.skipIf(!root)('other programs', () => {
  let system: System;
  beforeAll(async () => {
    system = await start('1G', root);
  });
  afterAll(() => system?.close());

  it.each(Object.entries(CASES))('%s', async (_name, [script, expected]) => {
    const { stdout } = await bash(system, script);
    if (typeof expected === 'string') expect(stdout).toBe(expected);
    else expect(stdout).toMatch(expected);
  });
});
