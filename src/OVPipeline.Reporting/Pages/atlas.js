// The atlas page: one state, drawn as a grid of heads and a panel about a head, a token or two heads.
import { h, render, Fragment } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import htm from 'htm';
import { colour, count, data, fixed, gradient, moveInGrid, numbers, numbersAt, show, text, Token, useDark } from 'page';

const html = htm.bind(h);
const { layers, heads } = data, all = Array.from({ length: layers * heads }, (_, i) => i);
const name = head => `${Math.floor(head / heads)}.${head % heads}`;
const headOf = label => all.find(head => name(head) === label);
const Ids = data.bytes === 2 ? Uint16Array : Uint32Array;
const outputTokens = data.outputTokens ?? data.tokens;
const searchable = data.tokens && (data.ranked || data.outputs > 0);
const spectra = numbers('spectra', Float32Array);
const compositions = Object.fromEntries(data.kinds.map(kind => [kind, numbers(`composition-${kind}`, Float32Array)]));
const measures = Object.fromEntries(data.measures.filter(m => m.values.some(v => v !== null)).map(m => [m.key, m]));
const arrowsOfKind = 4;

// What pairs of random heads seldom reach.
const chance = data.baseline ? data.baseline.mean + 2 * data.baseline.deviation : -1;

const rankOf = (head, token) => numbersAt(`ranks-${head}`, Ids, token, 1)[0] + 1;
const outputsOf = (head, token) => [...numbersAt(`outputs-${head}`, Ids, token * data.outputs, data.outputs)];

/** The pairs of a head: what it reads of earlier heads, and what later ones read of it, strongest first. */
function pairsOf(head, kind) {
  const layer = Math.floor(head / heads), scores = compositions[kind];
  const place = (earlier, later) => {
    const l = Math.floor(later / heads);
    return heads * heads * l * (l - 1) / 2 + (later % heads) * l * heads + earlier;
  };
  const sorted = pairs => pairs.filter(pair => !Number.isNaN(pair.score)).sort((a, b) => b.score - a.score);
  return {
    into: sorted(all.filter(i => i < layer * heads).map(i => ({ kind, earlier: i, later: head, score: scores[place(i, head)] }))),
    out: sorted(all.filter(i => i >= (layer + 1) * heads).map(i => ({ kind, earlier: head, later: i, score: scores[place(head, i)] }))),
  };
}

/** The measure that colours the grid: a figure of the atlas, or the rank of a token's own logit in every head. */
function measureOf(state) {
  if (state.measure !== 'token') return measures[state.measure];
  return {
    key: 'token', kind: 'Count', digits: 0, scale: 'Rank', title: `rank of the own logit of ${text(data.tokens[state.token])}`,
    meaning: `Where the token's own logit stands in its row of each head, of ${count(data.vocabulary)}: 1 is copied.`,
    values: all.map(head => rankOf(head, state.token)),
  };
}

/** A value's place on its scale, in [-1, 1], and the ends of the scale. */
function scaleOf(measure) {
  const values = measure.values.filter(v => v !== null), highest = Math.max(0, ...values);
  if (measure.scale === 'AroundZero') return { of: v => v, from: -1, to: 1, low: -1, high: 1 };
  if (measure.scale === 'Rank') {
    const last = Math.log(Math.max(2, data.vocabulary));
    return { of: v => 1 - Math.log(v) / last, from: 0, to: 1, low: data.vocabulary, high: 1 };
  }
  return { of: v => highest > 0 ? Math.max(0, v) / highest : 0, from: 0, to: 1, low: 0, high: highest };
}

// --- The grid

