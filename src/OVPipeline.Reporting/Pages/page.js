// What the pages share: their data, numbers as tables show them, colours, and tokens as text.
import { h } from 'preact';
import { useEffect, useState } from 'preact/hooks';

const element = id => document.getElementById(id);

export const data = JSON.parse(element('data').textContent);

/** A block of little-endian numbers, or null where the page has none of this name. */
export function numbers(id, type) {
  const text = element(id)?.textContent;
  return text === undefined ? null : new type(Uint8Array.from(atob(text), c => c.charCodeAt(0)).buffer);
}

/** Numbers first to first + count of a block, read without decoding the rest of it. */
export function numbersAt(id, type, first, count) {
  const text = element(id)?.textContent;
  if (text === undefined) return null;
  const from = first * type.BYTES_PER_ELEMENT, to = from + count * type.BYTES_PER_ELEMENT, group = Math.floor(from / 3);
  const bytes = Uint8Array.from(atob(text.slice(4 * group, 4 * Math.ceil(to / 3))), c => c.charCodeAt(0));
  return new type(bytes.slice(from - 3 * group, to - 3 * group).buffer);
}

export const count = value => value.toLocaleString('en');

export const fixed = (value, digits) =>
  value.toLocaleString('en', { minimumFractionDigits: digits, maximumFractionDigits: digits }).replace(/^-(?=[0.]*$)/, '');

/** A figure as the tables of a report show it. */
export function show(value, kind, digits) {
  if (value === null || Number.isNaN(value)) return '–';
  if (kind === 'Share') return `${fixed(100 * value, digits)} %`;
  return kind === 'Count' ? count(value) : fixed(value, digits);
}

// Controls, halves of pairs, and what is not seen or turns the text around.
const unseen = /[\p{Cc}\p{Cf}\p{Cs}\p{Co}\p{Cn}\p{Zl}\p{Zp}\u00a0\u115f\u1160\u2000-\u200a\u202f\u205f\u2800\u3000\u3164\ufe00-\ufe0f]/u;

const code = c => `⟨${c.codePointAt(0).toString(16).toUpperCase().padStart(4, '0')}⟩`;

/** A token as text that is all seen: what would not be stands as its code. */
export function text(token) {
  if (token.trim() === '') return [...token].map(code).join('');
  let shown = '';
  for (const c of token)
    shown += unseen.test(c) ? code(c) : c;
  return shown;
}

export const Token = ({ token }) => h('bdi', { class: 'token' }, text(token));

/** Whether the reader's system is dark; follows it. */
export function useDark() {
  const query = matchMedia('(prefers-color-scheme: dark)');
  const [dark, set] = useState(query.matches);
  useEffect(() => {
    const changed = () => set(query.matches);
    query.addEventListener('change', changed);
    return () => query.removeEventListener('change', changed);
  }, []);
  return dark;
}

// The colours of the heat maps: low is close to the page, in both modes.
const scales = {
  light: { up: ['#f4f7f9', '#6baed6', '#084a80'], down: ['#f4f7f9', '#e0975a', '#8a3500'] },
  dark: { up: ['#20272e', '#2a74ad', '#a8dcff'], down: ['#20272e', '#b0602a', '#ffc79a'] },
};

const channels = colour => [1, 3, 5].map(i => parseInt(colour.slice(i, i + 2), 16));

const luminance = rgb => {
  const [r, g, b] = rgb.map(c => c / 255).map(c => c <= 0.04045 ? c / 12.92 : ((c + 0.055) / 1.055) ** 2.4);
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
};

/** The colour of a value in [-1, 1], and the ink that is read on it. */
export function colour(value, dark) {
  const stops = scales[dark ? 'dark' : 'light'][value < 0 ? 'down' : 'up'].map(channels);
  const at = 2 * Math.min(1, Math.abs(value)), part = at > 1 ? 1 : 0;
  const rgb = stops[part].map((c, i) => Math.round(c + (stops[part + 1][i] - c) * (at - part)));
  const light = luminance(rgb);
  return { background: `rgb(${rgb})`, color: (light + 0.05) ** 2 > 1.05 * 0.05 ? '#000' : '#fff' };
}

/** A scale from low to high as a gradient. */
export const gradient = (from, to, dark) => `linear-gradient(to right, ${
  Array.from({ length: 9 }, (_, i) => colour(from + (to - from) * i / 8, dark).background).join(', ')})`;

/** Moves through a grid by its keys, or chooses where it stands. */
export function moveInGrid(event, at, rows, columns, move, choose) {
  const row = Math.floor(at / columns), column = at % columns;
  const to = {
    ArrowLeft: column > 0 ? at - 1 : at, ArrowRight: column < columns - 1 ? at + 1 : at,
    ArrowUp: row > 0 ? at - columns : at, ArrowDown: row < rows - 1 ? at + columns : at,
    Home: event.ctrlKey ? 0 : row * columns, End: (event.ctrlKey ? rows : row + 1) * columns - 1,
  }[event.key];
  const chosen = event.key === 'Enter' || event.key === ' ';
  if (to === undefined && !chosen) return;
  event.preventDefault();
  if (chosen) choose();
  else if (to !== at) move(to);
}
