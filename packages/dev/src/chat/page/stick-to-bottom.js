// A list that is read at its end stays at its end; who reads further up is left alone and shown the way back.

const NEAR_PX = 60;

/** @param {HTMLElement} list followed by its button */
export function stickToBottom(list) {
  const button = /** @type {HTMLButtonElement} */ (list.parentElement?.querySelector('.latest'));
  let sticks = true;
  const toBottom = () => {
    sticks = true;
    list.scrollTop = list.scrollHeight;
    button.hidden = true;
  };
  list.addEventListener('scroll', () => {
    sticks = list.scrollHeight - list.scrollTop - list.clientHeight < NEAR_PX;
    button.hidden = sticks;
  });
  button.addEventListener('click', toBottom);
  // The composer grows and the window turns: what was at the end stays there.
  new ResizeObserver(() => sticks && toBottom()).observe(list);
  return {
    toBottom,
    /** To be called after each drawing. */
    drawn() {
      if (sticks) toBottom();
    },
  };
}
