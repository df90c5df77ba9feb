/** What is made when it is first asked for, once: a table that most machines need never is not to be in the way of their start. */
export function lazily<Made extends object>(make: () => Made): () => Made {
  let made: Made | undefined;
  return () => {
    made ??= make();
    return made;
  };
}
