// One clock for all processes of this machine, which no setting of the time touches.

export function monotonicMs(): number {
  return Number(process.hrtime.bigint()) / 1e6;
}
