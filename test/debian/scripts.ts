/** Scripts for Debian's programs. What they print comes from the host, or from qemu-riscv64, when the test runs. */

type Scripts = Readonly<Record<string, string>>;

/** For any POSIX shell, in an empty folder: files, pipes and text through the tools. */
export const TOOLS: Scripts = {
  'sort, uniq, cut, tr': `
    printf '%s\\n' pear apple fig apple pear apple | sort | uniq -c | sort -rn | tr -s ' ' | cut -d' ' -f2-
    printf 'b 2\\na 10\\nc 1\\n' | sort -k2n | head -2; seq 20 | paste -sd+ ; seq 5 | tac; seq 12 | pr -3 -t -l4`,
  'files and links': `
    mkdir -p d/e/f && echo one > d/a && echo two > d/e/b && ln d/a d/hard && ln -s e/b d/soft
    find d | sort; find d -type l -printf '%p %l\\n'; cat d/soft; stat -c '%h %s %F' d/a d/soft; du -a d | wc -l
    chmod 640 d/a; stat -c %a d/a; mv d/a d/z; rm -r d/e; ls d; test -e d/soft; echo $?; rm -rf d`,
  'grep and sed': `
    seq 100 | grep -E '^(1|9).$' | sed -n 's/^\\(.\\)\\(.\\)$/\\2\\1/p' | paste -sd' ' -
    printf 'foo bar\\nbaz\\n' | sed -e '/foo/{s//X/;p;d}' -e 's/z/ZZ/'; printf 'a\\nb\\n' | grep -c . ; echo abc | grep -o '[ac]'`,
  awk: `
    seq 1000 | awk '{ s += $1 * $1; h[$1 % 7]++ } END { print s; for (i = 0; i < 7; i++) printf "%s:%d ", i, h[i]; print "" }'
    printf 'a,b\\nc,d\\n' | awk -F, '{ print $2 "-" $1, NR, length($0), toupper($1) }'`,
  'tar and gzip': `
    mkdir t && seq 5000 > t/x && head -c 100000 /dev/zero > t/y && tar -cf t.tar t && gzip -9 t.tar && mkdir u && tar -xzf t.tar.gz -C u
    diff -r t u/t && echo same; gzip -dc t.tar.gz | tar -tf - | sort; rm -rf t u t.tar.gz`,
  checksums: `
    seq 100000 > n; sha256sum n; md5sum n; cksum n; sha512sum n | cut -c1-20; wc n; split -l 30000 n part.; cat part.* | cmp - n && echo equal; rm -f n part.*`,
  'processes and signals': `
    (sleep 100 & p=$!; kill -TERM $p; wait $p; echo $?)
    sh -c 'kill -9 $$'; echo $?; trap 'echo got usr1' USR1; kill -USR1 $$; trap - USR1
    for i in 1 2 3; do (exit $i) & done; wait; echo all done; ( echo sub; exit 7 ); echo $?
    mkfifo p; (seq 3 > p &) ; cat p; rm p; yes | head -3; seq 100000 | tail -1`,
  'here-documents and expansion': `
    x='a b  c'; set -- $x; echo $# "$1" "$3"; unset y; echo \${y:-none} \${x#a } \${x%c} \${#x}
    cat <<EOF | tr a-z A-Z
    value: $x $((6 * 7)) $(echo sub)
EOF
    case foo.c in *.h) echo h;; *.c) echo c;; esac; for f in one two; do echo $f; done; i=0; while [ $i -lt 3 ]; do i=$((i+1)); done; echo $i
    f() { local v=5; echo "$v $1"; return 3; }; f arg; echo $?; printf '%05d|%-5s|%x\\n' 42 ab 255`,
};

export const BASH: Scripts = {
  'arrays and regular expressions': `
    a=(x y z); a+=(w); echo "\${#a[@]} \${a[@]:1:2} \${!a[@]}"; declare -A m=([k]=v [l]=w); for k in k l; do echo "$k=\${m[$k]}"; done
    [[ foo123 =~ ^([a-z]+)([0-9]+)$ ]] && echo "\${BASH_REMATCH[1]} \${BASH_REMATCH[2]}"; echo {1..5} {a,b}{1,2}; s=hello; echo "\${s^^} \${s/l/L} \${s//l/L} \${s:1:3}"`,
  'process substitution and pipelines': `
    diff <(seq 3) <(printf '1\\n2\\n4\\n'); echo "\${PIPESTATUS[@]}"; true | false | true; echo "\${PIPESTATUS[@]}"; set -o pipefail; false | true; echo $?
    coproc { tr a-z A-Z; }; echo hello >&"\${COPROC[1]}"; exec {COPROC[1]}>&-; cat <&"\${COPROC[0]}"; wait`,
  'jobs and read': `
    sleep 0.01 & wait -n; echo $?; while read -r a b; do echo "$b $a"; done < <(printf '1 one\\n2 two\\n'); mapfile -t lines < <(seq 4); echo "\${lines[*]}"
    printf -v out '%q ' "a b" "c'd"; echo "$out"; time_out=$( { TIMEFORMAT=%0R; time true; } 2>&1 ); echo $time_out; ( ulimit -n 64; ulimit -n )`,
};

