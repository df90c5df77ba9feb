/**
 * THE table of extensions, in the canonical order of ISA strings: unprivileged spec 20240411, chapter 34 ("ISA Extension
 * Naming Conventions"), RVA profiles 1.0. Which instructions belong to them: instructions.ts.
 */

interface ExtensionRow {
  readonly name: string;
  /** What is switched on with it. */
  readonly implies?: readonly string[];
  /**
   * always: part of every machine, whatever a string says. default: part of the default set. named: only where it is asked
   * for. A privileged extension (s…) that is a default is part of every string that names no privileged one.
   */
  readonly presence: 'always' | 'default' | 'named';
}

const row = <const N extends string>(
  name: N,
  presence: ExtensionRow['presence'],
  implies: readonly string[] = [],
): ExtensionRow & { readonly name: N } => ({ name, presence, implies });

const TABLE = [
  row('i', 'always'),
  row('m', 'default', ['zmmul']),
  row('a', 'default', ['zaamo', 'zalrsc']),
  row('f', 'default', ['zicsr']),
  row('d', 'default', ['f']),
  row('c', 'default', ['zca']),
  row('v', 'named', [
    'd',
    'zve32f',
    'zve32x',
    'zve64d',
    'zve64f',
    'zve64x',
    'zvl128b',
    'zvl32b',
    'zvl64b',
  ]),
  // Facts about this machine's memory that the profiles name: 64-byte cache blocks, coherent and atomic main memory,
  // misaligned accesses, forward progress of LR/SC on at most 64 bytes.
  row('zic64b', 'always'),
  row('zicbom', 'default'),
  row('zicbop', 'default'),
  row('zicboz', 'default'),
  row('ziccamoa', 'always'),
  row('ziccif', 'always'),
  row('zicclsm', 'always'),
  row('ziccrse', 'always'),
  row('zicntr', 'always', ['zicsr']),
  row('zicond', 'default'),
  row('zicsr', 'always'),
  row('zifencei', 'always'),
  row('zihintntl', 'default'),
  row('zihintpause', 'default'),
  row('zihpm', 'always', ['zicsr']),
  row('zimop', 'default'),
  row('zmmul', 'default'),
  row('za64rs', 'always'),
  row('zaamo', 'default'),
  row('zabha', 'default', ['zaamo']),
  row('zacas', 'default', ['zaamo']),
  row('zalrsc', 'default'),
  row('zawrs', 'default', ['zalrsc']),
  row('zfa', 'default', ['f']),
  row('zfh', 'default', ['zfhmin']),
  row('zfhmin', 'default', ['f']),
  row('zca', 'default'),
  row('zcb', 'default', ['zca']),
  row('zcd', 'default', ['zca', 'd']),
  row('zcmop', 'default', ['zca', 'zimop']),
  row('zba', 'default'),
  row('zbb', 'default'),
  row('zbc', 'default'),
  // Zbkb is pack, packh, packw, brev8 and a part of Zbb, which comes as a whole.
  row('zbkb', 'default', ['zbb']),
  row('zbkx', 'default'),
  row('zbs', 'default'),
  // All of V or none of it: VLEN is 128, ELEN 64.
  ...(
    ['zve32f', 'zve32x', 'zve64d', 'zve64f', 'zve64x', 'zvl128b', 'zvl32b', 'zvl64b'] as const
  ).map((name) => row(name, 'named', ['v'])),
  row('smepmp', 'default'),
  row('ssccptr', 'always'),
  row('sscounterenw', 'always'),
  row('sstc', 'default'),
  row('sstvala', 'always'),
  row('sstvecd', 'always'),
  row('svadu', 'default'),
  row('svinval', 'default'),
  row('svnapot', 'default'),
  row('svpbmt', 'default'),
] as const;

export type Extension = (typeof TABLE)[number]['name'];

export const EXTENSIONS: readonly ExtensionRow[] = TABLE;

const BY_NAME: ReadonlyMap<string, ExtensionRow> = new Map(TABLE.map((it) => [it.name, it]));

/** Names that stand for others and do not appear in the result. */
const SHORTHAND: Readonly<Record<string, readonly string[]>> = {
  g: ['i', 'm', 'a', 'f', 'd', 'zicsr', 'zifencei'],
  b: ['zba', 'zbb', 'zbs'],
};

/** The profiles' mandatory extensions, without Zkt: no translator can promise execution times. */
const RVA22 = 'rv64gcb_zihintpause_zicbom_zicbop_zicboz_zfhmin';
const PROFILES: Readonly<Record<string, string>> = {
  rva20u64: 'rv64gc',
  rva20s64: 'rv64gc',
  rva22u64: RVA22,
  rva22s64: `${RVA22}_svpbmt_svinval`,
};

