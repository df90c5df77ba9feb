/** What a machine that shares its thread asks, between slices. */
export interface Turns {
  /** Whether another machine of the thread wants to run, and this one has had its time. */
  isOver(): boolean;
}
