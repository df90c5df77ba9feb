/** What userland/manual/2 says of the errors of system calls: `! ERRNO text`, or `! ERRNO (call, other) text` if not all calls of the page have it. */
import { manualSources, readSupport } from '../../tools/userland/manual.ts';

const ERROR = /^(E[A-Z0-9]+) (?:\(([a-z0-9_]+(?:, [a-z0-9_]+)*)\) )?/;
/** Second names of numbers. */
const SAME: Readonly<Record<string, string>> = { EWOULDBLOCK: 'EAGAIN', ENOTSUP: 'EOPNOTSUPP' };

/** Names of errors by system call, of every call that the kernel has. Throws for a line that is none or names what the page is not of. */
export function documentedErrors(): ReadonlyMap<string, ReadonlySet<string>> {
  const support = readSupport();
  const errors = new Map(
    [...support].filter(([, row]) => row.support !== 'absent').map(([call]) => [call, new Set()]),
  ) as Map<string, Set<string>>;
  for (const page of manualSources()) {
    if (page.section !== '2') continue;
    const calls = page.names.filter((name) => errors.has(name));
    for (const line of page.errors) {
      const [, errno, some] = ERROR.exec(line) ?? [];
      if (errno === undefined) throw new Error(`${page.names[0]}(2): no error: ${line}`);
      for (const call of some?.split(', ') ?? calls) {
        if (!page.names.includes(call))
          throw new Error(`${page.names[0]}(2) is not of ${call}: ${line}`);
        errors.get(call)?.add(SAME[errno] ?? errno);
      }
    }
  }
  return errors;
}

/** As `call ERRNO`; `call -` for a call that has no error. */
export function errorPairs(errors: ReadonlyMap<string, ReadonlySet<string>>): string[] {
  return [...errors].flatMap(([call, names]) =>
    names.size === 0 ? [`${call} -`] : [...names].map((name) => `${call} ${name}`),
  );
}

/** Of a list of lines `call ERRNO...` (and `# reason` before them) the `call ERRNO`. Throws for what is twice there. */
export function listedPairs(text: string): string[] {
  const pairs = text
    .split('\n')
    .filter((line) => line !== '' && !line.startsWith('#'))
    .flatMap((line) => {
      const [call, ...names] = line.split(' ');
      return names.map((name) => `${call} ${name}`);
    });
  const twice = pairs.filter((pair, index) => pairs.indexOf(pair) < index);
  if (twice.length > 0) throw new Error(`twice in the list: ${twice.join(', ')}`);
  return pairs;
}
