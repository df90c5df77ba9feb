import { expect, test } from 'vitest';
import { SwitchRecorder } from './switch-recorder.ts';
import type { Task } from './task.ts';

test('a task has the name that it has when it is looked at', () => {
  const recorder = new SwitchRecorder();
  const task = { tid: 7, name: 'taskset' } as Task;
  recorder.runs(task, 0, 1000);
  // execve(2), and it runs on.
  task.name = 'sh';
  expect(recorder.take().names).toEqual([[7, 'sh']]);
  task.name = 'other';
  expect(recorder.take()).toMatchObject({ names: [[7, 'other']], timesNs: new Float64Array(0) });
  recorder.runs(undefined, 0, 2000);
  recorder.take();
  expect(recorder.take().names).toEqual([]);
});
