// Whether a person may work in a repository that they name. What Runnel's credential may read they perhaps may not, so it is
// only what is theirs, and what an operator named for everybody; what is another person's own is nobody else's, whatever was named.

export type RepositoryChoice = {
  /** As the person wrote it. */
  readonly asked: string;
  /** Where that leads, as `owner/name`. Undefined: nowhere that may be seen. */
  readonly name: string | undefined;
  /** Whose own it is: marks. */
  readonly ownedBy: readonly string[];
  /** The person's. */
  readonly mark: string;
  /** `owner/name`, or `owner/*` for all of an owner. */
  readonly named: readonly string[];
};

export type ChoiceDecision = 'allowed' | 'somebody_elses' | 'not_named';

export function decideRepositoryChoice({ asked, name, ownedBy, mark, named }: RepositoryChoice): ChoiceDecision {
  const isNamed = fitsName(asked, named) || (name === undefined ? fitsOwner(asked, named) : fits(name, named));
  if (ownedBy.some((other) => other !== mark)) return isNamed ? 'somebody_elses' : 'not_named';
  return isNamed || ownedBy.length > 0 ? 'allowed' : 'not_named';
}

function fits(name: string, named: readonly string[]): boolean {
  return fitsName(name, named) || fitsOwner(name, named);
}

/** The very repository that was named, also where it was renamed or handed to somebody else since. */
function fitsName(name: string, named: readonly string[]): boolean {
  return named.some((entry) => isSame(entry, name.trim()));
}

/** By the name that it has now: what was handed to another owner is not that owner's any more. */
function fitsOwner(name: string, named: readonly string[]): boolean {
  const [owner = '', ...rest] = name.trim().split('/');
  return rest.length === 1 && named.some((entry) => isSame(entry, `${owner}/*`));
}

/** As forges compare names. */
function isSame(one: string, other: string): boolean {
  return one.toLowerCase() === other.toLowerCase();
}
