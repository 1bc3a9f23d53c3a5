// The page's few pictures, drawn as lines in the colour of the text around them.

const SHAPES = {
  send: 'M4 4l13 6-13 6 2-6zM6 10h6',
  attach: 'M14.5 9.5l-5 5a3 3 0 0 1-4.3-4.3l6-6a2 2 0 0 1 2.9 2.9l-5.8 5.8a1 1 0 0 1-1.4-1.4l5-5',
  mention: 'M13 10a3 3 0 1 1-6 0 3 3 0 0 1 6 0zm0 0v1.2a2 2 0 0 0 4 0V10a7 7 0 1 0-2.8 5.6',
  close: 'M5 5l10 10M15 5L5 15',
  menu: 'M3 6h14M3 10h14M3 14h14',
  thread: 'M4 4.5h12a1 1 0 0 1 1 1v7a1 1 0 0 1-1 1H9L5.5 16.5v-3H4a1 1 0 0 1-1-1v-7a1 1 0 0 1 1-1zM6.5 8h7M6.5 10.5h4',
  edit: 'M4 16l.8-3.2L13 4.6a1.4 1.4 0 0 1 2 0l.4.4a1.4 1.4 0 0 1 0 2L7.2 15.2zM11.5 6l2.5 2.5',
  trash: 'M4 5.5h12M8 5.5V4h4v1.5M5.5 5.5L6.2 16h7.6l.7-10.5M8.5 8.5v5M11.5 8.5v5',
  eye: 'M2.5 10S5.5 5 10 5s7.5 5 7.5 5-3 5-7.5 5-7.5-5-7.5-5zM12 10a2 2 0 1 1-4 0 2 2 0 0 1 4 0z',
  external: 'M8 5H5v10h10v-3M11 4.5h4.5V9M15 5l-6 6',
  file: 'M6 3h5l4 4v10H6zM11 3v4h4',
  hash: 'M8 3.5L6.5 16.5M13.5 3.5L12 16.5M4 7.5h13M3 12.5h13',
  down: 'M5 8l5 5 5-5',
  back: 'M12 4l-6 6 6 6',
  bolt: 'M11 2.5L4.5 11.5H9.5L8.5 17.5 15.5 8.5H10.5z',
  play: 'M7 4.5l8.5 5.5L7 15.5z',
};

const SVG = 'http://www.w3.org/2000/svg';

/**
 * @param {keyof typeof SHAPES} name
 * @returns {SVGElement}
 */
export function icon(name) {
  const svg = document.createElementNS(SVG, 'svg');
  svg.setAttribute('viewBox', '0 0 20 20');
  svg.setAttribute('class', `icon icon-${name}`);
  svg.setAttribute('aria-hidden', 'true');
  const path = document.createElementNS(SVG, 'path');
  path.setAttribute('d', SHAPES[name]);
  svg.append(path);
  return svg;
}
