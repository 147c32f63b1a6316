/**
 * The regions of a room's page, which the hall draws and a frame brings anew.
 * @module
 */

import { tick } from './clock.js';

/**
 * Put a frame's regions in their places: each element replaces what has its id, in place, so that
 * a live region stays the one that is listened to; a line of the log goes on top.
 * @param {string} html made by the hall's own templates
 */
export function put(html) {
  const frame = document.createElement('template');
  frame.innerHTML = html;
  // a row cannot stand alone in markup: it comes in a table of its own
  const regions = [...frame.content.children].flatMap((region) =>
    region instanceof HTMLTableElement ? [...region.rows] : [region]);
  for (const region of regions) {
    const old = document.getElementById(region.id);
    const onTop = region.getAttribute('data-on-top');
    if (old) become(old, region);
    else if (onTop) document.getElementById(onTop)?.prepend(region);
  }
  tick();
}

/**
 * Let an element become another one without leaving the page.
 * @param {Element} old
 * @param {Element} now
 */
function become(old, now) {
  for (const { name } of [...old.attributes]) if (!now.hasAttribute(name)) old.removeAttribute(name);
  for (const { name, value } of now.attributes) if (old.getAttribute(name) !== value) old.setAttribute(name, value);
  old.replaceChildren(...now.childNodes);
}
