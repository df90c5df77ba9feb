/** Samples of a machine as a .cpuprofile: what Chrome's DevTools and VS Code show as a flame chart. */
import type { ProfileData, ProfileStack } from '../../protocol.ts';
import { type GuestSymbols, guestSymbols } from './guest-symbols.ts';

interface CallFrame {
  readonly functionName: string;
  readonly scriptId: string;
  readonly url: string;
  readonly lineNumber: number;
  readonly columnNumber: number;
}

interface ProfileNode {
  readonly id: number;
  readonly callFrame: CallFrame;
  hitCount: number;
  readonly children: number[];
}

/** Profiler.Profile of the Chrome DevTools protocol. Times in microseconds. */
export interface CpuProfile {
  readonly nodes: readonly ProfileNode[];
  readonly startTime: number;
  readonly endTime: number;
  readonly samples: readonly number[];
  readonly timeDeltas: readonly number[];
}

/** The tree of call frames, from the root. */
class Tree {
  readonly nodes: ProfileNode[] = [];
  private readonly children = new Map<string, ProfileNode>();
  readonly root = this.add('(root)', '');

  private add(functionName: string, url: string): ProfileNode {
    const callFrame = { functionName, scriptId: '0', url, lineNumber: -1, columnNumber: -1 };
    const node = { id: this.nodes.length + 1, callFrame, hitCount: 0, children: [] };
    this.nodes.push(node);
    return node;
  }

  child(parent: ProfileNode, functionName: string, url: string): ProfileNode {
    const key = `${parent.id} ${url} ${functionName}`;
    const known = this.children.get(key);
    if (known) return known;
    const node = this.add(functionName, url);
    parent.children.push(node.id);
    this.children.set(key, node);
    return node;
  }
}

/** Outermost first. A return address in the function itself is of a call that has returned. */
function namesOf(stack: ProfileStack, symbols: GuestSymbols): [name: string, url: string][] {
  const named = stack.frames.map((frame): [string, string] => [
    symbols.name(frame),
    symbols.url(frame),
  ]);
  const [leaf, caller] = named;
  const isGuess = named.length === 2 && leaf?.[0] === caller?.[0];
  return (isGuess ? named.slice(0, 1) : named).reverse();
}

function nodeOf(tree: Tree, stack: ProfileStack, symbols: GuestSymbols): ProfileNode {
  if (stack.kind === 'idle') return tree.child(tree.root, '(idle)', '');
  const process = tree.child(tree.root, `${stack.name} [${stack.pid}]`, '');
  let node = stack.tid === stack.pid ? process : tree.child(process, `thread ${stack.tid}`, '');
  for (const [name, url] of namesOf(stack, symbols)) node = tree.child(node, name, url);
  return stack.kind === 'kernel' ? tree.child(node, '(kernel)', '') : node;
}

/** `readFile` gives a guest's file; where it rejects, places keep their addresses. */
export async function cpuProfile(
  data: ProfileData,
  readFile: (path: string) => Promise<Uint8Array>,
): Promise<CpuProfile> {
  const symbols = await guestSymbols(data.files, readFile);
  const tree = new Tree();
  const nodes = data.stacks.map((stack) => nodeOf(tree, stack, symbols));
  const samples = data.samples.map((index) => {
    const node = nodes[index] ?? tree.root;
    node.hitCount++;
    return node.id;
  });
  const endTime = data.deltasUs.reduce((sum, delta) => sum + delta, 0);
  return { nodes: tree.nodes, startTime: 0, endTime, samples, timeDeltas: data.deltasUs };
}
