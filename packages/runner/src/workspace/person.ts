// PORT: what the forge and git call the person of this runner. Their id alone decides anything.

export type Person = { readonly handle: string; readonly name: string; readonly email: string };

/** Never rejects: whoever cannot be looked up is called by their id. */
export type FindPerson = () => Promise<Person>;
