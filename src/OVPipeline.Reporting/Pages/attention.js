// The attention page: every head's pattern, and the text coloured by what the chosen head makes of the chosen token.
import { h, render } from 'preact';
import { useEffect, useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks';
import htm from 'htm';
import { colour, count, data, gradient, moveInGrid, numbers, show, text, Token, useDark } from 'page';

const html = htm.bind(h);
const { layers, heads, tokens, causal } = data, length = tokens.length, all = Array.from({ length: layers * heads }, (_, i) => i);
const name = head => `${Math.floor(head / heads)}.${head % heads}`;
const patterns = all.map(head => numbers(`pattern-${head}`, Float32Array));
const percent = value => show(value, 'Share', 1);
const most = 8;

/** A head's attention from a query to a key; nothing where the key comes later and the model cannot see it. */
function attention(head, query, key) {
  if (!causal) return patterns[head][query * length + key];
  return key > query ? null : patterns[head][query * (query + 1) / 2 + key];
}

/** For each token the attention that the chosen one pays it or gets of it; without a chosen one, what it gets on average. */
function valuesOf({ head, token, way }) {
  return tokens.map((_, i) => {
    if (token !== null) return way === 'from' ? attention(head, token, i) : attention(head, i, token);
    let sum = 0, seen = 0;
    for (let query = causal ? i : 0; query < length; query++, seen++) sum += attention(head, query, i);
    return sum / seen;
  });
}

/** The head of the last layer that looks least at the first token, where heads look when they have nothing to do. */
function busiest() {
  const onFirst = head => tokens.reduce((sum, _, query) => sum + attention(head, query, 0), 0);
  return all.slice(-heads).reduce((a, b) => onFirst(b) < onFirst(a) ? b : a);
}

// As vocabularies show the end of a line.
const endsLine = token => ['<0x0A>', '\\n', 'Ċ'].includes(token);

/** A pattern, a row for each query. What cannot be seen is left clear. */
function Pattern({ head, dark }) {
  const canvas = useRef();
  useLayoutEffect(() => {
    const shades = Array.from({ length: 256 }, (_, i) => colour(i / 255, dark).background.match(/\d+/g).map(Number));
    const image = new ImageData(length, length);
    for (let query = 0; query < length; query++)
      for (let key = 0; key < length; key++) {
        const value = attention(head, query, key);
        if (value !== null) image.data.set([...shades[Math.round(255 * Math.min(1, value))], 255], 4 * (query * length + key));
      }
    canvas.current.getContext('2d').putImageData(image, 0, 0);
  }, [head, dark]);
  return html`<canvas ref=${canvas} width=${length} height=${length} aria-hidden="true" />`;
}

function Heads({ state, update, dark }) {
  const [cursor, setCursor] = useState(state.head), box = useRef();
  useEffect(() => setCursor(state.head), [state.head]);
  const onKey = event => moveInGrid(event, cursor, layers, heads, to => {
    setCursor(to);
    box.current.querySelector(`[data-head="${name(to)}"]`).focus();
  }, () => update({ head: cursor }));
  return html`<div class="patterns" ref=${box} style=${{ '--heads': heads }}><div role="grid" aria-label="Attention patterns of the heads, by layer">
    <div role="row"><span role="columnheader"><span class="unseen">layer</span></span>${Array.from({ length: heads }, (_, i) =>
      html`<span role="columnheader" key=${i}>${i}</span>`)}</div>
    ${Array.from({ length: layers }, (_, layer) => html`<div role="row" key=${layer}><span role="rowheader"><span>layer </span>${layer}</span>
      ${all.slice(layer * heads, (layer + 1) * heads).map(head => html`<div role="gridcell" key=${head} data-head=${name(head)} title=${`head ${name(head)}`}
        tabindex=${cursor === head ? 0 : -1} aria-selected=${state.head === head ? 'true' : 'false'} aria-label=${`Head ${name(head)}`}
        onClick=${() => update({ head })} onKeyDown=${onKey}><${Pattern} head=${head} dark=${dark} /></div>`)}</div>`)}</div></div>`;
}

function Large({ state, dark }) {
  const [at, setAt] = useState(null), size = `${100 / length}%`;
  const onMove = event => {
    const box = event.currentTarget.getBoundingClientRect();
    const place = v => Math.max(0, Math.min(length - 1, Math.floor(v * length)));
    setAt([place((event.clientY - box.top) / box.height), place((event.clientX - box.left) / box.width)]);
  };
  const value = at && attention(state.head, ...at);
  return html`<div class="large" onPointerMove=${onMove} onPointerDown=${onMove} onPointerLeave=${event => event.pointerType === 'mouse' && setAt(null)}>
      <${Pattern} head=${state.head} dark=${dark} />
      ${at && html`<i style=${{ width: size, height: size, top: `${100 * at[0] / length}%`, left: `${100 * at[1] / length}%` }} />`}</div>
    <p class="soft small said pointed">${at === null ? 'A row is a token that attends, a column one that it attends to. Point at a square for its value.'
      : html`${at[0]} <${Token} token=${tokens[at[0]]} /> to ${at[1]} <${Token} token=${tokens[at[1]]} />: ${value === null ? 'cannot be seen, as it comes later' : percent(value)}`}</p>`;
}

function Prompt({ state, update, hover, values, dark }) {
  const box = useRef(), [cursor, setCursor] = useState(0);
  const onKey = event => {
    const to = { ArrowRight: cursor + 1, ArrowDown: cursor + 1, ArrowLeft: cursor - 1, ArrowUp: cursor - 1, Home: 0, End: length - 1 }[event.key];
    if (event.key === 'Escape') { update({ token: null }); return; }
    if (to === undefined || to < 0 || to >= length) return;
    event.preventDefault();
    setCursor(to);
    box.current.querySelector(`[data-token="${to}"]`).focus();
  };
  const here = state.token;
  return html`<div class="prompt" role="toolbar" aria-label="The tokens of the text" ref=${box} onMouseLeave=${() => hover(null)}>
    ${tokens.map((token, i) => {
      const value = values[i], chosen = state.pinned === i;
      const said = value === null ? '' : `, ${percent(value)}`;
      return html`<button key=${i} class=${here === i ? 'here' : ''} data-token=${i} tabindex=${cursor === i ? 0 : -1} aria-pressed=${chosen ? 'true' : 'false'}
        aria-label=${`${i}: ${text(token)}${said}`} title=${`${i}${said}`} style=${colour(value ?? 0, dark)} onMouseEnter=${() => hover(i)} onFocus=${() => setCursor(i)}
        onClick=${() => update({ token: chosen ? null : i })} onKeyDown=${onKey}><${Token} token=${token} /></button>${endsLine(token) && html`<br />`}`;
    })}</div>`;
}

function Strongest({ state, values }) {
  const { head, token, way } = state;
  const listed = values.map((value, i) => ({ value, i })).filter(row => row.value >= 0.0005).sort((a, b) => b.value - a.value || a.i - b.i).slice(0, most);
  const title = token === null ? html`Attended to most, on average over the tokens that see it`
    : way === 'from' ? html`${token} <${Token} token=${tokens[token]} /> attends to` : html`${token} <${Token} token=${tokens[token]} /> is attended to by`;
  return html`<h2>Head ${name(head)}: ${title}</h2><table class="strongest"><thead class="unseen"><tr><th>position</th><th>token</th><th>as a bar</th><th>attention</th></tr></thead>
    <tbody>${listed.map(({ value, i }) => html`<tr key=${i}><td class="n soft" style="width: 2.5rem">${i}</td><td><${Token} token=${tokens[i]} /></td>
      <td class="bar"><i style=${{ width: `${100 * value}%` }} /></td><td class="n">${percent(value)}</td></tr>`)}</tbody></table>`;
}

function Attention() {
  const [chosen, setChosen] = useState(() => ({ head: busiest(), token: length - 1, way: 'from' })), [hovered, setHovered] = useState(null), [status, setStatus] = useState('');
  const dark = useDark();
  const state = { ...chosen, pinned: chosen.token, token: hovered ?? chosen.token };
  const values = useMemo(() => valuesOf(state), [state.head, state.token, state.way]);
  const update = change => {
    const next = { ...chosen, ...change };
    setChosen(next);
    const best = valuesOf(next).reduce((a, v, i, vs) => (v ?? -1) > (vs[a] ?? -1) ? i : a, 0);
    setStatus(`Head ${name(next.head)}. ${next.token === null ? 'No token is chosen.' : `${text(tokens[next.token])} ${next.way === 'from' ? 'attends most to' : 'is attended to most by'} ${text(tokens[best])}, ${percent(valuesOf(next)[best])}.`}`);
  };
  return html`<div class="attention"><header><h1>${document.title}</h1>
      <p class="soft">${count(data.read)} tokens, ${count(layers)} ${layers === 1 ? 'layer' : 'layers'} of ${count(heads)} ${heads === 1 ? 'head' : 'heads'}. ${causal ? 'Causal: a token sees itself and those before it.' : 'Every token sees all.'}
        ${length < data.read && ` This page has the first ${count(length)} tokens; attention.csv has all.`}</p></header>
    <main><h2>Text, by head ${name(state.head)}</h2>
      <fieldset><legend>Point at a token, or click to keep it: the colours are</legend>
        ${[['from', 'what it attends to'], ['to', 'what attends to it']].map(([way, title]) => html`<label key=${way}><input type="radio" name="way" value=${way} checked=${chosen.way === way}
          onChange=${() => update({ way })} />${title}</label>`)}</fieldset>
      <${Prompt} ...${{ state, update, hover: setHovered, values, dark }} />
      <div class="legend"><span>0 %</span><i style=${{ background: gradient(0, 1, dark) }} /><span>100 %</span></div>
      <h2>Heads, by layer</h2><${Heads} ...${{ state: chosen, update, dark }} />
      <div class="columns"><section><${Strongest} ...${{ state, values }} /></section>
        <section><h2>Pattern of head ${name(state.head)}</h2><${Large} state=${state} dark=${dark} /></section></div></main>
    <p class="unseen" role="status">${status}</p></div>`;
}

render(html`<${Attention} />`, document.getElementById('page'));
