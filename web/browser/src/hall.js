/**
 * What every page loads: htmx, the hall's clock, focus on what went wrong.
 * The language switch is a plain link to the same page; nothing here is needed for it.
 * @module
 */

import 'htmx.org';
import { run, synchronise } from './clock.js';

const errors = document.querySelector('.errors[tabindex]');
if (errors instanceof HTMLElement) errors.focus();

run();
// A room measures on its own socket; asking the same hall twice would gain nothing.
if (!document.querySelector('[data-room]')) void synchronise();
