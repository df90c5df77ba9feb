/** The stacks of a profile, each kept once: a tree from whom a sample is of, over the frames outwards. No text is made of a sample. */
import type { ProfileFrame, ProfileStack } from '../protocol.ts';

type Sampled = Omit<ProfileStack, 'frames'>;

interface Node {
  /** Of the stack that ends here; -1 while there is none. */
  index: number;
  /** By file, then by place in it. */
  readonly callers: Map<number, Map<number, Node>>;
}

export class StackTree {
  readonly stacks: ProfileStack[] = [];
  /** By kind, pid, tid and name. */
  private readonly roots = new Map<string, Node>();

  /** Index among `stacks`. Frames are the innermost first; the name is kept as `textOf` it. */
  indexOf(
    { kind, pid, tid, name }: Sampled,
    frames: readonly ProfileFrame[],
    textOf: (name: string) => string,
  ): number {
    const key = `${kind} ${pid} ${tid} ${name}`;
    let node = this.roots.get(key);
    if (node === undefined) this.roots.set(key, (node = create()));
    for (const frame of frames) node = callerOf(node, frame);
    if (node.index < 0) {
      node.index = this.stacks.length;
      this.stacks.push({ kind, pid, tid, name: textOf(name), frames: [...frames] });
    }
    return node.index;
  }
}

const create = (): Node => ({ index: -1, callers: new Map() });

function callerOf({ callers }: Node, { file, at }: ProfileFrame): Node {
  let places = callers.get(file);
  if (places === undefined) callers.set(file, (places = new Map()));
  let node = places.get(at);
  if (node === undefined) places.set(at, (node = create()));
  return node;
}