function Cell({ head, state, measure, scale, dark, cursor, onKey, choose }) {
  const value = measure.values[head], shown = show(value, measure.kind, measure.digits);
  const other = state.view === 'compare' && state.other === head;
  const short = value === null ? '' : measure.kind === 'Share' ? fixed(100 * value, 1) : measure.kind === 'Count' ? count(value)
    : fixed(value, Math.min(2, measure.digits));
  return html`<div role="gridcell" class=${`cell ${value === null ? 'none' : ''} ${other ? 'other' : ''}`} data-head=${name(head)}
    tabindex=${cursor === head ? 0 : -1} aria-selected=${state.head === head ? 'true' : 'false'} title=${`head ${name(head)}: ${shown}`}
    aria-label=${`Head ${name(head)}, ${measure.title} ${shown}${other ? ', compared' : ''}`}
    style=${value === null ? null : colour(scale.of(value), dark)} onClick=${() => choose(head)} onKeyDown=${onKey}>
    <span aria-hidden="true">${short}</span></div>`;
}

function Grid({ state, update, measure, arrows, dark }) {
  const [cursor, setCursor] = useState(state.head), box = useRef();
  useEffect(() => {
    setCursor(state.head);
    const cell = box.current.querySelector(`[data-head="${name(state.head)}"]`), scroller = box.current.parentElement;
    const over = cell.offsetLeft + cell.offsetWidth + 12 - scroller.scrollLeft - scroller.clientWidth;
    scroller.scrollLeft += over > 0 ? over : Math.min(0, cell.offsetLeft - 60 - scroller.scrollLeft);
  }, [state.head]);
  const scale = useMemo(() => scaleOf(measure), [measure]);
  const choose = head => update(state.view === 'compare' ? { other: head } : { head, view: 'head' });
  const onKey = event => moveInGrid(event, cursor, layers, heads, to => {
    setCursor(to);
    box.current.querySelector(`[data-head="${name(to)}"]`).focus();
  }, () => choose(cursor));
  const gap = layers === 1 ? 0 : layers <= 3 ? 9 : layers <= 8 ? 1.8 : layers <= 16 ? 0.8 : 0.25;
  const cell = layers <= 8 ? 2.7 : layers <= 16 ? 2 : 1.5;
  return html`<div class="heads"><div ref=${box} style=${{ '--heads': heads, '--gap': `${gap}rem`, '--cell': `${cell}rem` }}>
    <div role="grid" aria-label=${`Heads by layer, coloured by ${measure.title}`}>
      <div role="row"><span role="columnheader"><span class="unseen">layer</span></span>
        ${Array.from({ length: heads }, (_, i) => html`<span role="columnheader" key=${i}>${i}</span>`)}</div>
      ${Array.from({ length: layers }, (_, layer) => html`<div role="row" key=${layer}>
        <span role="rowheader"><b>layer </b>${layer}</span>
        ${all.slice(layer * heads, (layer + 1) * heads).map(head => html`<${Cell} key=${head}
          ...${{ head, state, measure, scale, dark, cursor, onKey, choose }} />`)}</div>`)}
    </div>
    <${Arrows} arrows=${arrows} box=${box} /></div></div>
    <div class="legend"><span>${show(scale.low, measure.kind, measure.digits)}</span>
      <i style=${{ background: gradient(scale.from, scale.to, dark) }} /><span>${show(scale.high, measure.kind, measure.digits)}</span></div>`;
}