export const DASH: Scripts = {
  'traps and subshells': `
    trap 'echo leaving' EXIT; (trap 'echo inner' EXIT); x=1; (x=2); echo $x; set -e; if false; then :; fi; false || echo or; echo $-|tr -d 's'`,
};

export const PYTHON: Scripts = {
  'integers, strings, containers': `
import sys
print(2**200, sum(i*i for i in range(1000)), divmod(-7, 3), round(2.675, 2), 0.1+0.2)
print(sorted({'b': 1, 'a': 2}.items()), [x for x in 'hello'][::-1], 'é'.encode(), b'\\xff'.hex())
print({i % 7 for i in range(100)}, max('abc', key=ord), list(map(str, range(5))), sys.byteorder, sys.maxsize)`,
  'classes, generators, exceptions': `
class Point:
    def __init__(self, x, y): self.x, self.y = x, y
    def __add__(self, other): return Point(self.x + other.x, self.y + other.y)
    def __repr__(self): return f'Point({self.x}, {self.y})'
def fibonacci():
    a, b = 0, 1
    while True:
        yield a
        a, b = b, a + b
g = fibonacci()
print(Point(1, 2) + Point(3, 4), [next(g) for _ in range(20)])
try:
    {}['x']
except KeyError as error:
    print(repr(error))
try:
    1 / 0
except ZeroDivisionError as error:
    print(error)`,
  'a loop that is translated': `
def sieve(n):
    flags = bytearray([1]) * (n + 1)
    flags[0:2] = b'\\0\\0'
    for i in range(2, int(n ** 0.5) + 1):
        if flags[i]:
            flags[i*i::i] = bytes(len(flags[i*i::i]))
    return sum(flags)
print(sieve(300000))
x = 1
for i in range(200000):
    x = (x * 1103515245 + 12345) & 0x7fffffff
print(x)`,
  'threads, pipes, fork, signals': `
import os, signal, _thread, time
r, w = os.pipe()
pid = os.fork()
if pid == 0:
    os.write(w, b'from the child')
    os._exit(3)
print(os.read(r, 100), os.waitstatus_to_exitcode(os.waitpid(pid, 0)[1]))
seen = []
signal.signal(signal.SIGUSR1, lambda number, frame: seen.append(number))
os.kill(os.getpid(), signal.SIGUSR1)
print(seen)
lock = _thread.allocate_lock()
done = []
def work(n):
    for _ in range(1000):
        with lock:
            done.append(n)
for n in range(4):
    _thread.start_new_thread(work, (n,))
while len(done) < 4000:
    time.sleep(0.001)
print([done.count(n) for n in range(4)])`,
};

export const SQLITE: Scripts = {
  'tables, joins, windows': `
create table t(id integer primary key, name text, v real);
insert into t(name, v) values ('a', 1.5), ('b', 2.25), ('c', -3);
with recursive n(i) as (select 1 union all select i+1 from n where i < 1000) select count(*), sum(i), avg(i) from n;
select name, sum(v) over (order by id) from t; select group_concat(name, '-'), typeof(v), hex(name) from t;
begin; delete from t; rollback; select count(*) from t; select json_extract('{"a":[1,2,{"b":3}]}', '$.a[2].b'); explain query plan select * from t where id=1;`,
  'ten thousand rows in a file': `
.open work.db
create table r(k integer primary key, v text);
insert into r select value, 'row ' || (value * 7919 % 10007) from generate_series(1, 10000);
create index i on r(v);
select count(*), min(v), max(v) from r; select k from r where v = 'row 42'; pragma integrity_check; vacuum; select count(*) from r where v like 'row 1%';`,
};

export const LUA: Scripts = {
  'tables, closures, strings, coroutines': `
local t = {}
for i = 1, 100 do t[i] = (i * 37) % 101 end
table.sort(t)
print(#t, t[1], t[50], t[100], select('#', table.unpack(t, 1, 5)))
print(("hello world"):gsub("o", "0"), ("%5.2f|%d|%s"):format(3.14159, 42, "x"), 7 // 2, 7 % -3, 2^53, 1e15, 10/2)
local co = coroutine.wrap(function(a) for i = 1, 3 do a = coroutine.yield(a * i) end return 'end' end)
print(co(5), co(6), co(7), co(8))
print(pcall(error, {code = 1}), math.maxinteger, math.type(1), math.type(1.0), string.rep('ab', 3, '-'), utf8.char(228, 8364))
local s = 0
for i = 1, 1000000 do s = s + i % 7 end
print(s)`,
};
