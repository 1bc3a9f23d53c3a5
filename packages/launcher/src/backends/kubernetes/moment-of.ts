// Moments of the cluster: lists bring dates, watches and files bring text.

/** Milliseconds since the epoch; undefined where nothing is said. */
export function momentOf(moment: Date | string | undefined): number | undefined {
  return moment === undefined ? undefined : new Date(moment).getTime();
}