function Arrows({ arrows, box }) {
  const [paths, set] = useState([]);
  useLayoutEffect(() => {
    const draw = () => {
      const origin = box.current.getBoundingClientRect();
      const at = (head, down) => {
        const r = box.current.querySelector(`[data-head="${name(head)}"]`).getBoundingClientRect();
        return [r.left - origin.left + r.width / 2, (down ? r.bottom + 2 : r.top - 9) - origin.top];
      };
      const most = Math.max(...arrows.map(arrow => arrow.score));
      set(arrows.map((arrow, i) => {
        // Arrows of several kinds between the same heads lie beside each other.
        const shift = { Q: -4, K: 0, V: 4 }[arrow.kind], [x1, y1] = at(arrow.earlier, true), [x2, y2] = at(arrow.later, false);
        const bend = Math.max(14, (y2 - y1) * 0.6);
        return { kind: arrow.kind, width: 1 + 2.6 * (arrow.score / most) ** 2,
          d: `M${x1 + shift} ${y1}C${x1 + shift} ${y1 + bend} ${x2 + shift} ${y2 - bend} ${x2 + shift} ${y2}` };
      }));
    };
    draw();
    const observer = new ResizeObserver(draw);
    observer.observe(box.current);
    return () => observer.disconnect();
  }, [arrows]);
  return html`<svg class="arrows" aria-hidden="true">
    <defs>${data.kinds.map(kind => html`<marker key=${kind} id=${`tip-${kind}`} viewBox="0 0 8 8" refX="4" refY="4" markerUnits="userSpaceOnUse"
      markerWidth="9" markerHeight="9" orient="auto"><path d="M0 0L8 4L0 8Z" style=${{ fill: `var(--${kind})`, stroke: 'none' }} /></marker>`)}</defs>
    ${paths.map((path, i) => html`<path key=${`h${i}`} class="halo" d=${path.d} stroke-width=${path.width + 2.5} />`)}
    ${paths.map((path, i) => html`<path key=${i} class=${path.kind} d=${path.d} stroke-width=${path.width} marker-end=${`url(#tip-${path.kind})`} />`)}
  </svg>`;
}

const Swatch = ({ kind }) => html`<svg class="swatch" aria-hidden="true" viewBox="0 0 28 10"><path class=${kind} d="M1 5H27" stroke-width="3" /></svg>`;

// --- The search

function find(query) {
  const wanted = query.toLowerCase().trim(), plain = t => t.toLowerCase().replace(/^[␣Ġ▁\s]+/u, '');
  if (!wanted) return [];
  const ranked = [];
  const id = /^#?\d+$/.test(wanted) ? Number(wanted.replace('#', '')) : -1;
  data.tokens.forEach((token, i) => {
    const bare = plain(token);
    const place = i === id ? 0 : token === query ? 1 : bare === wanted ? 2 : bare.startsWith(wanted) ? 3
      : token.toLowerCase().includes(wanted) || text(token).toLowerCase().includes(wanted) ? 4 : -1;
    if (place >= 0) ranked.push([place, token.length, i]);
  });
  return ranked.sort((a, b) => a[0] - b[0] || a[1] - b[1] || a[2] - b[2]).slice(0, 40).map(found => found[2]);
}

function Search({ choose }) {
  const [query, setQuery] = useState(''), [active, setActive] = useState(0), [open, setOpen] = useState(false), list = useRef();
  const found = useMemo(() => open ? find(query) : [], [query, open]);
  const shown = open && query.trim() !== '';
  const take = token => { choose(token); setOpen(false); setQuery(data.tokens[token]); };
  const onKey = event => {
    if (event.key === 'ArrowDown' || event.key === 'ArrowUp') {
      event.preventDefault();
      setOpen(true);
      setActive(i => Math.max(0, Math.min(found.length - 1, i + (event.key === 'ArrowDown' ? 1 : -1))));
    } else if (event.key === 'Enter' && shown && found.length > 0) { event.preventDefault(); take(found[active]); }
    else if (event.key === 'Escape') setOpen(false);
  };
  useEffect(() => list.current?.querySelector('[aria-selected=true]')?.scrollIntoView({ block: 'nearest' }), [active]);
  return html`<div class="search"><label for="search">Find a token</label>
    <input id="search" type="search" role="combobox" autocomplete="off" spellcheck="false" placeholder="a word, a piece of one, or #id"
      aria-expanded=${shown ? 'true' : 'false'} aria-controls="found" aria-autocomplete="list"
      aria-activedescendant=${shown && found.length > 0 ? `found-${found[active]}` : undefined} value=${query}
      onInput=${e => { setQuery(e.target.value); setActive(0); setOpen(true); }} onKeyDown=${onKey} onBlur=${() => setOpen(false)} />
    ${shown && html`<ul id="found" class="found" role="listbox" aria-label="Tokens" ref=${list} onMouseDown=${e => e.preventDefault()}>
      ${found.map((token, i) => html`<li key=${token} id=${`found-${token}`} role="option" aria-selected=${i === active ? 'true' : 'false'}
        onClick=${() => take(token)}><${Token} token=${data.tokens[token]} /><span class="soft small">#${token}</span></li>`)}
      ${found.length === 0 && html`<li role="option" aria-selected="false" aria-disabled="true">No token has that in it.</li>`}</ul>`}</div>`;
}