/** The extensions that a machine has. */
export class Isa {
  /** In canonical order. */
  readonly extensions: readonly Extension[];
  private readonly names: ReadonlySet<string>;

  constructor(names: ReadonlySet<string>) {
    this.extensions = TABLE.map(({ name }) => name).filter((name) => names.has(name));
    this.names = new Set(this.extensions);
  }

  has(extension: Extension): boolean {
    return this.names.has(extension);
  }

  /** Property riscv,isa of a device tree's cpu node. */
  get text(): string {
    const letters = this.extensions.filter((name) => name.length === 1);
    const others = this.extensions.filter((name) => name.length > 1);
    return [`rv64${letters.join('')}`, ...others].join('_');
  }

  /** Bits of the single letters, as misa and AT_HWCAP have them. */
  get letterBits(): number {
    const letters = this.extensions.filter((name) => name.length === 1);
    return letters.reduce((bits, letter) => bits | (1 << (letter.charCodeAt(0) - 97)), 0);
  }
}

/** An ISA string that names nothing, or something that this machine cannot be. The message is one line for the user. */
export class IsaError extends Error {
  override readonly name = 'IsaError';
}

/** Version numbers such as the 2p1 of zba2p1 say nothing here: one version of each extension exists. */
const withoutVersion = (word: string): string => word.replace(/\d+(p\d+)?$/, '');

/** Words of the part behind rv64: single letters first, each of its own, then names between underscores. */
function wordsOf(text: string): string[] {
  const words: string[] = [];
  for (const part of text.split('_')) {
    let rest = part;
    while (/^[a-rt-wy]/.test(rest)) {
      const letter = /^[a-rt-wy](\d+(p\d+)?)?/.exec(rest)?.[0] ?? rest;
      words.push(letter.charAt(0));
      rest = rest.slice(letter.length);
    }
    if (rest !== '') words.push(BY_NAME.has(rest) ? rest : withoutVersion(rest));
  }
  return words;
}

/** `names` and all that they imply. */
function closure(names: readonly string[]): Set<string> {
  const found = new Set<string>();
  const queue = [...names];
  for (let name = queue.pop(); name !== undefined; name = queue.pop()) {
    if (found.has(name)) continue;
    found.add(name);
    queue.push(...(BY_NAME.get(name)?.implies ?? []));
  }
  // Zcd is what C adds where there is D.
  if (found.has('c') && found.has('d')) found.add('zcd');
  return found;
}

const isPrivileged = (name: string): boolean => name.startsWith('s');

/**
 * The set that an ISA string means: `rv64gc`, `rv64imafdcv_zba_zbb`, or a profile, also with more behind it
 * (`rva22u64_v`). Throws IsaError.
 */
export function parseIsa(text: string): Isa {
  const string = text.trim().toLowerCase();
  const [first = '', ...more] = string.split('_');
  const base = [PROFILES[first] ?? first, ...more].join('_');
  if (!base.startsWith('rv64')) {
    const profiles = Object.keys(PROFILES).join(', ');
    throw new IsaError(`isa: '${text}' must begin with rv64 or be a profile (${profiles})`);
  }
  const words = wordsOf(base.slice('rv64'.length)).flatMap((word) => SHORTHAND[word] ?? [word]);
  for (const word of words) {
    if (!BY_NAME.has(word)) throw new IsaError(`isa: '${text}' has an unknown extension '${word}'`);
  }
  if (words[0] !== 'i') throw new IsaError(`isa: '${text}' must begin with rv64i or rv64g`);
  const namesPrivileged = words.some(isPrivileged);
  const unspoken = EXTENSIONS.filter(
    ({ name, presence }) =>
      presence === 'always' || (presence === 'default' && isPrivileged(name) && !namesPrivileged),
  );
  const names = closure([...words, ...unspoken.map(({ name }) => name)]);
  // Jumps to addresses that are no multiple of 4 would have to trap.
  if (!names.has('zca')) throw new IsaError(`isa: '${text}' must have c: compressed instructions`);
  return new Isa(names);
}

/** For code that says what it was made for: these, what they imply, and what is always there. Unknown names are passed over. */
export function isaWith(names: Iterable<string>): Isa {
  const always = EXTENSIONS.filter(({ presence }) => presence === 'always');
  return new Isa(closure([...names, ...always.map(({ name }) => name)]));
}

/** All that this machine has but for what must be asked for. */
export const DEFAULT_ISA = new Isa(
  closure(EXTENSIONS.filter((it) => it.presence !== 'named').map((it) => it.name)),
);
