/** A path taken apart: POSIX.1 3.271, where slashes in a row are one. */

export interface PathNames {
  readonly path: string;
  /** What is between slashes, `.` and `..` included; none for "/". */
  readonly names: readonly string[];
  readonly isAbsolute: boolean;
  readonly endsInSlash: boolean;
}

const SLASH = 47;

/**
 * Paths that were taken apart twice of late: what is walked is mostly walked again, and names that are known are looked up faster. What
 * is seen for the first time leaves only a hash, since to keep each would make work for the collector.
 */
const RECENT = new Array<PathNames>(256).fill({
  path: '',
  names: [],
  isAbsolute: false,
  endsInSlash: false,
});
const SEEN = new Int32Array(RECENT.length);
/** Longer paths are not kept. */
const KEPT_LENGTH = 128;
/** Characters at its end that a path is found by. */
const HASHED_LENGTH = 8;

export function parsePath(path: string): PathNames {
  const { length } = path;
  if (length > KEPT_LENGTH) return parse(path);
  let hash = length;
  for (let at = Math.max(0, length - HASHED_LENGTH); at < length; at++)
    hash = ((hash << 5) - hash + path.charCodeAt(at)) | 0;
  const place = hash & (RECENT.length - 1);
  if (SEEN[place] !== hash) {
    SEEN[place] = hash;
    return parse(path);
  }
  const recent = RECENT[place] as PathNames;
  return recent.path === path ? recent : (RECENT[place] = parse(path));
}

function parse(path: string): PathNames {
  const { length } = path;
  const names: string[] = [];
  for (let from = 0; from < length; ) {
    let to = from;
    while (to < length && path.charCodeAt(to) !== SLASH) to++;
    if (to > from) names.push(path.slice(from, to));
    from = to + 1;
  }
  const endsInSlash = path.charCodeAt(length - 1) === SLASH;
  return { path, names, isAbsolute: path.charCodeAt(0) === SLASH, endsInSlash };
}