// --- The panel

const HeadLink = ({ head, update }) =>
  html`<button class="link" aria-label=${`Head ${name(head)}`} onClick=${() => update({ head, view: 'head' })}>${name(head)}</button>`;

const TokenChip = ({ id, token, update }) => searchable && data.tokens[id] === token
  ? html`<button class="chip" title=${`token ${id}: what every head makes of it`} onClick=${() => update({ token: id, view: 'token' })}>
    <${Token} token=${token} /></button>`
  : html`<span class="chip"><${Token} token=${token} /></span>`;

function TokenList({ title, list, what, update }) {
  const mark = data.scale ? ' *' : '';
  return html`<div><h3>${title}</h3><table><thead><tr><th>token</th><th class="n">${what}</th><th class="n">log loss${mark}, nats</th></tr></thead>
    <tbody>${list.map(([id, token, rank, loss]) => html`<tr key=${id}><td><${TokenChip} ...${{ id, token, update }} /></td>
      <td class="n">${count(rank)}</td><td class="n">${show(loss, 'Number', 3)}</td></tr>`)}</tbody></table></div>`;
}

function Spectrum({ head }) {
  const values = [...spectra.slice(head * data.spectrum, (head + 1) * data.spectrum)].filter(v => !Number.isNaN(v));
  const width = 100 / values.length, top = values[0] || 1;
  const label = `${values.length} singular values, from ${fixed(values[0], 2)} to ${fixed(values.at(-1), 2)}`;
  return html`<section><h3>Spectrum${data.scale ? ' *' : ''}</h3>
    <svg class="spectrum" role="img" aria-label=${label} viewBox="0 0 100 60" preserveAspectRatio="none">
      ${values.map((value, i) => html`<rect key=${i} x=${i * width + width * 0.09} width=${width * 0.82} y=${60 - 58 * value / top}
        height=${58 * value / top}><title>${`singular value ${i + 1}: ${fixed(value, 2)}`}</title></rect>`)}
      <line x1="0" x2="100" y1="60" y2="60" stroke-width=".6" /></svg>
    <p class="soft small">${label}. Height is the value; point at a bar for it.</p>
    ${data.scale && html`<p class="soft small">${data.scale}</p>`}</section>`;
}

function Strip({ measure, head }) {
  const scale = scaleOf(measure), x = v => 2 + 96 * (scale.of(v) - scale.from) / (scale.to - scale.from);
  return html`<svg viewBox="0 0 100 20" preserveAspectRatio="none" aria-hidden="true">
    ${measure.values.map((v, i) => v !== null && html`<line key=${i} x1=${x(v)} x2=${x(v)} y1="4" y2="16" stroke-width="1" vector-effect="non-scaling-stroke" />`)}
    ${measure.values[head] !== null && html`<line class="here" x1=${x(measure.values[head])} x2=${x(measure.values[head])} y1="0" y2="20"
      stroke-width="4" vector-effect="non-scaling-stroke" style="stroke: var(--accent); opacity: 1" />`}</svg>`;
}

function Scores({ state, update }) {
  const groups = [...new Set(Object.values(measures).map(m => m.group))];
  return html`<section><h3>Scores</h3><p class="soft small">A tick is a head, the tall one this; a figure's name colours the grid by it.</p>
    <table class="scores"><thead class="unseen"><tr><th>figure</th><th>among all heads</th><th>value</th></tr></thead>
    ${groups.map(group => html`<tbody key=${group}><tr><th class="group" colspan="3" scope="rowgroup">${group}</th></tr>
      ${Object.values(measures).filter(m => m.group === group).map(m => html`<tr key=${m.key} class=${state.measure === m.key ? 'chosen' : ''}>
        <th scope="row"><button class="link" style="text-align: left" title=${m.meaning} aria-pressed=${state.measure === m.key ? 'true' : 'false'}
          onClick=${() => update({ measure: m.key })}>${m.title}</button></th>
        <td class="strip"><${Strip} measure=${m} head=${state.head} /></td>
        <td class="n">${show(m.values[state.head], m.kind, m.digits)}</td></tr>`)}</tbody>`)}</table></section>`;
}

function PairList({ title, list, end, update }) {
  return html`<div><h3>${title}</h3>${list.length === 0 ? html`<p class="soft small">None above random heads.</p>`
    : html`<table class="pairs"><thead class="unseen"><tr><th>kind</th><th>head</th><th>score</th></tr></thead>
      <tbody>${list.map(pair => html`<tr key=${`${pair.kind}${end(pair)}`} data-pair=${`${pair.kind} ${name(pair.earlier)} ${name(pair.later)}`}>
        <td><span class="kind"><${Swatch} kind=${pair.kind} />${pair.kind}</span></td>
        <td><${HeadLink} head=${end(pair)} update=${update} /></td><td class="n">${fixed(pair.score, 3)}</td></tr>`)}</tbody></table>`}</div>`;
}

function Composition({ state, update, arrows }) {
  if (data.kinds.length === 0) return null;
  const { baseline } = data, { head } = state, of = pair => pair[0] === head || pair[1] === head;
  const circuits = [
    ...data.keyPairs.filter(of).map(p => [p, `as a token circuit: query to key ${show(p[3], 'Share', 1)}, key to query ${show(p[4], 'Share', 1)}`]),
    ...data.virtualHeads.filter(of).map(p => [p, `virtual head: copies ${show(p[3], 'Share', 1)}, copying score ${show(p[4], 'Number', 3)}`])];
  return html`<section class="composition"><h2>What it reads, and who reads it</h2><div class="two">
      <${PairList} title=${`${name(head)} reads`} list=${arrows.filter(a => a.later === head)} end=${a => a.earlier} update=${update} />
      <${PairList} title=${`reads ${name(head)}`} list=${arrows.filter(a => a.earlier === head)} end=${a => a.later} update=${update} /></div>
    <p class="soft small">Composition scores: the ${arrowsOfKind} strongest of each kind${baseline
      && `, where above random heads (${fixed(baseline.mean, 3)}, standard deviation ${fixed(baseline.deviation, 3)}) by two of these`}. All are in compositions.csv.</p>
    ${circuits.length > 0 && html`<ul class="small">${circuits.map(([p, figures]) => html`<li key=${p + figures}>${name(p[0])} → ${name(p[1])} ${figures}</li>`)}</ul>`}
    </section>`;
}

function HeadView({ state, update }) {
  const { head } = state, value = key => measures[key] && show(measures[key].values[head], measures[key].kind, measures[key].digits);
  const said = [value('top1') && `copies ${value('top1')} of ${count(data.vocabulary)} tokens`,
    value('suppression_top1') && `suppresses ${value('suppression_top1')}`,
    value('participation_ratio') && `${value('participation_ratio')} effective directions of ${value('rank')}`].filter(Boolean);
  return html`<h2>Head ${name(head)}</h2><p class="lead soft">${said.join(' · ')}</p>
    ${data.noCopying ? html`<section><p>${data.noCopying}</p></section>` : html`<section class="two">
      <${TokenList} title="Copied most" list=${data.copied[head]} what="rank" update=${update} />
      <${TokenList} title="Suppressed most" list=${data.suppressed[head]} what="rank from below" update=${update} /></section>`}
    <${Spectrum} head=${head} /><${Scores} ...${{ state, update }} />`;
}

function TokenView({ state, update }) {
  if (!searchable) return html`<h2>A token</h2><p class="lead">${data.cut.join(' ')}</p>`;
  if (state.token === null)
    return html`<h2>A token</h2><p class="lead soft">Find one above, or choose one that a head copies: here stands what every head makes of it.</p>`;
  const rows = all.map(head => ({ head, rank: data.ranked ? rankOf(head, state.token) : null }));
  if (data.ranked) rows.sort((a, b) => a.rank - b.rank || a.head - b.head);
  const first = rows.filter(row => row.rank === 1).length;
  return html`<h2><${Token} token=${data.tokens[state.token]} /></h2>
    <p class="lead soft">Token ${state.token}. ${data.ranked && `${first === 0 ? 'No head copies it' : first === 1 ? 'One head copies it'
      : `${first} heads copy it`}: its own logit is the first of ${count(data.vocabulary)}.`}
      ${data.ranked && state.measure !== 'token' && html` <button class="link" onClick=${() => update({ measure: 'token' })}>Colour the grid by its rank</button>`}</p>
    <section class="scroll" tabindex="0" role="region" aria-label="What every head makes of it"><table><thead><tr><th scope="col">head</th>
      ${data.ranked && html`<th scope="col" class="n">rank of its own logit</th>`}${data.outputs > 0 && html`<th scope="col">highest outputs</th>`}</tr></thead>
      <tbody>${rows.map(({ head, rank }) => html`<tr key=${head} data-row=${name(head)}><th scope="row"><${HeadLink} head=${head} update=${update} /></th>
        ${data.ranked && html`<td class="n">${count(rank)}</td>`}
        ${data.outputs > 0 && html`<td><span class="chips">${outputsOf(head, state.token).map(id => html`<span class=${`chip ${id === state.token && !data.outputTokens ? 'own' : ''}`} key=${id}><${Token} token=${outputTokens[id]} /></span>`)}</span></td>`}
        </tr>`)}</tbody></table></section>`;
}

const ranksOf = head => numbers(`ranks-${head}`, Ids);

function copiedBy(left, right, within) {
  const a = ranksOf(left), b = ranksOf(right), sets = { left: [], both: [], right: [] };
  for (let i = 0; i < a.length; i++) {
    const l = a[i] < within, r = b[i] < within;
    if (l || r) sets[l && r ? 'both' : l ? 'left' : 'right'].push(i);
  }
  return sets;
}

function TokenSet({ title, mark, list, update }) {
  const [shown, setShown] = useState(60);
  useEffect(() => setShown(60), [list]);
  return html`<div class=${mark} data-set=${mark}><h3>${title}</h3><p class="big">${count(list.length)}</p>
    <div class="chips">${list.slice(0, shown).map(id => html`<${TokenChip} key=${id} id=${id} token=${data.tokens[id]} update=${update} />`)}</div>
    ${list.length > shown && html`<p class="small"><button class="link" onClick=${() => setShown(shown + 600)}>${count(list.length - shown)} more</button></p>`}</div>`;
}

function CompareView({ state, update }) {
  const { head, other } = state, [within, setWithin] = useState(1);
  const sets = useMemo(() => data.ranked ? copiedBy(head, other, within) : null, [head, other, within]);
  const pick = (key, label) => html`<div class="field"><label for=${key}>${label}</label><select id=${key} value=${state[key]}
    onChange=${e => update({ [key]: Number(e.target.value) })}>${all.map(i => html`<option key=${i} value=${i}>${name(i)}</option>`)}</select></div>`;
  const union = sets && sets.left.length + sets.both.length + sets.right.length;
  return html`<h2>Heads ${name(head)} and ${name(other)}</h2>
    <section class="pickers" style="margin-top: .8rem">${pick('head', 'Left head')}${pick('other', 'Right head, or click one')}
      ${sets && html`<div class="field"><label for="within">A head copies a token it ranks</label><select id="within" value=${within}
        onChange=${e => setWithin(Number(e.target.value))}><option value="1">first</option><option value="5">among the first five</option></select></div>`}</section>
    ${sets ? html`<section><p class="lead">Together they copy ${count(union)} of ${count(data.vocabulary)} tokens; ${count(sets.both.length)} both do.</p>
      <div class="bar" role="img" aria-label=${`only ${name(head)}: ${sets.left.length}, both: ${sets.both.length}, only ${name(other)}: ${sets.right.length}`}>
        <span class="left" style=${{ flex: sets.left.length }} /><span class="both" style=${{ flex: sets.both.length }} />
        <span class="right" style=${{ flex: sets.right.length }} /></div>
      <div class="sets"><${TokenSet} title=${`only ${name(head)}`} mark="l" list=${sets.left} update=${update} />
        <${TokenSet} title="both" mark="b" list=${sets.both} update=${update} />
        <${TokenSet} title=${`only ${name(other)}`} mark="r" list=${sets.right} update=${update} /></div></section>`
      : html`<section><p>${data.noCopying ?? data.cut.join(' ')}</p></section>`}
    <section><h3>Scores</h3><table><thead><tr><th scope="col">figure</th><th scope="col" class="n">${name(head)}</th><th scope="col" class="n">${name(other)}</th></tr></thead>
      <tbody>${Object.values(measures).map(m => html`<tr key=${m.key}><th scope="row">${m.title}</th>
        <td class="n">${show(m.values[head], m.kind, m.digits)}</td><td class="n">${show(m.values[other], m.kind, m.digits)}</td></tr>`)}</tbody></table></section>`;
}

const views = [['head', 'Head'], ['token', 'Token'], ['compare', 'Two heads']];

function Tabs({ state, update }) {
  const onKey = event => {
    const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (!step) return;
    event.preventDefault();
    const next = views[(views.findIndex(([view]) => view === state.view) + step + views.length) % views.length][0];
    update({ view: next });
    document.getElementById(`tab-${next}`).focus();
  };
  return html`<div class="tabs" role="tablist" aria-label="About">${views.map(([view, title]) => html`<button key=${view} role="tab" id=${`tab-${view}`}
    aria-selected=${state.view === view ? 'true' : 'false'} aria-controls="panel" tabindex=${state.view === view ? 0 : -1} onKeyDown=${onKey}
    onClick=${() => update({ view })}>${title}</button>`)}</div>`;
}

// --- The page

/** The state as the address has it, so that a link shows what its sender saw. */
function stateOf(hash) {
  const asked = new URLSearchParams(hash.slice(1)), byCopying = measures.top1 ?? measures.participation_ratio ?? Object.values(measures)[0];
  const best = all.reduce((a, b) => (byCopying.values[b] ?? -1) > (byCopying.values[a] ?? -1) ? b : a, 0);
  const token = Number(asked.get('token') ?? NaN);
  const state = {
    measure: byCopying.key,
    head: headOf(asked.get('head')) ?? best,
    view: views.some(([view]) => view === asked.get('view')) ? asked.get('view') : 'head',
    token: searchable && Number.isInteger(token) && token >= 0 && token < data.tokens.length ? token : null,
    kinds: asked.has('kinds') ? data.kinds.filter(kind => asked.get('kinds').includes(kind)) : data.kinds,
  };
  const second = all.filter(i => i !== state.head).reduce((a, b) => (byCopying.values[b] ?? -1) > (byCopying.values[a] ?? -1) ? b : a, state.head === 0 ? all.length - 1 : 0);
  state.other = headOf(asked.get('other')) ?? second;
  if (measures[asked.get('measure')] || asked.get('measure') === 'token' && state.token !== null && data.ranked) state.measure = asked.get('measure');
  return state;
}

function said(state, change) {
  const head = name(state.head), measure = measureOf(state);
  if ('measure' in change && !('token' in change)) return `Coloured by ${measure.title}.`;
  if ('token' in change) return `Token ${text(data.tokens[state.token])}: what every head makes of it.`;
  if (state.view === 'compare' && ('other' in change || 'head' in change || 'view' in change)) return `Heads ${head} and ${name(state.other)} compared.`;
  if ('head' in change) return `Head ${head}, ${measure.title} ${show(measure.values[state.head], measure.kind, measure.digits)}.`;
  return '';
}

function Atlas() {
  const [state, setState] = useState(() => stateOf(location.hash)), [status, setStatus] = useState(''), dark = useDark();
  const update = change => {
    if ('token' in change && data.ranked && state.measure !== 'token') change = { ...change, measure: 'token' };
    const next = { ...state, ...change };
    setState(next);
    setStatus(said(next, change));
    const query = new URLSearchParams({ head: name(next.head), measure: next.measure, view: next.view, other: name(next.other), kinds: next.kinds.join('') });
    if (next.token !== null) query.set('token', next.token);
    history.replaceState(null, '', `#${query}`);
  };
  const measure = useMemo(() => measureOf(state), [state.measure, state.token]);
  const arrows = useMemo(() => data.kinds.filter(kind => state.kinds.includes(kind)).flatMap(kind => {
    const { into, out } = pairsOf(state.head, kind);
    return [into, out].flatMap(pairs => pairs.slice(0, arrowsOfKind)).filter(pair => pair.score > chance);
  }), [state.head, state.kinds]);
  const groups = [...new Set(Object.values(measures).map(m => m.group))];
  return html`<div class="atlas"><header><div><h1>${document.title}</h1>
      <p class="soft">${count(layers)} ${layers === 1 ? 'layer' : 'layers'} of ${count(heads)} ${heads === 1 ? 'head' : 'heads'}, d_model ${count(data.dModel)}, d_head ${count(data.dHead)}, ${count(data.vocabulary)} tokens${
        data.noCopying ? `, ${count(data.outputVocabulary)} outputs` : ''}. By the weights alone: a census, no intervals.</p></div>
      ${searchable && html`<${Search} choose=${token => update({ token, view: 'token' })} />`}</header>
    <main class="columns"><section class="map" aria-label="Heads">
      <div class="controls"><div class="field"><label for="measure">Colour the heads by</label>
        <select id="measure" value=${state.measure} onChange=${e => update({ measure: e.target.value })}>
          ${state.token !== null && data.ranked && html`<optgroup label="The token"><option value="token">rank of the own logit of ${text(data.tokens[state.token])}</option></optgroup>`}
          ${groups.map(group => html`<optgroup key=${group} label=${group}>${Object.values(measures).filter(m => m.group === group)
            .map(m => html`<option key=${m.key} value=${m.key}>${m.title}</option>`)}</optgroup>`)}</select></div>
        ${data.kinds.length > 0 && html`<fieldset class="kinds"><legend>Composition</legend>${data.kinds.map(kind => html`<label key=${kind}>
          <input type="checkbox" checked=${state.kinds.includes(kind)} onChange=${e => update({ kinds: data.kinds.filter(k => k === kind ? e.target.checked : state.kinds.includes(k)) })} />
          ${kind}<${Swatch} kind=${kind} /></label>`)}</fieldset>`}</div>
      <p class="meaning soft small">${measure.meaning}</p>
      <${Grid} ...${{ state, update, measure, arrows, dark }} />
      <${Composition} ...${{ state, update, arrows }} /></section>
    <div><${Tabs} ...${{ state, update }} /><div id="panel" class="panel" role="tabpanel" aria-labelledby=${`tab-${state.view}`} tabindex="0">
      ${state.view === 'head' ? html`<${HeadView} ...${{ state, update }} />` : state.view === 'token' ? html`<${TokenView} ...${{ state, update }} />`
        : html`<${CompareView} ...${{ state, update }} />`}</div></div></main>
    <footer class="soft small"><p>What the figures leave out or stand for</p>
      <ul>${[...data.notes, ...(data.scale ? [data.scale] : []), ...data.cut].map(note => html`<li key=${note}>${note}</li>`)}</ul></footer>
    <p class="unseen" role="status">${status}</p></div>`;
}

render(html`<${Atlas} />`, document.getElementById('page'));
